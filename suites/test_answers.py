"""How a target answers: every answer of the run, whichever test caused it, has its documented form."""

from driftgate.pytest_plugin.suite import requirement


@requirement.each("answers")
def test_every_answer_has_its_documented_form(target, requirement, expect):
    target.provoke(requirement.detail.get("on", "success"))
    expect.clean_so_far()
