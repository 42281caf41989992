"""What people and other tools read: the terminal, JUnit, Allure."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from tests.harness import judge, judge_url, live_options, run_main


@pytest.fixture(scope="module")
def failing():
    return judge("dify", ["user-optional"])


def test_the_header_tells_target_edition_profile_seed_and_budget(tmp_path):
    _, output = run_main(["run", "--vendor=dify", "--seed=5", "--profile=smoke", f"--report-dir={tmp_path}"])
    assert "dify: Dify 2026-06 at embedded emulator, profile smoke, seed 5, at most 1000 requests" in output


def test_a_block_tells_all_that_is_needed_to_mend_a_violation(failing):
    block = failing.output.split("dify.rename.user-required (must)")[1].split("\n\n")[0]
    for words in (
        "A body without user is refused and renames nothing.",
        "impact    A rename that names no end user",
        "source    Rename Conversation (Chatflow API reference): ConversationRenameRequest, required",
        "case      without user",
        "expected  a refusal",
        "actual    success: HTTP 200",
        "again     curl -sS -X POST",
        '"Authorization: Bearer $API_KEY"',
        "waive     driftgate waive dify dify.rename.user-required --reason … --link … --expires 2",
    ):
        assert words in block


def test_the_table_is_grouped_by_class_with_verdict_and_level(failing):
    assert re.search(r"^Requests: \d+ pass, 1 fail$", failing.output, re.MULTILINE)
    assert re.search(r"^  ✗ fail +must   dify\.rename\.user-required", failing.output, re.MULTILINE)
    assert re.search(
        r"^  · observed +may    dify\.rename\.empty-name +success, HTTP 200; name verbatim$",
        failing.output,
        re.MULTILINE,
    )


def test_the_headline_counts_everything(failing):
    pattern = (
        r"^dify: 38 pass · 1 fail · 5 observed of 44 requirements · \d+ requests · \d+\.\d s: violates the contract$"
    )
    assert re.search(pattern, failing.output, re.MULTILINE)


def test_a_combined_name_that_fails_is_narrowed_down_to_what_does_it():
    judged = judge("nuwax", ["percent-unescaped"])
    assert "case      percent escapes" in judged.output
    assert 'expected  "100%25"   (in the answer /data/topic)' in judged.output
    assert 'actual    "100%"' in judged.output


def test_a_finding_in_a_later_read_shows_the_rename_before_it():
    judged = judge("coze", ["stored-in-lower-case"])
    block = judged.output.split("coze.rename.name-persists (must)")[1].split("\n\n")[0]
    assert [line.split()[4] for line in block.splitlines() if "again     curl" in line] == ["PUT", "GET"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One run with everything in it: a broken MUST, a broken SHOULD, something untested."""
    folder = tmp_path_factory.mktemp("results")
    running = start(faulty("coze", ["code-as-text", "creator-id-misspelt"]))
    options = ["--param=bot_id=1", f"--junitxml={folder}/junit.xml", f"--alluredir={folder}/allure"]
    judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    return folder


def _allure(folder):
    found = [json.loads(path.read_text()) for path in (folder / "allure").glob("*-result.json")]
    labels = [{label["name"]: label["value"] for label in result["labels"]} for result in found]
    return {label["story"]: (result, label) for result, label in zip(found, labels, strict=True)}


def test_junit_has_each_requirement_as_a_case(results):
    cases = {case.get("name"): case for case in ElementTree.parse(results / "junit.xml").iter("testcase")}
    violated = cases["test_every_answer_has_its_documented_form[coze.answer.code-is-integer-0]"]
    assert "coze.answer.code-is-integer-0 (must)" in violated.find("failure").get("message")
    untested = cases["test_a_named_situation_gets_its_documented_refusal[coze.rename.other-account-refused]"]
    assert "supply --param other_api_key" in untested.find("skipped").get("message")
    warned = cases["test_every_answer_has_its_documented_form[coze.answer.members-present]"]
    assert warned.find("failure") is None
    told = {each.get("name"): each.get("value") for each in warned.iter("property")}
    assert told == {"requirement": "coze.answer.members-present", "level": "should", "verdict": "fail"}


