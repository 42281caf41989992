"""What people and other tools read: the terminal, JUnit, Allure."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from driftgate import __version__
from driftgate.contract import Profile, load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from driftgate.report import github
from driftgate.report.merge import results_of
from tests.harness import judge, judge_url, live_options, run_main


@pytest.fixture(scope="module")
def failing():
    return judge("dify", ["user-optional"], ["--max-requests=70"])


def test_the_header_shows_target_edition_profile_seed_and_budget(tmp_path):
    _, output = run_main(["run", "--vendor=dify", "--seed=5", "--profile=smoke", f"--report-dir={tmp_path}"])
    assert "dify: Dify 2026-06 at embedded emulator, profile smoke, seed 5, at most 1000 requests" in output


def test_a_block_shows_all_that_is_needed_to_mend_a_violation(failing):
    block = failing.output.split("dify.rename.user-required (must)")[1].split("\n\n")[0]
    for words in (
        "A body without user is refused and renames nothing.",
        "impact     A rename without an end user",
        "source     Rename Conversation (Chatflow API reference): ConversationRenameRequest, required",
        "case       without user",
        "expected   a refusal",
        "actual     success: HTTP 200",
        "reproduce  curl -sS -X POST",
        '"Authorization: Bearer $API_KEY"',
        "waive      driftgate waive dify dify.rename.user-required --reason … --link … --expires 2",
    ):
        assert words in block


def test_the_table_is_grouped_by_class_with_verdict_and_level(failing):
    assert re.search(r"^Requests: \d+ pass, 1 fail$", failing.output, re.MULTILINE)
    assert "· observed" not in failing.output


def test_with_verbose_the_table_shows_every_requirement():
    output = judge("dify", ["user-optional"], ["--max-requests=70", "-vv"]).output
    assert re.search(r"^  ✗ fail +must   dify\.rename\.user-required", output, re.MULTILINE)
    assert re.search(
        r"^  · observed +may    dify\.rename\.empty-name +success, HTTP 200; name verbatim$", output, re.MULTILINE
    )


def test_what_is_violated_stands_by_cause_before_the_verdict(failing):
    end = failing.output.partition("Violated:")[2]
    told = "✗ fail must: A body without user is refused and renames nothing. (dify.rename.user-required) "
    assert " ".join(end.split()).startswith(told)
    assert re.search(r"\ndify: .*: violates the contract\n", end)


def test_the_headline_counts_everything(failing):
    judged = len(failing.verdicts)
    counts = f"{judged - 1 - 5} pass · 1 fail · 5 observed of {judged} requirements"
    pattern = rf"^dify: {counts} · \d+ requests · \d+\.\d s: violates the contract$"
    assert re.search(pattern, failing.output, re.MULTILINE)


def test_a_combined_name_that_fails_is_narrowed_down_to_what_does_it():
    judged = judge("nuwax", ["percent-unescaped"])
    assert "case       percent escapes" in judged.output
    assert 'expected   "100%25"   (in the answer /data/topic)' in judged.output
    assert 'actual     "100%"' in judged.output


def test_a_finding_in_a_later_read_shows_the_rename_before_it():
    judged = judge("coze", ["stored-in-lower-case"])
    block = judged.output.split("coze.rename.name-persists (must)")[1].split("\n\n")[0]
    assert [line.split()[4] for line in block.splitlines() if "reproduce  curl" in line] == ["PUT", "GET"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One run with everything in it: a broken MUST, a broken SHOULD, something untested."""
    folder = tmp_path_factory.mktemp("results")
    running = start(faulty("coze", ["code-as-text", "creator-id-misspelt"]))
    options = ["--param=bot_id=1", f"--alluredir={folder}/allure", f"--report-dir={folder}"]
    judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    return folder


def _allure(folder):
    found = [json.loads(path.read_text()) for path in (folder / "allure").glob("*-result.json")]
    labels = [{label["name"]: label["value"] for label in result["labels"]} for result in found]
    return {label["story"]: (result, label) for result, label in zip(found, labels, strict=True)}


