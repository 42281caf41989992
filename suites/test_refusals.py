"""How named situations are refused: an unknown conversation, a wrong app, a missing or wrong credential."""

from driftgate.checks import refuses
from driftgate.pytest_plugin.suite import requirement


@requirement.each("refuses")
def test_a_named_situation_gets_its_documented_refusal(target, requirement, expect):
    for case in refuses.cases(target, requirement):
        with expect.about(case.label):
            refuses.refused_as_another_account(target, case)
            refused = target.refused(case)
            expect.refused_and_kept(refused)
            expect.answer(refused.answer, requirement.detail.get("answer", {}))
