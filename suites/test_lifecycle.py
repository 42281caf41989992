"""How conversations live: made, renamed, read, listed page by page, deleted, and out of the reach of other accounts."""

from driftgate.contract import Profile
from driftgate.pytest_plugin.suite import requirement


@requirement.each("lives", profile=Profile.DEEP)
def test_a_conversation_is_what_the_steps_of_its_life_have_made_of_it(lives, requirement):
    lives.judge(requirement)