def test_allure_has_vendor_class_and_requirement_and_the_level_as_severity(results):
    result, labels = _allure(results)["coze.answer.code-is-integer-0"]
    assert (labels["epic"], labels["feature"], labels["severity"]) == ("Coze", "Answers", "critical")
    assert result["status"] == "failed"
    assert _allure(results)["coze.answer.members-present"][1]["severity"] == "normal"


def test_allure_has_a_step_for_each_exchange_with_request_and_answer(results):
    result, _ = _allure(results)["coze.rename.name-echoed"]
    step = next(step for step in result["steps"] if step["name"].endswith(" read: success, HTTP 200, code 0"))
    number = step["name"].split()[0]
    assert [each["name"] for each in step["attachments"]] == [f"request {number}", f"answer {number}"]
    request, answer = (json.loads((results / "allure" / each["source"]).read_text()) for each in step["attachments"])
    assert request["method"] == "GET"
    assert answer["answer"]["status"] == 200


def test_allure_shows_first_of_all_what_proves_a_violation(results):
    result, _ = _allure(results)["coze.answer.code-is-integer-0"]
    assert [step["status"] for step in result["steps"]] == ["failed"]
    assert result["statusDetails"]["message"].startswith("violated: in the answer /code: expected integer, got")
    assert "reproduce  curl" in result["statusDetails"]["trace"]


def test_allure_shows_a_should_that_fails_as_no_pass(results):
    result, labels = _allure(results)["coze.answer.members-present"]
    assert result["status"] == "unknown"
    assert result["statusDetails"]["message"].startswith("warned: in the answer /data/creator_id: expected present")
    assert labels["tag"] == "warned"


def test_allure_holds_every_requirement_once_and_nothing_of_the_plain_tests(results):
    names = [json.loads(path.read_text())["fullName"] for path in (results / "allure").glob("*-result.json")]
    assert sorted(names) == sorted(
        f"driftgate.coze#{row.id}" for row in load_contract("coze").within(Profile.STANDARD).requirements
    )
    assert not list((results / "allure").glob("*-container.json"))


def test_allure_shows_in_what_the_targets_were_judged(results):
    lines = (results / "allure/environment.properties").read_text().splitlines()
    assert f"driftgate={__version__}" in lines
    assert "coze.contract=Coze 2026-05" in lines
    assert "coze.profile=standard" in lines
    assert "coze.seed=0" in lines
    assert any(line.startswith("coze.base_url=http://127.0.0.1:") for line in lines)


def test_every_result_of_allure_that_is_no_pass_has_one_category(results):
    categories = json.loads((results / "allure/categories.json").read_text())
    found = _allure(results)
    assert len(found) == len(load_contract("coze").within(Profile.STANDARD).requirements)
    for result, _ in found.values():
        message = result.get("statusDetails", {}).get("message", "")
        fitting = [
            row["name"]
            for row in categories
            if result["status"] in row["matchedStatuses"] and re.fullmatch(row["messageRegex"], message)
        ]
        assert len(fitting) == (result["status"] != "passed"), result


def test_two_runs_share_a_folder_of_allure_results(tmp_path):
    folder = tmp_path / "allure"
    folder.mkdir()
    (folder / "environment.properties").write_text("stage=blue\ncoze.seed=7\n")
    (folder / "categories.json").write_text('[{"name": "mine", "matchedStatuses": ["failed"]}]')
    for vendor in ("coze", "nuwax"):
        run_main(["run", f"--vendor={vendor}", "--profile=smoke", f"--report-dir={tmp_path}", f"--alluredir={folder}"])
    lines = (folder / "environment.properties").read_text().splitlines()
    assert {"stage=blue", "coze.seed=0", "nuwax.seed=0"} <= set(lines)
    assert len(lines) == len(set(lines))
    names = [row["name"] for row in json.loads((folder / "categories.json").read_text())]
    assert "mine" in names
    assert len(names) == len(set(names))
    histories = [json.loads(path.read_text())["historyId"] for path in folder.glob("*-result.json")]
    assert len(histories) == len(set(histories)) > 100


