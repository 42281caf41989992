"""What is judged of answers and reads: the conversation in them, reads that break their promises, generated names."""

from __future__ import annotations

import pytest

from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.variants import varied
from tests.harness import judge, judge_emulator

VENDORS = sorted(EMULATORS)
HOLDER = {
    "coze": "coze.answer.data-is-conversation",
    "dify": "dify.answer.is-conversation",
    "nuwax": "nuwax.answer.data-is-conversation",
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("gone", ["id", "name"])
def test_no_answer_with_the_id_or_the_name_is_a_violation(vendor, gone):
    member = EMULATORS[vendor].name_key if gone == "name" else "id"
    judged = judge(vendor, [f"answer-{member}-gone"])
    assert judged.exit == 1
    assert HOLDER[vendor] in judged.failed()
    assert judged.verdicts[HOLDER[vendor]] == "fail"


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_answer_with_id_and_name_alone_violates_no_must(vendor):
    class Spare(EMULATORS[vendor]):
        def view(self, conversation):
            view = super().view(conversation)
            return {key: view[key] for key in ("id", self.name_key)}

    judged = judge_emulator(Spare())
    levels = {str(load_contract(vendor).requirement(each).level) for each in judged.failed()}
    assert levels == {"should"}
    assert judged.exit != 1


def test_a_generated_name_that_is_blank_is_a_violation_and_one_that_stays_is_observed():
    rule = "dify.rename.auto-generate-gives-a-name"
    for fault in ("generates-empty-name", "generates-blank-name", "generated-name-stored-blank"):
        judged = judge("dify", [fault])
        assert (judged.exit, judged.failed()) == (1, {rule})
    kept = judge_emulator(varied("dify", "generation-keeps-name"))
    assert (kept.exit, kept.verdicts[rule]) == (0, "pass")
    words = {row["name"] for row in kept.of("observation") if row["requirement"] == rule}
    assert words == {"unchanged"}
