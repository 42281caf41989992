"""History, badge and bug report: what many records tell together, and nothing of it made up or left out in silence."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from driftgate.commands.cli import main
from driftgate.contract.schemas import file_schema, first_problem
from driftgate.drift import changes_between, compare, snapshot_of
from driftgate.drift.report import change_value
from driftgate.emulator import start
from driftgate.emulator.faults import faulty
from driftgate.history import html as pages
from driftgate.history import timeline as timelines
from driftgate.history.model import Span
from driftgate.history.timeline import history
from driftgate.record.reading import read_record
from driftgate.record.rows import json_of
from tests.harness import judge_url, live_options, run_main
from tests.records import copied
from tests.test_html import HOSTILE, Page, SaysHostileThings

BASELINES = Path(__file__).parent.parent / "reports" / "baselines"
LIMIT = "coze.rename.name-at-most-100"
DAY = timedelta(days=1)
BEGIN = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)


def _judged(emulator, folder):
    running = start(emulator)
    judge_url("coze", running.base_url, [*live_options(running), f"--report-dir={folder}"], key=running.api_key)
    running.stop()
    return read_record(folder / "coze.jsonl")


@pytest.fixture(scope="module")
def clean():
    return read_record(BASELINES / "coze.jsonl")


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The record of a run against a target whose names have no limit."""
    return _judged(faulty("coze", ["no-limit"]), tmp_path_factory.mktemp("broken"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return _judged(SaysHostileThings(), tmp_path_factory.mktemp("hostile"))


def _inconclusive(row):
    """The rows of a run that met no answer that can be judged."""
    if row["record"] == "verdict":
        return {**row, "verdict": "inconclusive", "reason": "no connection", "findings": []}
    return row


@pytest.fixture(scope="module")
def folder(clean, broken, tmp_path_factory):
    """Eight days of a target: fine, broken, away for a day, broken, fine, broken, fine with another suite, smoke."""
    place = tmp_path_factory.mktemp("records")
    other = {"suite": "0123456789abcdef", "contract": {**json_of(clean.header.contract), "edition": "2099-01"}}
    days = [
        (clean, {}),
        (broken, {}),
        (clean, {"change": _inconclusive}),
        (broken, {"slower": 3.0}),
        (clean, {}),
        (broken, {}),
        (clean, {"header": other}),
        (clean, {"header": {**other, "profile": "smoke"}}),
    ]
    for day, (record, options) in enumerate(days):
        same = {"target": json_of(clean.header.target), "suite": clean.header.suite, **options.pop("header", {})}
        copied(record, place / f"{day}" / "coze.jsonl", BEGIN + day * DAY, header=same, **options)
    return place


@pytest.fixture(scope="module")
def told(folder):
    (timeline,) = history(folder).timelines
    return timeline


def test_verdicts_of_runs_in_a_row_are_one_span(told):
    line = next(line for line in told.requirements if line.row.requirement == LIMIT)
    assert [(span.word, span.first, span.last) for span in line.spans] == [
        ("pass", 0, 0),
        ("fail", 1, 1),
        ("inconclusive", 2, 2),
        ("fail", 3, 3),
        ("pass", 4, 4),
        ("fail", 5, 5),
        ("pass", 6, 7),
    ]
    assert line.eventful
    assert not next(line for line in told.requirements if line.row.requirement == "coze.rename.name-persists").eventful


def test_a_finding_is_first_and_last_seen_in_runs_that_judged_it(told):
    found = [each for each in told.findings if each.finding.requirement == LIMIT]
    assert [each.finding.case for each in found] == ["101 ASCII characters", "101 CJK characters"]
    assert [(each.first, each.last, each.gone) for each in found] == [(1, 5, 6)] * 2
    assert [(each.seen, each.judged, each.intermittent) for each in found] == [(3, 6, True)] * 2


def test_a_finding_that_one_run_could_not_repeat_is_intermittent(broken, tmp_path):
    copied(broken, tmp_path / "a.jsonl", BEGIN, change=_one(LIMIT, reproduction={"seen": 1, "attempts": 3}))
    (timeline,) = history(tmp_path).timelines
    found = next(each for each in timeline.findings if each.finding.requirement == LIMIT)
    assert (found.seen, found.gone, found.intermittent) == (1, None, True)


def test_targets_of_one_name_and_two_vendors_are_two(clean, tmp_path):
    for vendor in ("coze", "another"):
        contract = {"contract": {**json_of(clean.header.contract), "vendor": vendor}}
        copied(clean, tmp_path / f"{vendor}.jsonl", BEGIN, header=contract)
    assert [each.name for each in history(tmp_path).timelines] == ["coze (another)", "coze (coze)"]


def test_a_run_is_compared_with_the_one_before_of_the_same_profile(told):
    transitions = {turn.after: turn for turn in told.transitions}
    assert {mark.what for mark in transitions[6].circumstances} == {"suite", "contract edition"}
    assert [change.rule for change in transitions[1].changes].count("must-regressed") == 1
    assert {mark.what for mark in transitions[7].circumstances} == {"profile"}
    assert transitions[7].before == 6


def test_a_run_that_judged_nothing_is_passed_over(clean, broken, tmp_path):
    for day, record in enumerate((clean, clean, broken)):
        path = copied(record, tmp_path / f"{day}.jsonl", BEGIN + day * DAY)
        if day == 1:
            lines = path.read_text().splitlines(keepends=True)
            footer = json.loads(lines[-1]) | {"setup_error": "no connection", "exit": 6}
            path.write_text("".join([*lines[:-1], json.dumps(footer) + "\n"]))
    (timeline,) = history(tmp_path).timelines
    assert [(turn.before, turn.after) for turn in timeline.transitions] == [(0, 2)]
    assert [span.word for span in timeline.overall] == ["conforms", "inconclusive", "violates the contract"]


def _told_by_drift(before, after):
    code, output = run_main(["drift", str(before), str(after), "--format=json"])
    assert code in (0, 8)
    return json.loads(output)["changes"]


def test_the_drift_of_any_two_runs_is_that_of_the_command(folder):
    (timeline,) = history(folder).timelines
    assert len(timeline.runs) > 1
    for (before, then), (after, now) in permutations(enumerate(timeline.runs), 2):
        pair = (timeline.snapshots[before], timeline.snapshots[after])
        changes = timeline.drift[pair] if pair[0] != pair[1] else ()
        assert list(map(change_value, changes)) == _told_by_drift(then.path, now.path)


@pytest.mark.parametrize("vendor", ["coze", "dify", "nuwax"])
def test_a_snapshot_keeps_all_that_drift_looks_at(vendor):
    """Of different products and editions, so that there is much drift of many kinds."""
    records = [read_record(path) for path in sorted(BASELINES.glob(f"{vendor}*.jsonl"))]
    assert len(records) > 1
    drifting = 0
    for before, after in permutations(records, 2):
        expected = compare(before, after).changes
        drifting += bool(expected)
        assert changes_between(snapshot_of(before), snapshot_of(after)) == expected
    assert drifting >= len(records)  # two editions of a product may answer alike


SEEN_ALONE = [
    ("shape", {"seen": 0}, "member-became-optional"),
    ("shape", {"types": {"null": 1}}, "type-changed"),
    ("finding", {"fingerprint": "0123456789ab"}, "violation-changed"),
    ("observation", {"name": "otherwise"}, "name-handling-changed"),
    ("observation", {"status": 299}, "status-changed"),
]


@pytest.mark.parametrize(("kind", "members", "rule"), SEEN_ALONE)
def test_a_snapshot_keeps_what_few_records_differ_in(kind, members, rule, broken, tmp_path):
    def change(row):
        if kind == "finding" and row["record"] == "verdict":
            return row | {"findings": [members["fingerprint"]] * len(row["findings"])}
        return row | members if row["record"] == kind else row

    after = read_record(copied(broken, tmp_path / "after.jsonl", BEGIN, change=change))
    expected = compare(broken, after).changes
    assert rule in {each.rule for each in expected}
    assert changes_between(snapshot_of(broken), snapshot_of(after)) == expected


def test_runs_of_two_profiles_by_turns_are_no_change(clean, tmp_path):
    for day in range(6):
        profile = {"profile": "smoke" if day % 2 else "standard"}
        copied(clean, tmp_path / f"{day}.jsonl", BEGIN + day * DAY, header=profile)
    (timeline,) = history(tmp_path).timelines
    assert [(turn.before, turn.after) for turn in timeline.transitions] == [(0, 1)]


def test_runs_against_a_target_that_has_not_changed_share_a_snapshot(clean, tmp_path):
    def change(row):
        if row["record"] == "shape":
            return row | {"types": dict.fromkeys(row["types"], 7), "seen": row["seen"] * 2, "of": row["of"] * 2}
        return row

    later = read_record(copied(clean, tmp_path / "later.jsonl", BEGIN, header={"seed": 7}, slower=2.0, change=change))
    assert compare(clean, later).changes == ()
    assert snapshot_of(later).key == snapshot_of(clean).key


def _left_out(kind, record, path):
    """Writes a file that is no record of a run, or not all of one."""
    whole = copied(record, path, BEGIN).read_bytes()
    lines = whole.splitlines(keepends=True)
    twice = b"".join([lines[0], *lines[:-1]])
    footer = json.loads(lines[-1])
    files = {
        "cut": whole[:-20],
        "no footer": b"".join(lines[:-1]),
        "edited": whole.replace(b'"pass"', b'"fail"', 1),
        "no text": b"\xff\x00" * 100,
        "empty": b"",
        "another kind": b'{"level": "info"}\n',
        "two headers": twice + json.dumps(footer | {"digest": hashlib.sha256(twice).hexdigest()}).encode() + b"\n",
    }
    if kind == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif kind in files:
        path.write_bytes(files[kind])
    elif kind == "judged again":
        assert run_main(["judge", str(path), f"--report-dir={path.parent}"])[0] == 0
        path.unlink()
    elif kind == "no time":
        copied(record, path, BEGIN, change=lambda row: row | {"started": "x"} if row["record"] == "header" else row)


LEFT_OUT = {
    "cut": "is cut off",
    "no footer": "is incomplete",
    "edited": "is not as it was written",
    "no text": "is no record",
    "empty": "is no record",
    "another kind": "is no line of a record",
    "two headers": "several in one file",
    "pipe": "is no file",
    "judged again": "is a judgement of what was recorded elsewhere",
    "no time": "which is no time",
    "given twice": "is the same record as",
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_a_file_that_is_left_out_is_reported_everywhere(kind, clean, tmp_path):
    copied(clean, tmp_path / "a.jsonl", BEGIN)
    _left_out(kind, clean, tmp_path / "b.jsonl")
    for form in ("md", "json", "html"):
        code, output = run_main(["history", str(tmp_path), f"--format={form}", f"--output={tmp_path}/page"])
        assert code == 0
        assert output.count("left out") == 1
        assert LEFT_OUT[kind] in output
        page = (tmp_path / "page").read_text()
        assert LEFT_OUT[kind] in page
        assert ".jsonl" in page.partition(LEFT_OUT[kind])[0][-200:]


def test_a_folder_that_cannot_be_looked_into_is_reported(clean, tmp_path, monkeypatch):
    copied(clean, tmp_path / "a.jsonl", BEGIN)
    (tmp_path / "closed").mkdir()
    look = os.scandir

    def refuses(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", refuses)
    (left,) = history(tmp_path).left_out
    assert left.why == "cannot be read (Permission denied)"


def test_a_link_to_a_folder_is_reported_and_not_followed(clean, tmp_path):
    copied(clean, tmp_path / "a" / "a.jsonl", BEGIN)
    (tmp_path / "latest").symlink_to("a")
    told = history(tmp_path)
    assert len(told.timelines[0].runs) == 1
    assert [(left.path.name, left.why) for left in told.left_out] == [
        ("latest", "is a link to a folder, which is not followed")
    ]


def test_json_is_valid_under_its_schema(folder):
    code, output = run_main(["history", str(folder), "--format=json"])
    assert code == 0
    value = json.loads(output)
    assert first_problem(file_schema("history"), value) is None
    (target,) = value["targets"]
    assert len(target["runs"]) == 8
    assert target["findings"][0]["gone_since"] == "2026-01-07T03:00:00+00:00"
    assert first_problem(file_schema("history"), {**value, "targets": [{**target, "runs": []}]})


def test_markdown_shows_findings_and_changes(folder):
    _, output = run_main(["history", str(folder), "--format=md"])
    assert "first seen 2026-01-02 03:00, last seen 2026-01-06 03:00, in 3 of the 6 runs that judged it since" in output
    assert "gone since 2026-01-07 03:00" in output
    assert f"must-regressed {LIMIT}" in output
    assert "contract edition: 2026-05 → 2099-01" in output


def test_nothing_of_a_hostile_target_acts_on_the_page(hostile, clean, tmp_path):
    end = "</template></script>\u2028" + HOSTILE
    target = {**json_of(clean.header.target), "name": end, "base_url": end}
    for day, record in enumerate((clean, hostile)):
        copied(record, tmp_path / f"{day}<b>'.jsonl", BEGIN + day * DAY, header={"target": target})
    _, text = run_main(["history", str(tmp_path)])
    page = Page(text)
    assert page.tags.count("script") == 1
    assert {"img", "iframe", "object", "b'", "bold"}.isdisjoint(page.tags)
    assert not [each for each in page.attributes if each[1].startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    assert "</template></script>\\u2028" in "".join(page.text)


def test_the_policy_of_the_page_lets_its_own_script_run_and_no_other(folder):
    _, text = run_main(["history", str(folder)])
    script = re.search("<script>(.*)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = next(value for _, name, value in Page(text).attributes if name == "content" and "default-src" in value)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"


def test_of_very_many_states_adjacent_ones_and_the_ends_are_kept(clean, tmp_path, monkeypatch):
    monkeypatch.setattr(timelines, "MOST_SNAPSHOTS", 4)
    monkeypatch.setattr(timelines, "MOST_PAIRS", 12)
    count = 9
    for day in range(count):

        def change(row, day=day):
            return row | {"code": str(day)} if row["record"] == "observation" else row

        copied(clean, tmp_path / f"{day}.jsonl", BEGIN + day * DAY, change=change)
    (timeline,) = history(tmp_path).timelines
    assert len(set(timeline.snapshots)) == count
    assert len(timeline.drift) == 12
    assert {(count - 2, count - 1), (count - 1, count - 2)} <= timeline.drift.keys()


def test_a_single_run_of_a_thousand_can_be_seen_and_is_on_top():
    spans = [Span("pass", 0, 498), Span("fail", 499, 499), Span("pass", 500, 999)]
    words, paths = zip(*pages.band(spans, 1000), strict=True)
    assert words == ("pass", "fail")
    assert paths[1] == "M499 24h6v-24h-6z"  # two pixels on a telephone
    assert pages.band([Span("fail", 999, 999)], 1000) == [("fail", "M994 24h6v-24h-6z")]


def test_one_outage_does_not_flatten_the_trend_of_the_latency(clean, tmp_path):
    for day in range(60):
        copied(clean, tmp_path / f"{day:02}.jsonl", BEGIN + day * DAY, slower=1000 if day == 30 else 1)
    (timeline,) = history(tmp_path).timelines
    trend = pages.trend(timeline.runs)
    usual = timeline.runs[0].latency
    assert trend.cut
    assert trend.top == usual.p95
    heights = [float(point.split(",")[1]) for point in trend.medians.split()]
    assert heights[30] == 0.0
    assert heights[31] == pytest.approx(pages.TREND * (1 - usual.median / usual.p95), abs=0.1)


USAGE = [
    (["history", "nowhere"], "nowhere: is no folder"),
    (["history", "a.jsonl"], "a.jsonl: is a file; give the folder"),
    (["history", "empty"], "empty: holds no record, in no file *.jsonl"),
    (
        ["history", "bad"],
        "bad: holds no record of a run: bad/x.jsonl: line 1: is cut off, or no JSON, and 1 more file is left out",
    ),
    (["history", ".", "--format=md", "--output=a.jsonl"], "is a record, and would be written over"),
    (["history", ".", "--format=md", "--output=/dev/null/x"], "--output /dev/null/x: cannot be written to"),
    (["badge", "nowhere"], "nowhere: cannot be read"),
    (["badge", "bad/x.jsonl"], "is cut off, or no JSON"),
    (["badge", "a.jsonl", "--output=a.jsonl"], "is a record, and would be written over"),
    (["explain", "a.jsonl", "coze.rename.name-at-most-10"], f"did you mean {LIMIT}?"),
    (["explain", "a.jsonl", LIMIT, "--history=nowhere"], "nowhere: is no folder"),
]


@pytest.mark.parametrize(("arguments", "words"), USAGE, ids=[" ".join(arguments) for arguments, _ in USAGE])
def test_a_mistake_is_reported_in_one_line_and_nothing_is_written(arguments, words, broken, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copied(broken, Path("a.jsonl"), BEGIN)
    Path("empty").mkdir()
    Path("bad").mkdir()
    for name in ("x", "y"):
        Path(f"bad/{name}.jsonl").write_text("{")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")}
    code, output = run_main(arguments)
    assert code == 4, output
    assert output.count("\n") == 1
    assert words in output
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def _ended(record, path, exit_code, change=lambda row: row):
    """The record, ended with another exit code."""
    lines = copied(record, path, BEGIN, change=change).read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-1], json.dumps(json.loads(lines[-1]) | {"exit": exit_code}) + "\n"]))
    return path


def _one(requirement, **members):
    def change(row):
        of_it = row["record"] in ("verdict", "finding") and row["requirement"] == requirement
        return row | {key: value for key, value in members.items() if key in row} if of_it else row

    return change


BADGES = [
    (0, _one(LIMIT), "conforms", "brightgreen"),
    (0, _one(LIMIT, verdict="none"), "conforms as far as tested", "yellowgreen"),
    (0, _one(LIMIT, verdict="fail", waived=True), "conforms, 1 waived", "blueviolet"),
    (1, _one(LIMIT, verdict="fail"), "violates the contract", "red"),
    (1, _one(LIMIT, verdict="fail", waived=True), "conforms, but a waiver is stale or expired", "orange"),
    (6, _one(LIMIT, verdict="inconclusive"), "inconclusive", "lightgrey"),
    (7, _one(LIMIT, verdict="error"), "driftgate made a mistake, please report it", "lightgrey"),
]


@pytest.mark.parametrize(("exit_code", "change", "message", "color"), BADGES, ids=[row[2] for row in BADGES])
def test_a_badge_says_what_the_record_comes_to(exit_code, change, message, color, clean, tmp_path):
    path = _ended(clean, tmp_path / "a.jsonl", exit_code, change)
    code, output = run_main(["badge", str(path)])
    expected = {"schemaVersion": 1, "label": "contract: coze", "message": message, "color": color}
    assert code == 0
    assert json.loads(output) == (expected if exit_code == 0 else {**expected, "isError": True})


def test_a_badge_is_written_where_it_is_wanted(clean, tmp_path):
    code, output = run_main(["badge", str(clean.path), f"--output={tmp_path}/site/badge.json"])
    assert (code, output) == (0, f"{tmp_path}/site/badge.json: written\n")
    assert json.loads((tmp_path / "site/badge.json").read_text())["message"] == "conforms"


def test_a_bug_report_holds_promise_exchange_and_since_when(folder):
    code, output = run_main(["explain", str(folder / "5/coze.jsonl"), LIMIT, f"--history={folder}"])
    assert code == 0
    for part in (
        f"# Coze: `{LIMIT}` is violated",
        "> A name of 100 characters is accepted",
        "- source: ",
        "- level: a MUST: the page states it",
        "- expected: `a refusal`",
        "- actual: `success: HTTP 200, code 0; stored name: verbatim`",
        "; reproduced both times",
        "first seen 2026-01-02 03:00, last seen 2026-01-06 03:00, in 3 of the 6 runs that judged it since",
        "curl -sS -X PUT",
        '"Authorization: Bearer $API_KEY"',
        "- contract: Coze, edition `2026-05`",
        f"-k {LIMIT}",
        "driftgate judge coze.jsonl",
    ):
        assert part in output
    assert "Secret(" not in output


def test_without_other_records_nobody_knows_since_when(broken):
    _, output = run_main(["explain", str(broken.path), LIMIT])
    assert "- history: unknown: there is no other run to compare with" in output


def test_what_is_not_violated_is_said_in_a_line(clean):
    code, output = run_main(["explain", str(clean.path), LIMIT])
    assert code == 0
    assert re.fullmatch(rf"{LIMIT} passes in {clean.path}, judged \d+ times\n", output)


def test_a_page_is_not_poured_into_a_terminal(clean, tmp_path, monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    copied(clean, tmp_path / "a.jsonl", BEGIN)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(["history", str(tmp_path)]) == 4
    assert "give --output history.html" in capsys.readouterr().err
    assert main(["history", str(tmp_path), "--format=md"]) == 0


def test_a_waived_violation_is_explained_without_the_reason(broken, tmp_path):
    told = {"fingerprint": None, "reason": "a secret reason", "link": "https://t.example/1", "since": None}
    waiver = {**told, "expires": "2099-12-31"}
    path = copied(broken, tmp_path / "a.jsonl", BEGIN, change=_one(LIMIT, waived=True, waivers=[waiver]))
    _, output = run_main(["explain", str(path), LIMIT])
    assert "accepted until 2099-12-31" in output
    assert "a secret reason" not in output


def test_a_quoted_answer_stays_quoted_and_short_and_holds_no_cookie(broken, tmp_path):
    def change(row):
        if row["record"] != "exchange" or row["answer"] is None:
            return row
        body = {"text": "````\n# taken\n<img src=x>\x1b[31m" + "x" * 60_000, "bytes": 60_029}
        answer = row["answer"] | {"body": body, "headers": [["Set-Cookie", "session=s3cret"]]}
        return row | {"request": row["request"] | {"body": body}, "answer": answer}

    _, output = run_main(["explain", str(copied(broken, tmp_path / "a.jsonl", BEGIN, change=change)), LIMIT])
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1`*$", "", output)  # as CommonMark ends a fenced block
    assert "# taken" in output
    assert "# taken" not in outside
    assert "\x1b" not in output
    assert "more characters are in the record, exchange" in output
    assert "s3cret" not in output
    assert "# the request is too long to be quoted" in output
    assert len(output) < 65_536