def test_a_waived_requirement_is_unknown_in_allure_and_links_to_its_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "waivers").mkdir()
    waiver = "{requirement: coze.answer.code-is-integer-0, reason: why, link: https://t.example/1, expires: 2099-12-31}"
    (tmp_path / "waivers/coze.yaml").write_text(f"waivers: [{waiver}]\n")
    judge("coze", ["code-as-text"], [f"--alluredir={tmp_path}/allure"])
    result, labels = _allure(tmp_path)["coze.answer.code-is-integer-0"]
    assert result["status"] == "unknown"
    assert result["statusDetails"]["message"] == "waived: until 2099-12-31, why (https://t.example/1)"
    assert result["links"] == [{"type": "issue", "url": "https://t.example/1", "name": "https://t.example/1"}]
    assert labels["tag"] == "waived"


def test_allure_shows_inconclusive_as_broken(tmp_path):
    options = ["--param=bot_id=1", f"--alluredir={tmp_path}/allure"]
    judged = judge_url("coze", "http://127.0.0.1:9", options)
    assert judged.exit == 6
    assert _allure(tmp_path)["coze.rename.name-echoed"][0]["status"] == "broken"


def test_a_mistake_of_ours_is_reported_as_such(tmp_path):
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
    assert judged.verdicts["dify.answer.inputs-is-object"] == "inconclusive"
    assert "inconclusive (1 requirement): not judged: the target never sent it" in judged.output
    assert judged.exit == 6


@pytest.fixture(scope="module")
def broken_should(tmp_path_factory):
    """The outputs of two runs against a target that breaks a SHOULD alone: one as usual, one strict."""
    found = {}
    running = start(faulty("coze", ["updated-before-created"]))
    for strict in (False, True):
        folder = tmp_path_factory.mktemp("should")
        options = [
            *live_options(running),
            *(["--strict"] if strict else []),
            f"--report-dir={folder}",
            f"--junitxml={folder}/junit.xml",
            f"--sarif={folder}/log.sarif",
            f"--alluredir={folder}/allure",
        ]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
            found[strict] = judge_url("coze", running.base_url, options, key=running.api_key), folder
    running.stop()
    return found


@pytest.mark.parametrize(
    ("strict", "word", "counted", "tag", "level", "kind"),
    [
        (False, "! warn", "1 SHOULD failed", "skipped", "warning", "warned"),
        (True, "✗ fail", "1 fail", "failure", "error", "violated"),
    ],
)
def test_every_report_agrees_whether_a_broken_should_fails_the_gate(
    broken_should, strict, word, counted, tag, level, kind
):
    judged, folder = broken_should[strict]
    assert judged.exit == strict
    told = re.search(rf"^  {word} should: [^()]*\(([^)]*)\)$", judged.output, re.MULTILINE)
    assert told[1] == "coze.answer.times-in-order"
    assert re.search(rf"^coze: \d+ pass · {counted} · ", judged.output, re.MULTILINE)
    assert f"::{level} title=coze%3A coze.answer.times-in-order::" in judged.output
    assert f"| {word} | `coze.answer.times-in-order` (should)" in (folder / "report.md").read_text()
    page = (folder / "report.html").read_text()
    assert ('<article class="card bad">' in page) is strict
    assert f'</span> {word.split()[1]}</span> <span class="level">should</span>' in page
    case = next(
        each
        for each in ElementTree.parse(folder / "junit.xml").getroot().iter("testcase")
        if each.get("name") == "coze.answer.times-in-order"
    )
    assert [each.tag for each in case] == ["properties", tag]
    (result,) = json.loads((folder / "log.sarif").read_text())["runs"][0]["results"]
    assert result["level"] == level
    assert _allure(folder)["coze.answer.times-in-order"][1]["tag"] == kind


def test_of_many_annotations_the_tenth_says_how_many_more_there_are(results):
    (result,) = results_of([read_record(results / "coze.jsonl")], None)
    waivers = [f"waiver {number} is stale" for number in range(12)]
    many = replace(result, record=replace(result.record, footer=replace(result.record.footer, waiver_problems=waivers)))
    errors = [line for line in github.commands([many]) if line.startswith("::error")]
    findings = sum(line.startswith("::error") for line in github.commands([result]))
    assert len(errors) == 10
    assert errors[-1].startswith(f"::error title={findings + 3} more::")
