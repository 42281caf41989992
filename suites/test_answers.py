"""How a target answers: every answer of the run, whichever test caused it, has its documented form."""

from driftgate.checks import answers
from driftgate.pytest_plugin.suite import requirement


@requirement.each("answers")
def test_every_answer_has_its_documented_form(target, requirement, expect):
    answers.provoke(target, requirement)
    expect.clean_so_far()
