"""Findings are grouped by what they probably have in common: one mistake is one entry, two mistakes are two."""

from __future__ import annotations

import pytest

from driftgate.base import yamlfile
from driftgate.report import causes
from tests.harness import judge

ONE = [
    ("coze", "lower-cased", "names-changed", ["rename.name-echoed", "rename.name-persists"]),
    ("dify", "answered-but-not-stored", "names-not-stored", ["rename.name-persists", "rename.same-name-again"]),
    ("nuwax", "wrong-key-accepted", "credential-not-checked", ["rename.wrong-credential-refused"]),
    ("dify", "unknown-fails", "server-errors", ["rename.unknown-conversation-refused", "rename.no-server-error"]),
    ("coze", "code-gone", "no-documented-answer", ["answer.code-present", "rename.name-echoed"]),
    ("dify", "cut-off-json", "no-json-answered", ["answer.is-json", "rename.name-echoed"]),
    ("coze", "newest-renamed-instead", "another-conversation-renamed", ["rename.other-conversations-kept"]),
    ("coze", "times-in-milliseconds", "", ["answer.created-at-is-10-digits", "answer.updated-at-is-10-digits"]),
]
TWO = [
    ("coze", ["lower-cased", "wrong-key-accepted"], {"names-changed", "credential-not-checked"}),
    ("dify", ["unknown-fails", "answer-id-gone"], {"server-errors", ""}),
    ("nuwax", ["answered-but-not-stored", "answer-id-null"], {"names-not-stored", ""}),
]


@pytest.mark.parametrize(("vendor", "fault", "cause", "requirements"), ONE, ids=[row[1] for row in ONE])
def test_what_one_mistake_breaks_is_one_entry(vendor, fault, cause, requirements):
    (found,) = judge(vendor, [fault]).causes()
    assert found.id == cause
    assert {f"{vendor}.{each}" for each in requirements} <= set(found.requirements)


@pytest.mark.parametrize(("vendor", "faults", "expected"), TWO, ids=["-and-".join(row[1]) for row in TWO])
def test_what_two_mistakes_break_are_two_entries(vendor, faults, expected):
    found = judge(vendor, faults).causes()
    assert len(found) == 2
    assert {each.id for each in found} == expected


def test_every_violated_requirement_is_in_an_entry_and_every_finding_in_one():
    judged = judge("coze", ["lower-cased", "code-null", "over-long-fails", "foreign-renamed"])
    found = judged.causes()
    assert {each for cause in found for each in cause.requirements} == judged.failed()
    findings = [each.fingerprint for cause in found for each in cause.findings]
    assert sorted(findings) == sorted(row["fingerprint"] for row in judged.of("finding"))


def test_an_entry_of_one_requirement_says_what_the_requirement_says():
    (found,) = judge("dify", ["user-optional"]).causes()
    assert found.says == "A body without user is refused and renames nothing."


def test_the_patterns_of_the_rules_compare_members_of_findings():
    rows = yamlfile.read(causes.RULES)
    patterns = [pattern for row in rows for pattern in (*row.get("needs", ()), *row["takes"])]
    assert {key for pattern in patterns for key in pattern} <= {"check", "kind", "part", "pointer", "signature", "case"}
    assert len({row["cause"] for row in rows}) == len(rows)
