"""The report that Allure makes of a run's results: what its pages are drawn from. Wants npm and Java."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter

import pytest

from driftgate.contract import Profile, load_contract
from driftgate.emulator import start
from driftgate.emulator.faults import faulty
from tests.harness import judge_url

REQUIREMENTS = load_contract("coze").within(Profile.STANDARD).requirements


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The data of a report over one run with something of every kind."""
    folder = tmp_path_factory.mktemp("allure")
    running = start(faulty("coze", ["code-as-text", "creator-id-misspelt", "unknown-accepted"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "waivers").mkdir()
        waiver = (
            "{requirement: coze.answer.code-is-integer-0, reason: why, link: https://t.example/1, expires: 2099-12-31}"
        )
        (folder / "waivers/coze.yaml").write_text(f"waivers: [{waiver}]\n")
        options = ["--param=bot_id=1", "--max-requests=45", "--alluredir=results"]
        judged = judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    npx = shutil.which("npx")
    assert npx, "this test wants npm: https://nodejs.org"
    command = [npx, "--yes", "allure-commandline@2", "generate", "results", "-o", "report"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "report", judged


def _data(report, name):
    return json.loads((report[0] / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cases(report):
    found = [json.loads(path.read_text()) for path in (report[0] / "data/test-cases").glob("*.json")]
    return {case["fullName"].partition("#")[2]: case for case in found}


def test_every_requirement_is_there_with_its_severity(cases):
    severities = {"must": "critical", "should": "normal", "may": "trivial"}
    assert {name: case["extra"]["severity"] for name, case in cases.items()} == {
        row.id: severities[row.level] for row in REQUIREMENTS
    }


def test_the_statuses_are_those_of_the_record(cases, report):
    statuses = {"pass": "passed", "none": "skipped", "inconclusive": "broken"}
    assert len(report[1].of("verdict")) == len(REQUIREMENTS)
    for row in report[1].of("verdict"):
        failed = "failed" if row["level"] == "must" and not row["waived"] else "unknown"
        expected = failed if row["verdict"] == "fail" else statuses[row["verdict"]]
        assert cases[row["requirement"]]["status"] == expected, row["requirement"]


def test_the_statistic_counts_what_is_violated_with_the_gate_open_as_unknown(report, cases):
    statistic = _data(report, "widgets/summary.json")["statistic"]
    assert statistic.pop("total") == len(REQUIREMENTS)
    assert {name: number for name, number in statistic.items() if number} == Counter(
        case["status"] for case in cases.values()
    )
    assert statistic["unknown"] == 2


def test_the_categories_hold_everything_that_is_no_pass(report, cases):
    found = {row["name"].partition(":")[0]: row for row in _data(report, "data/categories.json")["children"]}
    assert set(found) == {"Violated", "Warned", "Waived", "Inconclusive", "Untested"}

    def leaves(row):
        children = row.get("children")
        return [row] if children is None else [leaf for child in children for leaf in leaves(child)]

    held = [leaf["name"].partition(": ")[0] for row in found.values() for leaf in leaves(row)]
    assert Counter(held) == Counter(name for name, case in cases.items() if case["status"] != "passed")


def test_the_environment_shows_what_was_judged(report):
    environment = {row["name"]: row["values"] for row in _data(report, "widgets/environment.json")}
    assert environment["coze.contract"] == ["Coze 2026-05"]
    assert environment["coze.profile"] == ["standard"]
    assert environment["coze.base_url"][0].startswith("http://127.0.0.1:")


def test_a_violation_shows_its_exchange_with_request_and_answer(report, cases):
    case = cases["coze.rename.unknown-conversation-refused"]
    assert case["statusMessage"].startswith("violated: ")
    assert "reproduce  curl" in case["statusTrace"]
    step = next(step for step in case["testStage"]["steps"] if step["status"] == "failed")
    assert " rename: success, HTTP 200, code 0" in step["name"]
    request, answer = (_data(report, f"data/attachments/{each['source']}") for each in step["attachments"])
    assert request["method"] == "PUT"
    assert answer["outcome"] == "success"


def test_requirements_are_grouped_by_vendor_and_class(report):
    (epic,) = _data(report, "data/behaviors.json")["children"]
    assert epic["name"] == "Coze"
    assert {feature["name"] for feature in epic["children"]} >= {"Requests", "Effects", "Answers", "Refusals"}
