"""Sequences of steps: conversations are created, renamed, read, listed and deleted, and other accounts see none."""

from driftgate.pytest_plugin.suite import requirement


@requirement.each("stateful")
def test_conversations_agree_with_the_steps_taken(stateful, requirement):
    stateful.judge(requirement)
