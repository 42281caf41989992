"""Verdicts on clients are reported, waived, compared and remembered like those on servers, and say whose they are."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import httpx
import jsonschema
import pytest

from driftgate import judge_client, play_client
from driftgate.base.paths import SCHEMAS
from driftgate.history.timeline import history
from driftgate.record.reading import read_record
from driftgate.report import words
from tests.harness import run_main

LONG, BLIND = "coze.client.rename-name-at-most-100", "coze.client.refusal-reported"
RECORD = "reports/client/coze-client.jsonl"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def record(name="A new name", path=RECORD, **of_judge):
    """The record of a client that renames once."""
    with judge_client("coze", **of_judge) as client:
        server = client.server
        url = f"{server.base_url}/v1/conversations/{server.conversations[0]}"
        httpx.put(url, headers={"Authorization": f"Bearer {server.api_key}"}, json={"name": name}, trust_env=False)
        return client.result(path)


def blind(base_url, key, conversation, name):
    """A client that takes HTTP 200 for success."""
    url = f"{base_url}/v1/conversations/{conversation}"
    headers = {"Authorization": f"Bearer {key}"}
    httpx.put(url, headers=headers, json={"name": name}, trust_env=False).raise_for_status()


def reported(form, *options):
    code, output = run_main(["report", RECORD, "--format", form, *options])
    assert code == 1
    return output


def test_the_text_says_what_the_client_sent():
    record("x" * 101)
    text = reported("text")
    assert f"{LONG} (must)" in text
    assert "  sent       curl " in text
    assert "reproduce" not in text


def test_the_page_says_what_the_client_sent():
    record("x" * 101)
    page = reported("html")
    assert "<h4>Sent by the client</h4>" in page
    assert "<h4>Reproduce" not in page


def test_markdown_says_what_the_client_sent():
    record("x" * 101)
    assert "What the client sent, as <code>curl</code>" in reported("md")


def test_the_json_names_the_side_of_each_requirement():
    record("x" * 101)
    value = json.loads(reported("json"))
    jsonschema.validate(value, json.loads((SCHEMAS / "report.schema.json").read_text()))
    assert {row["side"] for row in value["targets"][0]["requirements"]} == {"client"}


def test_junit_has_a_failure_at_the_line_of_the_requirement():
    record("x" * 101)
    root = ElementTree.fromstring(reported("junit"))
    (case,) = (case for case in root.iter("testcase") if case.get("name") == LONG)
    assert (root.get("failures"), case.find("failure").get("type")) == ("1", "violated")
    assert case.get("classname") == "driftgate.coze-client.What the client does"
    assert case.get("file") == "contracts/coze/client.yaml"
    assert LONG in (SCHEMAS.parent / "coze/client.yaml").read_text().splitlines()[int(case.get("line")) - 1]


def test_sarif_has_a_result_at_the_line_of_the_requirement():
    record("x" * 101)
    (result,) = json.loads(reported("sarif"))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (result["ruleId"], result["level"], place["uri"]) == (LONG, "error", "contracts/coze/client.yaml")


def test_allure_results_are_written_beside_another_report():
    record("x" * 101)
    reported("text", "--alluredir=allure")
    results = [json.loads(path.read_text()) for path in Path("allure").glob("*-result.json")]
    assert [each["name"].partition(":")[0] for each in results if each["status"] == "failed"] == [LONG]


def test_a_folder_for_allure_that_cannot_be_made_is_told():
    record("x" * 101)
    Path("allure").write_text("")
    assert run_main(["report", RECORD, "--alluredir=allure"])[0] == 4


@pytest.mark.parametrize(
    ("name", "message"), [("x" * 101, "violates the contract"), ("A", "conforms as far as tested")]
)
def test_a_badge_shows_the_verdict(name, message):
    record(name)
    code, output = run_main(["badge", RECORD])
    badge = json.loads(output)
    assert (code, badge["label"], badge["message"]) == (0, "contract: coze-client", message)
    assert badge.get("isError", False) is (name != "A")


def test_a_waiver_of_a_client_is_suppressed_until_its_day():
    record("x" * 101)
    given = [
        "--reason=known",
        "--link=https://tracker.example/1",
        "--expires=2099-01-01",
        "--report-dir=reports/client",
    ]
    assert run_main(["waive", "coze-client", LONG, *given])[0] == 0
    result = record("x" * 101)
    (verdict,) = (row for row in result.record.verdicts if row.requirement == LONG)
    assert (int(result.exit), words.word(verdict, result.record.gate)) == (0, "waived")
    run = json.loads(run_main(["report", RECORD, "--format=sarif"])[1])["runs"][0]
    assert run["results"][0]["suppressions"][0]["status"] == "accepted"


def test_a_client_that_gets_worse_is_drift_from_its_baseline():
    record(path="before.jsonl")
    assert run_main(["baseline", "accept", "before.jsonl"])[0] == 0
    record("x" * 101)
    code, output = run_main(["report", RECORD, "--baseline=reports/baselines"])
    assert code == 8
    assert LONG in output
    assert "must-regressed" in run_main(["drift", "reports/baselines/coze-client.jsonl", RECORD])[1]
    assert run_main(["drift", RECORD, RECORD])[0] == 0


def test_a_history_of_a_client_tells_since_when_and_no_new_base_url():
    for number, name in enumerate(("A", "B", "x" * 101)):
        record(name, f"records/{number}.jsonl")
    (timeline,) = history(Path("records")).timelines
    assert {one.what for each in timeline.transitions for one in each.circumstances} == set()
    assert "in 1 of the 1 run" in run_main(["history", "records", "--format=md"])[1]


def test_what_a_client_sent_is_explained_to_who_makes_it():
    record("x" * 101)
    code, output = run_main(["explain", RECORD, LONG])
    assert code == 0
    assert "## What is asked of clients" in output
    assert "driftgate emulate coze --judge-client\n" in output
    assert "driftgate judge" not in output


def test_how_a_client_acted_is_explained_with_the_scenario():
    play_client("coze", blind, only=["unknown-conversation"], output=RECORD)
    code, output = run_main(["explain", RECORD, BLIND])
    assert code == 0
    assert "driftgate client --vendor coze --scenario unknown-conversation -- COMMAND\n" in output


def test_a_scenario_that_was_not_played_is_named():
    result = play_client("coze", blind, only=["documented"])
    reasons = {row.requirement: row.reason for row in result.record.verdicts}
    assert reasons[BLIND] == "driftgate client judges it, in scenario unknown-conversation or wrong-key or refused-*"


def test_the_record_of_a_client_is_not_judged_as_one_of_a_server():
    assert read_record(record().record.path).of_client
    code, output = run_main(["judge", RECORD])
    assert code == 4
    assert "is the record of a client" in output
