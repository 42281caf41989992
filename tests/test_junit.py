"""JUnit: a suite a target, a case a requirement, with what the record says in the end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from starlette.responses import Response

from driftgate.contract import Profile, load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.base import Failed
from driftgate.emulator.faults import faulty
from driftgate.report.case import legal
from tests.harness import judge, judge_emulator, judge_url, live_options, run_main

ROOT = Path(__file__).parent.parent
COZE = {requirement.id for requirement in load_contract("coze").within(Profile.STANDARD).requirements}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _suites(path):
    return {suite.get("name"): suite for suite in ElementTree.parse(path).getroot().findall("testsuite")}


def _cases(path, suite="driftgate.coze"):
    return {case.get("name"): case for case in _suites(path)[suite].findall("testcase")}


def _properties(element):
    return {each.get("name"): each.get("value") for each in element.findall("properties/property")}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """One run with a broken MUST, a broken SHOULD, something untested, and something that the target never sent."""
    path = tmp_path_factory.mktemp("junit") / "junit.xml"
    running = start(faulty("coze", ["code-as-text", "creator-id-misspelt"]))
    judge_url("coze", running.base_url, ["--param=bot_id=1", f"--junitxml={path}"], key=running.api_key)
    running.stop()
    return path


def test_the_root_has_the_totals_and_a_case_the_line_of_its_requirement(file):
    root = ElementTree.parse(file).getroot()
    (suite,) = root.findall("testsuite")
    for name in ("tests", "failures", "errors", "skipped", "time"):
        assert root.get(name) == suite.get(name)
    assert int(root.get("failures")) > 0
    case = _cases(file)["coze.answer.code-is-integer-0"]
    assert case.get("file") == "contracts/coze/requirements.yaml"
    line = (ROOT / case.get("file")).read_text().splitlines()[int(case.get("line")) - 1]
    assert "coze.answer.code-is-integer-0" in line


def test_each_requirement_is_one_case(file):
    (suite,) = _suites(file).values()
    names = [case.get("name") for case in suite.findall("testcase")]
    assert Counter(names) == Counter(COZE)
    assert {case.get("classname") for case in suite.findall("testcase")} == {
        f"driftgate.coze.{title}"
        for title in ("Requests", "Effects", "Answers", "Refusals", "Robustness", "Left open by the page")
    }


def test_a_violation_is_a_failure_with_its_evidence(file):
    failure = _cases(file)["coze.answer.code-is-integer-0"].find("failure")
    assert failure.get("message").startswith("violated: in the answer /code: expected integer, got")
    assert failure.text.startswith("coze.answer.code-is-integer-0 (must): ")
    assert "reproduce  curl" in failure.text


def test_what_leaves_the_gate_open_is_neither_a_failure_nor_a_pass(file):
    warned = _cases(file)["coze.answer.members-present"]
    assert [each.tag for each in warned] == ["properties", "skipped"]
    assert warned.find("skipped").get("message").startswith("warned: in the answer /data/creator_id: expected present")
    untested = _cases(file)["coze.rename.other-account-refused"]
    assert "untested: supply --param other_api_key" in untested.find("skipped").get("message")


def test_a_case_has_target_requirement_level_and_verdict(file):
    assert _properties(_cases(file)["coze.answer.members-present"]) == {
        "target": "coze",
        "requirement": "coze.answer.members-present",
        "level": "should",
        "verdict": "fail",
    }


def test_a_suite_shows_what_was_judged_and_counts_its_cases(file):
    (suite,) = _suites(file).values()
    told = _properties(suite)
    assert (told["vendor"], told["edition"], told["profile"], told["seed"]) == ("coze", "2026-05", "standard", "0")
    assert told["base_url"].startswith("http://127.0.0.1:")
    tags = Counter(each.tag for case in suite.iter("testcase") for each in case)
    assert suite.get("tests") == str(len(COZE))
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")
    assert suite.get("skipped") == str(tags["skipped"])


def test_a_waived_requirement_and_a_stale_waiver_are_reported(tmp_path):
    (tmp_path / "waivers").mkdir()
    rows = [
        f"{{requirement: {each}, reason: why, link: https://t.example/1, expires: 2099-12-31}}"
        for each in ("coze.answer.code-is-integer-0", "coze.rename.name-required")
    ]
    (tmp_path / "waivers/coze.yaml").write_text(f"waivers: [{', '.join(rows)}]\n")
    judged = judge("coze", ["code-as-text"], [f"--junitxml={tmp_path}/junit.xml"])
    assert judged.exit == 1
    cases = _cases(tmp_path / "junit.xml")
    waived = cases["coze.answer.code-is-integer-0"].find("skipped")
    assert waived.get("message") == "waived: until 2099-12-31, why (https://t.example/1)"
    stale = cases["waivers"]
    assert stale.get("classname") == "driftgate.coze.Gate"
    assert "coze.rename.name-required is stale" in stale.find("failure").get("message")


def test_a_target_that_cannot_be_judged_is_errors(tmp_path):
    judge_url("coze", "http://127.0.0.1:9", ["--param=bot_id=1", f"--junitxml={tmp_path}/junit.xml"])
    error = _cases(tmp_path / "junit.xml")["coze.rename.name-echoed"].find("error")
    assert error.get("type") == "inconclusive"
    assert error.get("message").startswith("inconclusive: no conversation can be created: no answer (cannot connect")


class _FailsLate(EMULATORS["coze"]):
    """Answers an empty name with a server error, long after it was asked whether there is one."""

    def store_name(self, conversation, name):
        if name == "":
            raise Failed("empty")
        super().store_name(conversation, name)


def test_a_violation_after_the_requirements_own_test_is_a_failure_too(tmp_path):
    judged = judge_emulator(_FailsLate(), [f"--junitxml={tmp_path}/junit.xml", f"--alluredir={tmp_path}/allure"])
    assert judged.exit == 1
    failures = [name for name, case in _cases(tmp_path / "junit.xml").items() if case.find("failure") is not None]
    assert failures == ["coze.rename.no-server-error"]


def test_a_mistake_of_ours_is_an_error_with_its_traceback(tmp_path):
    run_main(["run", "--vendor=coze", f"--junitxml={tmp_path}/junit.xml", "-p", "tests.mistaken"])
    errors = list(_suites(tmp_path / "junit.xml")["driftgate.coze"].iter("error"))
    assert len(errors) == 1
    assert errors[0].get("message").startswith("error: ")
    assert "mistaken.py" in errors[0].text


def test_an_interrupted_run_is_an_error(tmp_path):
    run_main(["run", "--vendor=coze", f"--junitxml={tmp_path}/junit.xml", "-p", "tests.interrupting"])
    case = _cases(tmp_path / "junit.xml")["run"]
    assert "interrupted" in case.find("error").get("message")


def test_breaking_drift_is_the_only_failure_of_a_run_with_a_baseline(tmp_path):
    run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}/before"])
    options = [f"--baseline={tmp_path}/before/coze.jsonl", f"--junitxml={tmp_path}/junit.xml"]
    assert judge("coze", ["code-as-text"], options).exit == 8
    cases = _cases(tmp_path / "junit.xml")
    assert [name for name, case in cases.items() if case.find("failure") is not None] == ["drift"]
    assert "breaking" in cases["drift"].find("failure").text
    assert cases["coze.answer.code-is-integer-0"].find("skipped").get("type") == "warned"


def test_two_targets_of_one_vendor_are_distinguished(tmp_path):
    running = [start(faulty("coze", ["code-as-text"])), start(EMULATORS["coze"]())]
    rows = [
        f'[targets.{name}]\nvendor = "coze"\nbase_url = "{each.base_url}"\nparams = {{bot_id = "1"}}\n'
        for name, each in zip(("staging", "cloud"), running, strict=True)
    ]
    (tmp_path / "driftgate.toml").write_text("\n".join(rows))
    options = ["--target=staging", "--target=cloud", f"--junitxml={tmp_path}/junit.xml", "--junitprefix=nightly"]
    run_main(["run", *options], key=running[0].api_key)
    for each in running:
        each.stop()
    suites = _suites(tmp_path / "junit.xml")
    assert list(suites) == ["nightly.driftgate.staging", "nightly.driftgate.cloud"]
    assert [suite.get("failures") for suite in suites.values()] == ["1", "0"]
    keys = [(case.get("classname"), case.get("name")) for suite in suites.values() for case in suite.iter("testcase")]
    assert len(keys) == len(set(keys)) == 2 * len(COZE)


def test_plain_pytest_writes_the_same_and_keeps_other_tests(tmp_path, file):
    arguments = ["--vendor=coze", "suites", "tests/test_architecture.py", f"--report-dir={tmp_path}"]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, f"--junitxml={tmp_path}/junit.xml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    suites = _suites(tmp_path / "junit.xml")
    assert list(suites) == ["pytest", "driftgate.coze"]
    assert _cases(tmp_path / "junit.xml").keys() == _cases(file).keys()
    others = {case.get("classname") for case in suites["pytest"].findall("testcase")}
    assert others == {"tests.test_architecture"}
    assert suites["pytest"].get("tests") == str(len(suites["pytest"].findall("testcase")))
    assert "hypothesis" not in (tmp_path / "junit.xml").read_text()


@pytest.mark.matrix
def test_several_workers_make_one_file(tmp_path):
    command = [sys.executable, "-m", "driftgate", "run", "-n", "2", "--junitxml=junit.xml", "--alluredir=allure"]
    process = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    suites = _suites(tmp_path / "junit.xml")
    assert list(suites) == ["driftgate.coze", "driftgate.dify", "driftgate.nuwax"]
    assert all(suite.get("failures") == suite.get("errors") == "0" for suite in suites.values())
    echoed = next(
        case for case in suites["driftgate.coze"].iter("testcase") if case.get("name").endswith("name-echoed")
    )
    assert float(echoed.get("time")) > 0
    results = [json.loads(path.read_text()) for path in (tmp_path / "allure").glob("*-result.json")]
    assert len(results) == sum(int(suite.get("tests")) for suite in suites.values())
    assert next(row for row in results if row["fullName"] == "driftgate.coze#coze.rename.name-echoed")["steps"]


def test_a_requirement_that_several_tests_ask_is_one_case(tmp_path):
    options = ["--profile=deep", "--max-requests=300", "-k", "documented-request-accepted"]
    judge("coze", options=[*options, f"--junitxml={tmp_path}/junit.xml"])
    names = [case.get("name") for case in _suites(tmp_path / "junit.xml")["driftgate.coze"].iter("testcase")]
    assert Counter(names) == Counter(row.id for row in load_contract("coze").requirements)


class _Hostile(EMULATORS["coze"]):
    """Sends what neither XML nor UTF-8 can hold, and the key."""

    def renamed(self, conversation, name):
        return {
            **self.view(conversation),
            "name": "\x00\x1b[31m\ud800",
            "meta_data": {"\x00\ud800\ufffe]]>": self.api_key},
        }

    def refusal(self, refused):
        status, body = super().refusal(refused)
        return status, {**body, "msg": f"\x00\ud800 {self.api_key.upper()}", "code": 1}

    def reply(self, status, body):
        return Response(json.dumps(body).encode(), status_code=status, media_type="application/json")


def test_what_a_hostile_server_sends_is_legal_and_redacted(tmp_path):
    running = start(_Hostile())
    options = [f"--junitxml={tmp_path}/junit.xml", f"--alluredir={tmp_path}/allure", "--log-level=DEBUG"]
    options += ["-o", "junit_logging=all", *live_options(running)]
    judged = judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    assert judged.exit == 1, judged.output
    failures = [name for name, case in _cases(tmp_path / "junit.xml").items() if case.find("failure") is not None]
    assert "coze.rename.name-echoed" in failures
    assert list((tmp_path / "allure").glob("*-result.json"))
    for path in [tmp_path / "junit.xml", *(tmp_path / "allure").iterdir()]:
        text = path.read_text(encoding="utf-8")
        assert "\x00" not in text
        for key in (running.api_key, EMULATORS["coze"].other_api_key):
            assert key.casefold() not in text.casefold(), path


def test_a_run_that_is_killed_leaves_no_key_in_allure_results(tmp_path):
    (tmp_path / "killing.py").write_text(
        "import os, pytest\n\n@pytest.hookimpl(tryfirst=True)\ndef pytest_sessionfinish():\n    os._exit(9)\n"
    )
    running = start(_Hostile())
    options = ["--vendor=coze", f"--base-url={running.base_url}", "--alluredir=allure", "-p", "killing"]
    process = subprocess.run(
        [sys.executable, "-m", "driftgate", "run", *options, *live_options(running)],
        cwd=tmp_path,
        env={**os.environ, "DRIFTGATE_API_KEY": running.api_key, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        check=False,
    )
    running.stop()
    assert process.returncode == 9
    left = [path.read_text() for path in (tmp_path / "allure").iterdir()]
    assert any("$API_KEY" in text for text in left)
    assert not any(running.api_key in text for text in left)


def test_characters_that_no_report_can_hold_are_escaped():
    assert legal("a\x00b\x1b\ud800\ufffe\t\n🚀é") == "a\\u0000b\\u001b\\ud800\\ufffe\t\n🚀é"


@pytest.mark.parametrize("option", ["--junitxml", "--alluredir"])
def test_a_place_that_cannot_be_written_to_is_reported_before_anything_is_sent(option, tmp_path):
    (tmp_path / "file").touch()
    code, output = run_main(["run", "--vendor=coze", f"{option}={tmp_path}/file/below"])
    assert code == 4
    assert f"{option} {tmp_path}/file" in output
    assert "Traceback" not in output
    assert not (tmp_path / "reports").exists()


def test_results_that_cannot_be_written_in_the_end_are_reported(tmp_path):
    (tmp_path / "allure").mkdir()
    (tmp_path / "allure/categories.json").write_text("{")
    code, output = run_main(["run", "--vendor=coze", "--profile=smoke", f"--alluredir={tmp_path}/allure"])
    assert code == 7
    assert "Allure results not written: ValueError:" in output
    assert "categories.json: is not JSON: correct or remove it" in output
    assert re.search(r"^coze: \d+ pass", output, re.MULTILINE)


def test_a_second_run_replaces_the_allure_results_of_its_targets_alone(tmp_path):
    given = ["run", "--profile=smoke", f"--alluredir={tmp_path}/allure", "--emulators"]
    assert run_main([*given, "--vendor=nuwax"])[0] == 0
    (tmp_path / "allure/of-others-result.json").write_text('{"labels": [{"name": "framework", "value": "pytest"}]}')
    assert run_main([*given, "--vendor=coze"])[0] == 0
    once = {path.name: path.suffix for path in (tmp_path / "allure").iterdir()}
    assert run_main([*given, "--vendor=coze"])[0] == 0
    again = {path.name: path.suffix for path in (tmp_path / "allure").iterdir()}
    assert Counter(once.values()) == Counter(again.values())
    kept = [path.read_text() for path in (tmp_path / "allure").glob("*-result.json") if path.name in once]
    assert sum("nuwax" in text for text in kept) == len(kept) - 1


def test_files_of_others_among_allure_results_are_left_alone(tmp_path):
    folder = tmp_path / "allure"
    folder.mkdir()
    texts = {"a-result.json": "{", "b-result.json": "[]", "c-container.json": '{"children": []}', "d-result.json": "{}"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    code, output = run_main(["run", "--vendor=coze", "--profile=smoke", f"--alluredir={folder}"])
    assert code == 0, output
    assert {name: (folder / name).read_text() for name in texts} == texts
