"""What a target withstands: bodies that no client means to send."""

from itertools import chain

from driftgate.checks import survives, types
from driftgate.pytest_plugin.suite import requirement


@requirement.each("survives")
def test_no_malformed_body_makes_a_server_error(target, requirement, expect):
    for body in chain(survives.bodies(target, requirement), survives.of_wrong_types(target, requirement)):
        target.send(body)
    expect.clean_so_far()


@requirement.each("types")
def test_a_body_with_members_of_other_types_is_not_carried_out(target, requirement, expect):
    for case, body in types.bodies(target, requirement):
        with expect.about(case):
            types.is_not_carried_out(expect, target.send(body))
