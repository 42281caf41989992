"""The command: lists, serves, and shows its options."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from driftgate.contract import load_contract
from driftgate.run.options import TABLE
from tests.harness import run_main

ROOT = Path(__file__).parent.parent


def test_contracts_lists_vendors_editions_and_requirements():
    code, output = run_main(["contracts"])
    assert code == 0
    rows = len(load_contract("dify").requirements)
    line = rf"^dify +2026-06  {rows} requirements  POST /conversations/\{{conversation_id\}}/name$"
    assert re.search(line, output, re.MULTILINE)
    code, output = run_main(["contracts", "nuwax"])
    assert code == 0
    for row in load_contract("nuwax").requirements:
        assert f"  {row.id}  ({row.level}, {row.check})" in output
    for row in load_contract("nuwax").not_tested:
        assert row.why in output


@pytest.mark.parametrize(
    "arguments", [["contracts", "nobody"], ["emulate", "nobody"], ["emulate", "dify", "--port=x"], [], ["x"]]
)
def test_a_wrong_command_line_is_reported_in_one_line(arguments):
    process = _command(*arguments)
    assert process.returncode == 4
    assert "Traceback" not in process.stderr


def _command(*arguments, **options):
    command = [sys.executable, "-m", "driftgate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_run_and_pytest_show_the_same_options():
    of_run = _command("run", "--help").stdout
    of_pytest = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    group = of_pytest.split("driftgate: judge a base URL by a vendor's contract:")[1].split("\n\n")[0]
    for option in TABLE:
        assert f"  {option}" in group
        assert f"  {option}" in of_run


@pytest.mark.parametrize("named", ["suites", "suites/test_refusals.py"])
def test_a_part_of_the_suites_can_be_named_in_a_checkout(named):
    checkout = Path(__file__).parents[1]
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", named, "--collect-only", "-q"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.returncode == 0, listed.stdout
    assert "dify::dify.rename.unknown-conversation-refused" in listed.stdout


def test_emulate_serves_until_it_is_stopped():
    process = subprocess.Popen(
        [sys.executable, "-m", "driftgate", "emulate", "coze", "--latency", "1"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(8)]
    url = re.search(r"http://\S+", lines[0])[0]
    key, conversations = lines[1].split()[-1], lines[2].split()[1:]
    answer = httpx.put(
        f"{url}/v1/conversations/{conversations[0]}", json={"name": "hello"}, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.json()["data"]["name"] == "hello"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM)


def test_emulate_lists_faults_and_serves_them(tmp_path):
    listed = _command("emulate", "coze", "--list-faults")
    assert listed.returncode == 0
    assert re.search(
        r"^no-limit +Accepts names of any length\. Breaks coze\.rename\.name-at-most-100\.$",
        listed.stdout,
        re.MULTILINE,
    )
    wrong = _command("emulate", "coze", "--fault", "no-limits")
    assert wrong.returncode == 4
    assert "did you mean no-limit?" in wrong.stderr
    process = subprocess.Popen(
        [sys.executable, "-m", "driftgate", "emulate", "coze", "--fault", "no-limit", "--fault", "code-as-text"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    url = re.search(r"http://\S+", lines[0])[0]
    key, conversations = lines[1].split()[-1], lines[2].split()[1:]
    options = [
        "run",
        "--vendor=coze",
        f"--base-url={url}",
        f"--conversation={conversations[0]}",
        f"--report-dir={tmp_path}",
    ]
    code, output = run_main(options, key=key)
    process.terminate()
    process.communicate(timeout=20)
    assert code == 1
    assert "coze.rename.name-at-most-100 (must)" in output
    assert "coze.answer.code-is-integer-0 (must)" in output


def test_what_emulate_prints_judges_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "driftgate", "emulate", "dify"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = ""
    while "Stop it" not in printed:
        printed += process.stdout.readline()
    key = re.search(r"DRIFTGATE_API_KEY=(\S+)", printed)[1]
    command = re.search(r"driftgate run (.*)", printed.replace("\\\n", " "))[1]
    code, output = run_main(["run", *command.split()], key=key)
    process.terminate()
    process.communicate(timeout=20)
    assert code == 0, output
    assert re.search(r"^dify: \d+ pass · 5 observed of \d+ requirements", output, re.MULTILINE)


def test_a_port_that_is_taken_is_reported():
    process = subprocess.Popen(
        [sys.executable, "-m", "driftgate", "emulate", "coze"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = re.search(r":(\d+)", process.stdout.readline())[1]
    second = _command("emulate", "coze", "--port", port)
    process.terminate()
    process.communicate(timeout=20)
    assert second.returncode == 4
    assert f"--port {port}: cannot be used (Address already in use" in second.stderr
