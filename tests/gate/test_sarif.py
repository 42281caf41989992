"""SARIF: valid by its schema and by what GitHub wants, and true to record, waivers and baseline."""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import jsonschema_rs
import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from driftgate.record.rows import Body
from driftgate.report import sarif
from driftgate.report.result import result_of
from tests.harness import run_main

HOME = Path(__file__).parent.parent.parent
FINDING = "coze.answer.code-is-integer-0"


@pytest.fixture(scope="module")
def valid():
    """Holds a log against the schema, which tox fetches inside a package of Microsoft's, formats and all."""
    text = Path(os.environ["SARIF_SCHEMA"]).read_text()
    assert json.loads(text)["title"].endswith("(SARIF) Version 2.1.0-rtm.5 JSON Schema")
    # the one pattern in it that is no regular expression, as the standard's errata have it
    schema = json.loads(text.replace("-[a-zA-Z]{2}]?$", "(-[a-zA-Z]{2})?$"))
    # of the draft that has all of its formats
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)

    def valid(log):
        problems = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(log)]
        assert not problems, problems
        return log

    return valid


@pytest.fixture(scope="module")
def served():
    """Runs against an emulator with faults: the record of each run, its SARIF, its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        running = {}

        def served(folder, faults, *options):
            patch.chdir(folder)
            key = tuple(faults)
            if key not in running:
                running[key] = start(faulty("coze", faults) if faults else EMULATORS["coze"]())
            place = [
                f"--base-url={running[key].base_url}",
                "--param=bot_id=1",
                "--profile=smoke",
                "--sarif=out/x.sarif",
            ]
            code, output = run_main(["run", "--vendor=coze", *place, *options], key=running[key].api_key)
            return folder / "reports/latest/coze.jsonl", json.loads((folder / "out/x.sarif").read_text()), code, output

        yield served
        for each in running.values():
            each.stop()


@pytest.fixture(scope="module")
def violated(served, tmp_path_factory):
    """A run with a MUST and a SHOULD that fail."""
    return served(tmp_path_factory.mktemp("violated"), ["code-as-text", "creator-id-misspelt"])


@pytest.fixture(scope="module")
def run_of(violated, valid):
    return valid(violated[1])["runs"][0]


def test_a_finding_is_a_result_of_its_requirement_with_all_that_github_wants(run_of, violated):
    rules = run_of["tool"]["driver"]["rules"]
    assert rules
    for rule in rules:
        assert all(0 < len(rule[key]["text"]) <= 1024 for key in ("shortDescription", "fullDescription", "help"))
        assert "Source" in rule["help"]["markdown"]
    pages = {rule["id"]: rule.get("helpUri", "") for rule in rules}
    assert pages[FINDING].startswith("https://www.coze.cn/open/docs/")
    assert {result["ruleId"]: result["level"] for result in run_of["results"]} == {
        FINDING: "error",
        "coze.answer.members-present": "warning",
    }
    for result in run_of["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        assert set(location["physicalLocation"]["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
    first = run_of["results"][0]
    assert first["message"]["text"].startswith("coze: The code ")
    assert "In the answer /code: expected integer, got " in first["message"]["text"]
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "coze/rename/body/code"
    assert "baselineState" not in first
    assert first["suppressions"] == []
    assert run_of["automationDetails"]["id"] == "driftgate/coze/"
    assert run_of["tool"]["driver"]["semanticVersion"]


def test_a_result_has_the_exchange_that_proves_it_and_no_key(run_of, violated):
    result = run_of["results"][0]
    answer = run_of["webResponses"][result["webResponse"]["index"]]
    request = run_of["webRequests"][result["webRequest"]["index"]]
    assert (request["method"], answer["statusCode"]) == ("PUT", 200)
    assert json.loads(answer["body"]["text"])["code"] == "0"
    assert "pat_" not in json.dumps(run_of)


def test_without_a_row_of_the_target_the_line_is_that_of_the_requirement(run_of):
    physical = run_of["results"][0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "contracts/coze/requirements.yaml", "uriBaseId": "DRIFTGATE"}
    line = (HOME / "contracts/coze/requirements.yaml").read_text().splitlines()[physical["region"]["startLine"] - 1]
    assert FINDING in line


def test_the_line_is_that_of_the_target_from_the_top_of_its_repository(violated, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "my service").mkdir()
    (tmp_path / "my service/driftgate.toml").write_text('\n[targets.other]\n\n[targets."coze"]\n')
    page = json.loads(sarif.render([result_of(read_record(violated[0]))], tmp_path / "my service"))
    physical = page["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "my%20service/driftgate.toml", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 17}


def test_fingerprints_are_those_of_the_record_and_the_same_in_another_run(violated, served, tmp_path):
    def prints(log):
        return [(each["fingerprints"], each["partialFingerprints"]) for each in log["runs"][0]["results"]]

    again = served(tmp_path, ["code-as-text", "creator-id-misspelt"], "--seed=7")
    assert prints(again[1]) == prints(violated[1])
    rows = [json.loads(line) for line in violated[0].read_text().splitlines()]
    recorded = [row["fingerprint"] for row in rows if row["record"] == "finding"]
    assert sorted(each["driftgate/v1"] for each, _ in prints(violated[1])) == sorted(recorded)
    # public: whoever dismissed an alert relies on it
    assert prints(violated[1])[0] == (
        {"driftgate/v1": "60f35abd5970"},
        {"primaryLocationLineHash": "4021f25a52c2a634:1"},
    )


def test_a_record_renders_what_its_run_wrote(violated, monkeypatch):
    monkeypatch.chdir(violated[0].parents[2])
    code, output = run_main(["report", "reports/latest/coze.jsonl", "--format=sarif"])
    assert (code, json.loads(output)) == (violated[2], violated[1])


def test_a_waiver_suppresses_and_the_failure_stays(served, tmp_path, valid):
    until = date.today() + timedelta(days=9)
    (tmp_path / "accepted.yaml").write_text(
        f"waivers:\n- requirement: {FINDING}\n  reason: our gateway [x](y)\n  link: https://tracker.example/1\n"
        f"  expires: {until}\n"
    )
    _, log, code, _ = served(tmp_path, ["code-as-text"], "--waivers=accepted.yaml")
    (result,) = valid(log)["runs"][0]["results"]
    assert code == 0
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == f"our gateway [x](y) (https://tracker.example/1), until {until}"


def test_with_a_baseline_each_result_says_what_is_new(violated, served, tmp_path, valid):
    _, log, code, _ = served(tmp_path, ["code-as-text", "limit-of-50"], f"--baseline={violated[0]}")
    run = valid(log)["runs"][0]
    states = {(each["ruleId"], each["baselineState"]) for each in run["results"]}
    assert (FINDING, "unchanged") in states
    assert ("coze.answer.members-present", "absent") in states
    assert any(state == "new" for _, state in states)
    assert run["baselineGuid"] != run["automationDetails"]["guid"]
    assert code == 8
    assert run["invocations"][0]["exitCode"] == 8


def test_drift_that_is_no_finding_is_a_result_too(violated, valid):
    """A gate that fails with an empty log would look green."""
    before = read_record(violated[0])
    first, *others = before.shapes
    after = replace(before, shapes=(replace(first, types={"string": 1}), *others))
    log = valid(json.loads(sarif.render([result_of(after, before)])))
    told = [each for each in log["runs"][0]["results"] if each["ruleId"].startswith("drift.")]
    assert told
    assert {each["baselineState"] for each in told} == {"new"}


def test_what_has_no_verdict_is_a_notification_of_a_run_without_success(tmp_path, valid, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--vendor=coze", "--base-url=http://127.0.0.1:9", "--param=bot_id=1", "--sarif=x.sarif"]
    code, _ = run_main(["run", *options], key="pat_of_a_test")
    run = valid(json.loads((tmp_path / "x.sarif").read_text()))["runs"][0]
    assert (code, run["results"]) == (6, [])
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert told[0].startswith("coze cannot be judged: ")


def test_hostile_texts_are_data(violated, valid):
    record = read_record(violated[0])
    hostile = "[a](https://evil.example) {0} \u202e\x00\ud800 " + "\x1b]8;;x\x07"
    body = Body(9, text=hostile * 1000)
    headers = ((hostile, hostile), (hostile, hostile))
    record = replace(
        record,
        findings=tuple(replace(row, actual=hostile, case=hostile) for row in record.findings),
        verdicts=tuple(replace(row, says=hostile) for row in record.verdicts),
        exchanges=tuple(
            replace(row, answer=replace(row.answer, headers=headers, body=body)) for row in record.exchanges
        ),
    )
    text = sarif.render([result_of(record)])
    log = valid(json.loads(text.encode()))
    for result in log["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]
        assert "{{0}}" in result["message"]["text"]
        assert result["message"]["text"].isprintable()
    bodies = [each["body"]["text"] for each in log["runs"][0]["webResponses"]]
    assert bodies
    assert max(map(len, bodies)) <= 4096


@pytest.mark.parametrize(("place", "words"), [(".", "is not a file"), ("file/x.sarif", "cannot be written to")])
def test_a_file_that_cannot_be_written_is_reported_before_anything_is_sent(tmp_path, monkeypatch, place, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    options = ["--vendor=coze", "--base-url=http://127.0.0.1:9", "--param=bot_id=1", f"--sarif={place}"]
    code, output = run_main(["run", *options], key="pat_of_a_test")
    assert code == 4
    assert words in output
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_an_earlier_run_left_does_not_pass_for_this_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.sarif").write_text("old")
    code, _ = run_main(["run", "--vendor=coze", "--sarif=x.sarif", "-k", "no-such-requirement"])
    assert code == 6
    assert not (tmp_path / "x.sarif").exists()


def test_the_schema_refuses_what_is_wrong(violated, valid):
    for break_it in (
        lambda run: run["results"][0].update(level="fatal"),
        lambda run: run["invocations"][0].update(startTimeUtc="yesterday"),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b"),
    ):
        log = copy.deepcopy(violated[1])
        break_it(log["runs"][0])
        with pytest.raises(AssertionError):
            valid(log)


def test_an_interrupted_run_has_no_success_and_no_code_of_the_gate(violated, valid):
    record = replace(read_record(violated[0]), complete=False)
    (invocation,) = valid(json.loads(sarif.render([result_of(record)])))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "exitCode" not in invocation
    assert "interrupted" in invocation["toolExecutionNotifications"][0]["message"]["text"]
