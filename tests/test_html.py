"""The report as a page: whole, self-contained, and nothing from the target acts in it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from driftgate.report.html import script_digest
from tests.harness import judge, judge_url, live_options, run_main
from tests.records import copied

HOSTILE = '<script>document.title="taken"</script>"\' onmouseover="x" <img src=x onerror=y> \x1b[31m \u202e'


class SaysHostileThings(faulty("coze", ["code-as-text"]).__class__):
    """Answers every rename with a name, and every refusal with a message, that tries to act in a page."""

    def refusal(self, refused):
        status, body = super().refusal(refused)
        return status, {**body, "msg": HOSTILE}

    def view(self, conversation):
        return {**super().view(conversation), "name": HOSTILE}


class Page(HTMLParser):
    """The elements and the visible text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text, self.script = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script" and not self.script:
            self.script = data
        else:
            self.text.append(data)


def judge_listed(folder, monkeypatch, lines):
    """Judges a faulty emulator that a driftgate.toml lists with these lines: exit code and output."""
    monkeypatch.chdir(folder)
    running = start(faulty("coze", ["code-as-text"]))
    rows = ["[targets.bots]", 'vendor = "coze"', f'base_url = "{running.base_url}"', "params.bot_id = 1", *lines]
    Path("driftgate.toml").write_text("\n".join(rows))
    result = run_main(["run", "--profile=smoke", "--report-dir=reports"], key=running.api_key)
    running.stop()
    return result


def judged_record(folder, faults):
    """The record of a run in smoke against an emulator with these faults."""
    judge("coze", faults, ["--profile=smoke", f"--report-dir={folder}"])
    return read_record(folder / "coze.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The reports of a run against a server that breaks promises and says hostile things."""
    place = tmp_path_factory.mktemp("hostile")
    running = start(SaysHostileThings())
    judge_url("coze", running.base_url, ["--param=bot_id=1", f"--report-dir={place}"], key=running.api_key)
    running.stop()
    return place


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_nothing_that_the_target_said_is_markup(page):
    assert "<script>document.title=" in "".join(page.text)
    assert {"img", "iframe", "object"}.isdisjoint(page.tags)
    assert page.tags.count("script") == 1  # driftgate's own; the policy names its digest and allows no other
    assert not [each for each in page.attributes if each[1].startswith("on")]


def test_no_control_and_no_bidi_mark_of_the_target_is_on_the_page(folder):
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        assert "\\u001b[31m \\u202e" in text


def test_the_page_needs_nothing_from_elsewhere(page):
    places = [value for _, name, value in page.attributes if name in ("src", "href", "action", "srcset")]
    assert places
    assert all(value.startswith("#") or value == "data:," for value in places)
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and value.startswith("default-src"))
    assert policy.startswith("default-src 'none'")
    assert policy.endswith(f"script-src 'sha256-{script_digest(page.script)}'")


def test_every_link_leads_to_a_place_on_the_page_and_no_place_is_there_twice(page):
    ids = [value for _, name, value in page.attributes if name == "id"]
    links = {value[1:] for tag, name, value in page.attributes if tag == "a" and name == "href"}
    assert len(ids) == len(set(ids))
    assert links
    assert links <= set(ids)


def test_the_page_shows_what_is_promised_broken_and_untested(page):
    text = "".join(page.text)
    for words in (
        "violates the contract",
        "coze.answer.code-is-integer-0",
        "impact",
        "Expected",
        "Actual",
        "curl -sS -X PUT",
        "supply --param other_api_key",
        "median",
        "How to read this",
    ):
        assert words in text


def test_the_report_is_rendered_from_the_record_alone(folder):
    code, text = run_main(["report", str(folder / "coze.jsonl"), "--format", "html"])
    assert code == 1
    assert text.strip() == (folder / "report.html").read_text(encoding="utf-8").strip()


def test_the_markdown_is_the_one_that_the_record_gives(folder):
    _, text = run_main(["report", str(folder / "coze.jsonl"), "--format", "md"])
    assert text.strip() == (folder / "report.md").read_text(encoding="utf-8").strip()
    assert "| ✗ fail | `coze.answer.code-is-integer-0` (must)" in text


def test_nothing_that_the_target_said_is_markup_in_markdown(folder):
    text = (folder / "report.md").read_text(encoding="utf-8")
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert "<script" in text
    assert "<script" not in outside
    assert "onmouseover" not in outside


def test_a_matrix_is_there_when_several_targets_ran(tmp_path):
    run_main(["run", "--profile=smoke", f"--report-dir={tmp_path}"])
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Requirements and targets" in page.text
    assert page.tags.count("table") == 1
    assert "rename.name-at-most-100" in "".join(page.text)


def test_with_a_baseline_the_page_shows_history_and_drift(tmp_path):
    for name, faults in (("then", ["creator-id-misspelt"]), ("now", ["creator-id-misspelt", "code-as-text"])):
        running = start(faulty("coze", faults))
        baseline = [f"--baseline={tmp_path}/then"] if name == "now" else []
        options = [*live_options(running), f"--report-dir={tmp_path}/{name}", *baseline]
        judged = judge_url("coze", running.base_url, options, key=running.api_key)
        running.stop()
    assert judged.exit == 8
    text = "".join(Page((tmp_path / "now" / "report.html").read_text(encoding="utf-8")).text)
    for words in (
        "Changes since the baseline",
        "pass in the baseline of",
        "in the baseline too",
        "new since the baseline",
    ):
        assert words in text


