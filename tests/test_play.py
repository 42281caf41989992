"""Clients are played through scenarios, and judged by what they report and what the server holds."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from driftgate import play_client, read_record
from driftgate.contract.client import load_client_contract
from driftgate.emulator import EMULATORS
from tests.actors import ACTORS, LIMIT, Actor, acting_where_it_counts, names, played, violated
from tests.harness import run_main

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("vendor", EMULATORS)
def test_a_conforming_client_passes_every_scenario(vendor):
    result = played(vendor)
    acts = {row.id for row in load_client_contract(vendor).requirements if row.check == "acts"}
    assert violated(result) == []
    assert {row.requirement for row in result.record.verdicts if row.verdict == "pass"} >= acts


@pytest.mark.parametrize("act", ACTORS, ids=lambda act: act.says)
@pytest.mark.parametrize(
    "vendor", ["coze", *(pytest.param(each, marks=pytest.mark.matrix) for each in ("dify", "nuwax"))]
)
def test_a_client_that_acts_otherwise_is_noticed_by_that_alone(vendor, act):
    assert violated(acting_where_it_counts(vendor, act)) == [f"{vendor}.client.{act.breaks}"]


@pytest.mark.parametrize("vendor", EMULATORS)
def test_every_way_to_act_that_is_asked_for_has_a_client_that_acts_otherwise(vendor):
    rows = load_client_contract(vendor).requirements
    assert {f"{vendor}.client.{act.breaks}" for act in ACTORS} == {row.id for row in rows if row.check == "acts"}


@pytest.mark.parametrize("vendor", EMULATORS)
def test_every_scenario_that_a_requirement_names_exists(vendor):
    from fnmatch import filter as matching  # noqa: PLC0415

    for row in load_client_contract(vendor).requirements:
        for pattern in row.detail.get("scenarios", ()):
            assert matching(names(vendor), pattern), (row.id, pattern)


CLIENT = """
import os, sys, httpx
url = f"{os.environ['DRIFTGATE_CLIENT_BASE_URL']}/v1/conversations/{sys.argv[1]}"
headers = {"Authorization": "Bearer " + os.environ["DRIFTGATE_CLIENT_KEY"]}
answer = httpx.put(url, headers=headers, json={"name": sys.argv[2]}, timeout=1, trust_env=False)
sys.exit(0 if CHECK else 1)
"""


def _client(tmp_path, check):
    path = tmp_path / "rename.py"
    path.write_text(CLIENT.replace("CHECK", check))
    return ["--", sys.executable, str(path), "{conversation}", "{name}"]


def test_a_command_is_judged_by_its_exit_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    only = ["--scenario=documented", "--scenario=marks", "--scenario=unknown-conversation"]
    code, output = run_main(["client", "--vendor=coze", *only, *_client(tmp_path, "answer.json()['code'] == 0")])
    assert code == 0, output
    code, output = run_main(["client", "--vendor=coze", *only, *_client(tmp_path, "answer.status_code == 200")])
    assert code == 1
    assert "(coze.client.refusal-reported)" in output
    record = read_record(tmp_path / "reports/client/coze-client.jsonl")
    (finding,) = record.findings
    assert (finding.case, finding.part, finding.actual) == ("unknown-conversation", "behaviour", "success")


def test_a_violation_is_waived_and_its_waiver_gets_stale(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["client", "--vendor=coze", "--scenario=documented", "--scenario=unknown-conversation"]
    wrong, right = (_client(tmp_path, check) for check in ("answer.status_code == 200", "answer.json()['code'] == 0"))
    _client(tmp_path, "answer.status_code == 200")
    assert run_main([*options, *wrong])[0] == 1
    given = [
        "--reason=known",
        "--link=https://tracker.example/1",
        "--expires=2099-01-01",
        "--report-dir=reports/client",
    ]
    code, output = run_main(["waive", "coze-client", "coze.client.refusal-reported", *given])
    assert code == 0, output
    code, output = run_main([*options, *wrong])
    assert code == 0, output
    assert "1 waived" in output
    _client(tmp_path, "answer.json()['code'] == 0")
    code, output = run_main([*options, *right])
    assert code == 1
    assert "waivers/coze-client.yaml: " in output


def test_a_command_that_never_ends_is_ended_with_its_children(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["--", "sh", "-c", f"sleep 600 & echo $! > {shlex.quote(str(tmp_path / 'pid'))}; wait"]
    options = ["--vendor=coze", "--scenario=silent", "--time-limit=2", "--strict"]
    code, output = run_main(["client", *options, *command])
    assert code == 1
    assert "coze.client.ends-without-an-answer" in output
    process = Path("/proc") / (tmp_path / "pid").read_text().strip() / "stat"
    assert not process.exists() or " Z " in process.read_text()


def test_the_scenarios_are_listed():
    code, output = run_main(["client", "--vendor=coze", "--list"])
    assert code == 0
    assert {line.split()[0] for line in output.splitlines()} == set(names("coze"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--vendor=coze"], "give the command that renames, after --"),
        (["--vendor=cozy", "--list"], "did you mean coze?"),
        (["--vendor=coze", "--scenario=documentd", "--", "true"], "did you mean documented?"),
        (["--vendor=coze", "--scenario=documented", "--", "/no/such/program"], "cannot be run"),
    ],
)
def test_wrong_options_are_told(options, told):
    code, output = run_main(["client", *options])
    assert code == 4
    assert told in output


def test_each_scenario_is_told_with_what_the_client_reported_and_violated():
    told = []
    only = ["documented", "unknown-conversation"]
    play_client("coze", Actor("coze", believes=True), only=only, time_limit=LIMIT, tell=told.extend)
    assert told[0] == "  documented               success"
    assert told[1] == "  unknown-conversation     success: violates coze.client.refusal-reported"


def test_the_fixture_fails_with_the_scenarios_that_were_violated(tmp_path):
    (tmp_path / "test_own.py").write_text(
        "from tests.actors import Actor\n"
        "def test_right(client_scenarios):\n"
        "    assert client_scenarios('coze', Actor('coze'), only=['documented']).exit == 0\n"
        "def test_wrong(client_scenarios):\n"
        "    client_scenarios('coze', Actor('coze', believes=True), only=['wrong-key'])\n"
    )
    by_name = ["-p", "driftgate.pytest_plugin.entry"]  # so that no entry point has to be installed
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *by_name, "test_own.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "wrong-key                success: violates coze.client.refusal-reported" in done.stdout
