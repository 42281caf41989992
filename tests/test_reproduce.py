"""Whether a violation repeats: steady ones are told as such, those that come and go as intermittent, with how often."""

from __future__ import annotations

import pytest

from driftgate.emulator import EMULATORS
from driftgate.emulator.base import Failed
from tests.harness import judge, judge_emulator

MORE = ["--max-requests=300"]


def _of(judged, requirement):
    return [row for row in judged.of("finding") if row["requirement"] == requirement]


@pytest.mark.parametrize(
    ("vendor", "fault", "requirement"),
    [
        ("dify", "user-optional", "dify.rename.user-required"),
        ("coze", "stored-in-lower-case", "coze.rename.name-persists"),
        ("coze", "code-as-text", "coze.answer.code-is-integer-0"),
        ("nuwax", "percent-unescaped", "nuwax.rename.topic-echoed"),
        ("dify", "unknown-without-code", "dify.rename.unknown-conversation-refused"),
        ("coze", "wrong-key-refused-but-stored", "coze.rename.wrong-credential-refused"),
    ],
)
def test_a_steady_violation_is_seen_each_time(vendor, fault, requirement):
    judged = judge(vendor, [fault], MORE)
    assert _of(judged, requirement)[0]["reproduction"] == {"seen": 2, "attempts": 2}
    assert "frequency  reproduced both times" in judged.output


class SpeaksOnce(EMULATORS["coze"]):
    """Says something in the msg of one success, and never again."""

    _renames = 0

    def chosen_name(self, body, conversation):
        self._renames += 1
        return super().chosen_name(body, conversation)

    def success(self, data):
        body = super().success(data)
        if self._renames != 5:
            return body
        self._renames += 1
        return {**body, "msg": "done"}


def test_a_violation_that_does_not_repeat_is_intermittent():
    judged = judge_emulator(SpeaksOnce(), MORE)
    assert judged.exit == 1
    finding = next(row for row in judged.of("finding") if row["reproduction"])
    assert finding["reproduction"] == {"seen": 1, "attempts": 6}
    assert "frequency  reproduced 1 of 6 times" in judged.output


@pytest.mark.parametrize("fault", ["beyond-bmp-fails", "limit-of-99"])
def test_a_refusal_or_server_error_that_repeats_is_no_intermittent_one(fault):
    findings = judge("coze", [fault], MORE).of("finding")
    assert len(findings) == 3
    assert all(row["reproduction"]["seen"] == row["reproduction"]["attempts"] >= 2 for row in findings)


@pytest.mark.parametrize("vendor", sorted(EMULATORS))
def test_within_the_budget_a_fault_of_every_third_rename_is_intermittent(vendor):
    class FailsEveryThird(EMULATORS[vendor]):
        """Answers every third rename with HTTP 500."""

        _renames = 0

        def store_name(self, conversation, name):
            self._renames += 1
            if self._renames % 3 == 0:
                raise Failed("the database is gone")
            super().store_name(conversation, name)

    judged = judge_emulator(FailsEveryThird())
    assert judged.exit == 1
    assert judged.requests <= 60
    told = [row["reproduction"] for row in judged.of("finding") if row["reproduction"]]
    assert any(each["seen"] < each["attempts"] for each in told), judged.output


@pytest.mark.parametrize("vendor", sorted(EMULATORS))
def test_within_the_budget_a_name_that_every_third_rename_loses_is_intermittent(vendor):
    class LosesEveryThird(EMULATORS[vendor]):
        """Answers every third rename as done, and stores nothing."""

        _renames = 0

        def store_name(self, conversation, name):
            self._renames += 1
            if self._renames % 3:
                super().store_name(conversation, name)

    judged = judge_emulator(LosesEveryThird())
    assert judged.exit == 1
    told = [row["reproduction"] for row in judged.of("finding") if row["reproduction"]]
    assert any(each["seen"] < each["attempts"] for each in told), judged.output


def test_without_requests_left_nothing_is_asked_again():
    judged = judge("coze", ["code-as-text"], ["--max-requests=30"])
    assert judged.requests <= 30
    findings = judged.of("finding")
    assert findings
    assert [row["reproduction"] for row in findings] == [None] * len(findings)


def test_a_clean_target_is_asked_nothing_again():
    assert judge("coze", [], MORE).requests == judge("coze").requests


def test_what_a_read_showed_is_proved_by_the_rename_that_did_it():
    judged = judge("coze", ["stored-in-lower-case"], MORE)
    finding = _of(judged, "coze.rename.name-persists")[0]
    exchanges = {row["number"]: row for row in judged.of("exchange")}
    assert exchanges[finding["exchange"]]["role"] == "read"
    assert exchanges[finding["caused_by"]]["role"] == "rename"
