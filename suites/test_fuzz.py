"""What Schemathesis makes of the contract: bodies that it allows and bodies that it does not, by the thousand."""

from driftgate.contract import Profile
from driftgate.pytest_plugin.suite import every_body, requirement


@requirement.each("accepts", profile=Profile.DEEP)
@every_body(valid=True)
def test_every_body_the_contract_allows_is_accepted(target, expect, body):
    expect.success(target.send(body))


@requirement.each("survives", profile=Profile.DEEP)
@every_body(valid=False)
def test_no_body_the_contract_forbids_makes_a_server_error(target, expect, body):
    target.send(body)
    expect.clean_so_far()
