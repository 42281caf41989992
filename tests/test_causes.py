"""Findings are grouped by what they probably have in common: one mistake is one entry, two mistakes are two."""

from __future__ import annotations

import json

import pytest

from driftgate.base import yamlfile
from driftgate.checks.registry import check_named
from driftgate.contract.schemas import file_schema, first_problem
from driftgate.emulator import start
from driftgate.emulator.faults import faulty
from driftgate.report import causes
from tests.harness import judge, judge_url, live_options, run_main

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


def test_rules_name_checks_that_there_are_and_no_id_twice():
    rows = yamlfile.read(causes.RULES)
    patterns = [pattern for row in rows for pattern in (*row.get("needs", ()), *row["takes"])]
    for name in {pattern["check"] for pattern in patterns if "check" in pattern}:
        check_named(name)
    assert len({row["cause"] for row in rows}) == len(rows)


def test_the_report_for_programs_keeps_its_schema_and_tells_the_same(tmp_path):
    running = start(faulty("coze", ["lower-cased", "code-as-text"]))
    options = [*live_options(running), f"--report-dir={tmp_path}"]
    judged = judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    text = (tmp_path / "report.json").read_text()
    value = json.loads(text)
    assert first_problem(file_schema("report"), value) is None
    (target,) = value["targets"]
    assert value["exit"] == target["exit"] == judged.exit == 1
    assert [each["cause"] for each in target["causes"]] == ["names-changed", ""]
    failed = {row["requirement"] for row in target["requirements"] if row["verdict"] == "fail"}
    assert failed == {each for cause in target["causes"] for each in cause["requirements"]}
    assert run_main(["report", str(tmp_path / "coze.jsonl"), "--format=json"]) == (1, f"{text}\n")