def test_allure_has_vendor_class_and_requirement_and_the_level_as_severity(results):
    result, labels = _allure(results)["coze.answer.code-is-integer-0"]
    assert (labels["epic"], labels["feature"], labels["severity"]) == ("Coze", "Answers", "critical")
    assert result["status"] == "failed"
    assert _allure(results)["coze.answer.members-present"][1]["severity"] == "normal"


def test_allure_has_request_and_answer_attached(results):
    result, _ = _allure(results)["coze.rename.name-echoed"]
    names = [attachment["name"] for attachment in _attachments(result, results)]
    assert "request 6" in names
    assert "answer 6" in names


def _attachments(result, folder):
    containers = [json.loads(path.read_text()) for path in (folder / "allure").glob("*-container.json")]
    steps = [step for each in containers if result["uuid"] in each["children"] for step in each.get("afters", [])]
    return [*result.get("attachments", []), *(each for step in steps for each in step.get("attachments", []))]


def test_allure_shows_inconclusive_as_broken(tmp_path):
    options = ["--param=bot_id=1", f"--alluredir={tmp_path}/allure"]
    judged = judge_url("coze", "http://127.0.0.1:9", options)
    assert judged.exit == 6
    assert _allure(tmp_path)["coze.rename.name-echoed"][0]["status"] == "broken"


def test_a_waived_requirement_opens_the_gate_and_is_no_pass(tmp_path, monkeypatch):
    code, output, row = _waived(tmp_path, monkeypatch, "2099-12-31")
    assert code == 0, output
    assert "1 waived" in output
    assert (row["verdict"], row["waived"]) == ("fail", True)


def test_an_expired_waiver_fails_the_gate(tmp_path, monkeypatch):
    code, output, row = _waived(tmp_path, monkeypatch, "2020-01-01")
    assert code == 1
    assert "expired on 2020-01-01: mend the target, or renew the waiver" in output
    assert row["waived"] is False


def _waived(folder, monkeypatch, expires):
    monkeypatch.chdir(folder)
    (folder / "waivers").mkdir()
    waiver = f"{{requirement: coze.answer.code-is-integer-0, reason: r, link: l, expires: {expires}}}"
    (folder / "waivers" / "coze.yaml").write_text(f"waivers:\n  - {waiver}\n")
    judged = judge("coze", ["code-as-text"])
    row = next(row for row in judged.of("verdict") if row["requirement"] == "coze.answer.code-is-integer-0")
    return judged.exit, judged.output, row


def test_a_stale_waiver_fails_the_gate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "waivers").mkdir()
    waiver = "{requirement: coze.rename.name-required, reason: r, link: l, expires: 2099-12-31}"
    (tmp_path / "waivers" / "coze.yaml").write_text(f"waivers:\n  - {waiver}\n")
    judged = judge("coze")
    assert judged.exit == 1
    assert "is stale, the requirement passes: remove the waiver" in judged.output


def test_a_mistake_of_ours_is_told_as_such(tmp_path):
    code, output = run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}", "-p", "tests.mistaken"])
    assert code == 7
    assert "1 error" in output
    assert "driftgate made a mistake" in output


def test_a_refusal_for_the_wrong_reason_does_not_count():
    class RefusesEverything(EMULATORS["coze"]):
        def validate(self, body):
            super().validate({})

    running = start(RefusesEverything())
    judged = judge_url("coze", running.base_url, live_options(running), key=running.api_key)
    running.stop()
    assert judged.exit == 1
    assert judged.verdicts["coze.rename.name-required"] == "inconclusive"
    assert judged.verdicts["coze.rename.unknown-conversation-refused"] == "inconclusive"
    assert "the same request without the fault was not accepted either" in judged.output


def test_a_test_that_judged_nothing_is_no_pass():
    judged = judge("dify", ["answer-inputs-gone"])
    assert judged.verdicts["dify.answer.inputs-is-object"] == "none"
    assert "no answer of the run held anything to judge it by" in judged.output
    assert "not fully verified (1 MUST untested)" in judged.output
