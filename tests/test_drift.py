"""Drift between records: nothing where nothing changed, the right rule and location where something did."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from driftgate.base.errors import UsageError
from driftgate.contract import load_contract
from driftgate.contract.openapi import map_members
from driftgate.drift import RULES, Severity, compare
from driftgate.emulator import EMULATORS, Emulator, start
from driftgate.emulator.base import Failed
from driftgate.emulator.faults import faulty
from driftgate.emulator.variants import varied
from driftgate.record.reading import read_record
from tests.harness import live_options, run_main
from tests.kept import kept
from tests.sample import sample

VENDORS = sorted(EMULATORS)


def record_of(emulator: Emulator, folder: Path, *options: str) -> Path:
    """The record of a run against an emulator."""
    running = start(emulator)
    folder.mkdir(parents=True, exist_ok=True)
    given = [f"--vendor={emulator.vendor}", f"--base-url={running.base_url}", f"--report-dir={folder}", "-q"]
    run_main(["run", *given, *live_options(running), *options], key=running.api_key)
    running.stop()
    return folder / f"{emulator.vendor}.jsonl"


@pytest.fixture(scope="module")
def baselines():
    return {vendor: kept(vendor) for vendor in VENDORS}


def _drift(baselines, emulator, folder):
    return compare(read_record(baselines[emulator.vendor]), read_record(record_of(emulator, folder)))


@pytest.mark.parametrize(("vendor", "run"), sample(product(VENDORS, range(7)), lambda vendor, run: vendor))
def test_a_server_does_not_drift_from_itself(vendor, run, baselines, tmp_path):
    assert _drift(baselines, EMULATORS[vendor](), tmp_path).changes == ()


CHANGES = [
    ("coze", "answer-updated-at-gone", "member-gone", "rename success /data/updated_at"),
    ("coze", "answer-updated-at-gone", "must-evidence-lost", "coze.answer.updated-at-is-10-digits"),
    ("coze", "answer-updated-at-gone", "should-regressed", "coze.answer.members-present"),
    ("coze", "creator-id-misspelt", "member-added", "rename success /data/creator_d"),
    ("coze", "answer-creator-id-null", "type-changed", "rename success /data/creator_id"),
    ("coze", "answer-creator-id-null", "must-regressed", "coze.answer.creator-id-is-text"),
    ("coze", "times-as-floats", "type-changed", "rename success /data/created_at"),
    ("coze", "code-as-text", "type-changed", "rename success /code"),
    ("coze", "name-not-required", "must-regressed", "coze.rename.name-required"),
    ("coze", "name-not-required", "outcome-changed", "coze.rename.name-required: without name"),
    ("coze", "refusal-without-logid", "member-gone", "rename refusal /detail"),
    ("coze", "answers-with-201", "status-changed", "coze.rename.blank-name"),
    ("coze", "no-limit", "must-regressed", "coze.rename.name-at-most-100"),
    ("coze", "no-limit", "outcome-changed", "coze.rename.over-limit-beyond-bmp"),
    ("coze", "meta-data-lost", "must-regressed", "coze.rename.other-members-kept"),
    ("dify", "user-optional", "must-regressed", "dify.rename.user-required"),
    ("dify", "unknown-as-400", "status-changed", "dify.rename.unknown-conversation-refused: conversation unknown"),
    ("dify", "unknown-other-code", "code-changed", "dify.rename.unknown-conversation-refused: conversation unknown"),
    ("dify", "unknown-without-code", "member-became-optional", "rename refusal /code"),
    ("dify", "unknown-status-as-text", "type-widened", "rename refusal /status"),
    ("dify", "answer-introduction-of-another-type", "type-changed", "rename success /introduction"),
    ("dify", "times-in-milliseconds", "should-regressed", "dify.answer.times-in-seconds"),
    ("dify", "list-around-answer", "type-changed", "rename success /"),
    ("nuwax", "tid-as-number", "type-changed", "rename success /tid"),
    ("nuwax", "answer-summary-gone", "member-gone", "rename success /data/summary"),
    ("nuwax", "answer-topic-of-another-type", "type-changed", "rename success /data/topic"),
    ("nuwax", "null-word-as-null", "member-became-nullable", "rename success /data/topic"),
    ("nuwax", "digits-as-number", "type-widened", "rename success /data/topic"),
    ("nuwax", "neither-accepted", "outcome-changed", "nuwax.rename.neither-refused: without topic"),
    ("nuwax", "refusal-code-of-another-type", "type-changed", "rename refusal /code"),
]


@pytest.mark.parametrize(
    ("vendor", "fault", "rule", "location"), sample(CHANGES, lambda vendor, fault, rule, location: rule)
)
def test_a_fault_is_reported_with_its_rule_and_pointer(vendor, fault, rule, location, baselines):
    drift = compare(read_record(baselines[vendor]), read_record(kept(vendor, fault)))
    assert (rule, location) in {(change.rule, change.location) for change in drift.changes}
    back = compare(read_record(kept(vendor, fault)), read_record(baselines[vendor]))
    assert location in {change.location for change in back.changes}


VARIED = [
    ("coze", "more-members", "member-added", Severity.INFO),
    ("coze", "meta-data-filled", None, None),
    ("coze", "coze-other-codes", "code-changed", Severity.WARNING),
    ("nuwax", "refusals-as-4xx", "status-changed", Severity.WARNING),
    ("dify", "blank-names-refused", "outcome-changed", Severity.WARNING),
    ("dify", "names-trimmed", "name-altered", Severity.BREAKING),
    ("dify", "introduction-null", "data-differs", Severity.INFO),
    ("nuwax", "optionals-filled", "data-differs", Severity.INFO),
    ("dify", "update-time-still", None, None),
    ("nuwax", "other-words", None, None),
]


@pytest.mark.parametrize(
    ("vendor", "variant", "rule", "worst"), sample(VARIED, lambda vendor, variant, rule, worst: rule)
)
def test_a_change_that_breaks_no_promise_is_reported_too(vendor, variant, rule, worst, baselines, tmp_path):
    drift = _drift(baselines, varied(vendor, variant), tmp_path)
    assert drift.worst is worst
    assert rule is None or rule in {change.rule for change in drift.changes}


class FailsBeyond255(EMULATORS["dify"]):
    def store_name(self, conversation, name):
        if len(name) > 255:
            raise Failed("value too long")
        super().store_name(conversation, name)


class CutsTo100(EMULATORS["dify"]):
    def store_name(self, conversation, name):
        super().store_name(conversation, name[:100])


def test_a_server_error_that_becomes_a_cut_name_is_no_improvement(tmp_path):
    before, after = record_of(FailsBeyond255(), tmp_path / "before"), record_of(CutsTo100(), tmp_path / "after")
    (change,) = [
        each
        for each in compare(read_record(before), read_record(after)).changes
        if each.location == "dify.rename.long-name"
    ]
    assert (change.rule, change.severity) == ("name-altered", Severity.BREAKING)
    assert (change.before, change.after) == ("server error", "success; name cut to 100")


def test_keys_of_a_map_are_data_and_no_drift(baselines, tmp_path):
    assert map_members(load_contract("coze").document) == {"meta_data"}
    assert map_members(load_contract("dify").document) == {"inputs"}
    before = record_of(varied("coze", "meta-data-filled"), tmp_path / "before")

    class OtherKeys(EMULATORS["coze"]):
        def view(self, conversation):
            return {**super().view(conversation), "meta_data": {"another": "key"}}

    after = record_of(OtherKeys(), tmp_path / "after")
    assert compare(read_record(before), read_record(after)).changes == ()


def test_another_profile_is_another_suite(baselines, tmp_path):
    drift = compare(
        read_record(baselines["coze"]), read_record(record_of(EMULATORS["coze"](), tmp_path, "--profile=smoke"))
    )
    assert ("suite-changed", "profile") in {(change.rule, change.location) for change in drift.changes}
    assert drift.worst is Severity.WARNING


def test_records_of_different_vendors_are_not_compared(baselines):
    with pytest.raises(UsageError, match="is of dify"):
        compare(read_record(baselines["coze"]), read_record(baselines["dify"]))


def test_every_rule_has_a_counterpart_and_is_used():
    assert all(rule.counterpart in RULES for rule in RULES.values())
    assert all(rule.says and rule.id == name for name, rule in RULES.items())
    package = Path(__file__).parent.parent / "driftgate"
    sources = "".join(path.read_text() for path in [package / "drift" / "compare.py", *package.glob("docs/*.py")])
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', sources))
    made = {
        f"{level}-{end}" for level in ("must", "should") for end in ("regressed", "fixed", "revealed", "evidence-lost")
    }
    for side in ("request", "answer"):
        made |= {f"{side}-limit-{end}" for end in ("added", "removed", "tightened", "loosened", "changed")}
        made |= {f"{side}-{end}" for end in ("value-added", "value-removed", "values-freed", "values-restricted")}
        made |= {f"{side}-media-type-{end}" for end in ("added", "removed")}
    made |= {f"{of}type-{end}" for of in ("", "request-") for end in ("changed", "widened", "narrowed")}
    made |= {f"request-default-{end}" for end in ("added", "removed", "changed")}
    made |= {f"authentication-{end}" for end in ("added", "removed", "changed")}
    assert set(RULES) == (named & set(RULES)) | made


def test_a_record_that_is_cut_off_anywhere_is_refused(baselines, tmp_path):
    lines = baselines["coze"].read_text().splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    for number in range(len(lines)):
        for text in ("".join(lines[:number]), "".join(lines[:number]) + lines[number][:-1]):
            cut.write_text(text)
            with pytest.raises(UsageError):
                read_record(cut)


@pytest.mark.parametrize(
    ("old", "new"), [('"verdict": "pass"', '"verdict": "fail"'), ('"status": 200', '"status": 201')]
)
def test_a_record_that_was_edited_is_refused(old, new, baselines, tmp_path):
    edited = tmp_path / "edited.jsonl"
    edited.write_text(baselines["coze"].read_text().replace(old, new, 1))
    with pytest.raises(UsageError, match="not as it was written"):
        read_record(edited)


def test_the_command_shows_drift_in_each_format_and_fails_as_asked(baselines, tmp_path):
    then = str(baselines["dify"])
    now = str(record_of(varied("dify", "blank-names-refused"), tmp_path))
    code, output = run_main(["drift", then, now])
    assert code == 0
    assert "! warning  outcome-changed          dify.rename.blank-name: success → refusal" in output
    assert run_main(["drift", then, now, "--fail-on=warning"])[0] == 8
    assert run_main(["drift", then, then, "--fail-on=any"])[0] == 0
    assert "| ! warning | outcome-changed:" in run_main(["drift", then, now, "--format=md"])[1]
    assert '"rule": "outcome-changed"' in run_main(["drift", then, now, "--format=json"])[1]
    assert run_main(["drift", then, str(tmp_path / "nothing.jsonl")])[0] == 4


def test_a_baseline_moves_by_an_explicit_command_alone(baselines, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output = run_main(["baseline", "accept", str(baselines["coze"])])
    assert code == 0
    assert "first baseline" in output
    changed = kept("coze", "no-limit")
    accepted = (tmp_path / "reports/baselines/coze.jsonl").read_text()
    assert accepted == baselines["coze"].read_text()
    code, output = run_main(["baseline", "accept", str(changed)])
    assert code == 0
    assert "coze.rename.name-at-most-100: pass → fail" in output
    assert (tmp_path / "reports/baselines/coze.jsonl").read_text() == changed.read_text()


@pytest.mark.parametrize(
    ("faults_then", "faults_now", "exit_code"),
    [
        ([], [], 0),
        (["no-limit"], ["no-limit"], 0),
        ([], ["no-limit"], 8),
        (["no-limit"], [], 0),
        (["no-limit"], ["code-as-text"], 8),
    ],
)
def test_against_a_baseline_only_breaking_drift_fails(faults_then, faults_now, exit_code, tmp_path):
    then = kept("coze", *faults_then)
    emulator = faulty("coze", faults_now) if faults_now else EMULATORS["coze"]()
    running = start(emulator)
    options = [
        "--vendor=coze",
        f"--base-url={running.base_url}",
        f"--report-dir={tmp_path}/now",
        *live_options(running),
    ]
    code, output = run_main(["run", *options, f"--baseline={then}"], key=running.api_key)
    running.stop()
    assert code == exit_code, output
    assert ("breaking drift" if exit_code else "no breaking drift") in output


@pytest.mark.parametrize("faults", [[], ["code-as-text"]])
def test_a_target_that_tires_is_inconclusive_against_a_baseline_too(faults, tmp_path):
    usual = faulty("coze", faults).__class__

    class Tiring(usual):
        renames = 0

        async def rename(self, request):
            self.renames += 1
            return self.reply(429, {}) if self.renames > 10 else await super().rename(request)

    then = record_of(usual(), tmp_path / "then")
    running = start(Tiring())
    options = [
        "--vendor=coze",
        f"--base-url={running.base_url}",
        f"--report-dir={tmp_path}/now",
        *live_options(running),
    ]
    code, output = run_main(["run", *options, "--max-wait=0", f"--baseline={then}"], key=running.api_key)
    running.stop()
    assert code == 6, output
    assert "breaking drift" not in output


def test_a_missing_baseline_is_reported_before_anything_is_sent(tmp_path):
    code, output = run_main(["run", "--vendor=coze", f"--baseline={tmp_path}", f"--report-dir={tmp_path}/now"])
    assert code == 4
    assert "coze.jsonl: cannot be read" in output
    assert not (tmp_path / "now").exists()