def test_the_page_begins_with_what_is_wrong_and_what_to_do(page):
    text = "".join(page.text)
    first_screen = text[: text.index("How it") if "How it" in text else text.index("median")]
    for words in (
        "What to do",
        "Report it",
        "Accept it until a date",
        "driftgate waive coze coze.answer.code-is-integer-0",
    ):
        assert words in first_screen


def test_the_owner_and_the_link_of_a_target_are_on_the_page(tmp_path, monkeypatch):
    judge_listed(tmp_path, monkeypatch, ['owner = "bots team"', 'link = "https://wiki.example/bots?a=1&b=2"'])
    page = Page((tmp_path / "reports" / "report.html").read_text(encoding="utf-8"))
    assert "bots team" in page.text
    assert ("a", "href", "https://wiki.example/bots?a=1&b=2") in page.attributes


def test_a_link_of_a_target_is_a_web_page(tmp_path, monkeypatch):
    code, output = judge_listed(tmp_path, monkeypatch, ['link = "javascript:alert(1)"'])
    assert code == 4
    assert "javascript:alert(1)" in output


def test_the_place_of_a_finding_is_marked_in_the_answer(page, folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "<mark>  &#34;code&#34;: &#34;0&#34;,</mark>" in text


def test_failing_rows_come_first_in_the_matrix(tmp_path):
    records = []
    for vendor, fault in (("coze", "code-as-text"), ("nuwax", "tid-as-number")):
        running = start(faulty(vendor, [fault]))
        options = [*live_options(running), f"--report-dir={tmp_path}/{vendor}"]
        judge_url(vendor, running.base_url, options, key=running.api_key)
        running.stop()
        records.append(str(tmp_path / vendor / f"{vendor}.jsonl"))
    _, text = run_main(["report", *records, "--format=html"])
    heads = re.findall(r'<tr><th scope="row">(\S+)', text)
    assert heads[:2] == ["answer.code-is-integer-0", "answer.tid-is-text"]


def test_a_report_says_since_when_earlier_records_show_a_violation(tmp_path):
    history = tmp_path / "history"
    clean, broken = (judged_record(tmp_path / name, faults) for name, faults in (("a", []), ("b", ["code-as-text"])))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for day, record in enumerate([clean, broken, broken]):
        copied(record, history / f"{day}.jsonl", begin + timedelta(days=day))
    _, text = run_main(["report", str(broken.path), "--format=html", f"--history={history}"])
    assert 'since <span class="time">2026-01-02T00:00:00' in text
    assert "in 3 runs" in text
    (history / "0.jsonl").unlink()
    _, text = run_main(["report", str(broken.path), "--format=html", f"--history={history}"])
    assert "or earlier, in 3 runs" in text


def test_a_report_of_somebody_elses_is_not_written_over(tmp_path):
    (tmp_path / "report.md").write_text("my own report\n")
    code, output = run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}"])
    assert code == 4
    assert "holds a report.md that is not driftgate's" in output
    assert (tmp_path / "report.md").read_text() == "my own report\n"


def test_reports_that_cannot_be_written_are_reported_after_the_verdicts(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("driftgate.report.html.render", full)
    code, output = run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}"])
    assert code == 7
    assert "conforms" in output
    assert "reports not written: No space left on device" in output


def test_in_github_actions_the_summary_and_the_annotations_are_written(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    running = start(SaysHostileThings())
    judged = judge_url("coze", running.base_url, ["--param=bot_id=1", f"--report-dir={tmp_path}"], key=running.api_key)
    running.stop()
    assert (tmp_path / "summary").read_text() == (tmp_path / "report.md").read_text()
    commands = [line for line in judged.output.splitlines() if line.startswith("::")]
    assert any(line.startswith("::error title=coze%3A coze.answer.code-is-integer-0::") for line in commands)
    assert {line.split()[0] for line in commands} <= {"::error", "::warning"}
    assert len(commands) <= 20


def test_outside_github_actions_no_workflow_command_is_printed(tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    running = start(faulty("coze", ["code-as-text"]))
    judged = judge_url("coze", running.base_url, ["--param=bot_id=1"], key=running.api_key)
    running.stop()
    assert "::error" not in judged.output


def test_the_drift_of_two_records_is_a_page_too(tmp_path):
    for name, emulator in (("a", EMULATORS["coze"]()), ("b", faulty("coze", ["code-as-text"]))):
        running = start(emulator)
        options = [*live_options(running), f"--report-dir={tmp_path}/{name}"]
        judge_url("coze", running.base_url, options, key=running.api_key)
        running.stop()
    records = [str(tmp_path / name / "coze.jsonl") for name in "ab"]
    code, text = run_main(["drift", *records, "--format", "html"])
    assert code == 8
    assert "coze.answer.code-is-integer-0" in "".join(Page(text).text)
    code, text = run_main(["drift", *records, "--format", "json"])
    assert set(json.loads(text)["latency"]) == {"before", "after"}


def test_a_summary_that_cannot_be_written_is_reported_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "nowhere" / "summary"))
    code, output = run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}"])
    assert code == 0
    assert "summary: cannot be written to (No such file or directory)" in output
