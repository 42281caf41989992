"""Bad input from the user: one line that says what to change, exit 4, nothing sent, nothing written, no traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from driftgate.emulator import EMULATORS, start
from tests.harness import run_main

CHECKOUT = Path(__file__).parent.parent
NOWHERE = "http://127.0.0.1:9"
COZE = ["--vendor=coze", f"--base-url={NOWHERE}", "--param=bot_id=1"]
DIFY = ["--vendor=dify", f"--base-url={NOWHERE}"]

USAGE = [
    (["--vendor=difi"], "did you mean dify?"),
    (["--vendor=nobody"], "there are coze, dify, langgraph, nuwax, ragflow"),
    (DIFY, "give --param user=…"),
    ([*DIFY, "--param=user=me"], "give --conversation ID, or --allow-cost"),
    (["--vendor=coze", f"--base-url={NOWHERE}"], "give --param bot_id=… to create conversations, or --conversation ID"),
    ([*COZE, "--param=botid=1"], "did you mean bot_id?"),
    ([*COZE, "--param=bot_id"], "is not of the form KEY=VALUE"),
    (["--vendor=nuwax", f"--base-url={NOWHERE}", "--param=agent_id=x"], "--param agent_id=x: is not a whole number"),
    (["--vendor=coze", "--base-url=127.0.0.1:9"], "is not an http:// or https:// URL"),
    (["--vendor=coze", "--base-url=http://user:word@127.0.0.1:9"], "carries credentials"),
    (["--vendor=coze", f"--base-url={NOWHERE}?a=b"], "carries a query or a fragment"),
    (["--vendor=coze", f"--base-url={NOWHERE}9999"], "Port out of range"),
    ([f"--base-url={NOWHERE}"], "--base-url needs --vendor"),
    (["--api-key=k"], "need a --base-url or a --target"),
    (["--profile=fast"], "is not a profile: use smoke, standard or deep"),
    (["--seed=x"], "--seed x"),
    (["--timeout=0"], "--timeout 0"),
    (["--rate=-1"], "--rate -1"),
    (["--max-requests=none"], "--max-requests none"),
    (["--target=a"], "driftgate.toml: cannot be read"),
    (["--target=a", "--vendor=dify"], "leave out --vendor and --base-url"),
    (["--contracts=nowhere"], "is not a folder"),
    (["--frobnicate"], "unrecognized arguments: --frobnicate"),
    (["--waivers=nowhere", "--vendor=coze"], "--waivers nowhere: does not exist"),
    (["--sarif=.", "--vendor=coze"], "is not a file"),
    (["--sarif=/dev/null/x/y", "--vendor=coze"], "--sarif /dev/null/x: cannot be written to"),
    (["--report-dir=/dev/null/x", "--vendor=coze"], "--report-dir /dev/null/x: cannot be written to"),
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("options", "words"), USAGE, ids=[" ".join(options) for options, _ in USAGE])
def test_a_bad_option_is_reported_in_one_line(options, words, tmp_path):
    _is_usage_problem(run_main(["run", *options], key="some-key-of-a-test"), words, tmp_path)


def _is_usage_problem(told, words, folder):
    code, output = told
    assert code == 4, output
    assert words in output
    assert "Traceback" not in output
    assert not (folder / "reports").exists()


def test_a_missing_key_is_reported_with_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv("DRIFTGATE_API_KEY", raising=False)
    _is_usage_problem(run_main(["run", *COZE]), "set DRIFTGATE_API_KEY", tmp_path)


TARGETS = [
    ('[targets.a]\nvendor = "coze\n', "line 2"),
    ("x = 1\n", "targets"),
    ('[targets.a]\nvendor = "coze"\nbaseurl = "http://x"\n', "'baseurl' was unexpected"),
    ('[targets.a]\nvendor = "coze"\nbase_url = "ftp://x"\n', "target a: base_url"),
    ('[targets.a]\nvendor = "coze"\nbase_url = "http://x"\napi_key = "$NOT_SET_AT_ALL"\n', "NOT_SET_AT_ALL is not set"),
    ('[targets.ab]\nvendor = "coze"\nbase_url = "http://x"\n', "did you mean ab?"),
    ('[targets.a]\nvendor = "coz"\nbase_url = "http://x"\n', "did you mean coze?"),
    ('[targets.a]\nvendor = "coze"\nbase_url = "http://x"\nconversations = ["1"]\nwaivers = "w.yaml"\n', "w.yaml"),
]


@pytest.mark.parametrize(("text", "words"), TARGETS)
def test_a_malformed_targets_file_is_reported_with_its_place(text, words, tmp_path):
    (tmp_path / "driftgate.toml").write_text(text)
    _is_usage_problem(run_main(["run", "--target=a"], key="some-key-of-a-test"), words, tmp_path)


WAIVERS = [
    ("waivers: [\n", "coze.yaml, line 2"),
    ("waivers:\n  - {requirement: coze.rename.name-required}\n", "'reason' is a required property"),
    ("waivers:\n  - {requirement: coze.x, reason: r, link: l, expires: 2099-01-01}\n", "coze.x is no requirement"),
    ("waivers:\n  - {requirement: coze.x, reason: r, link: l, expires: soon}\n", "'soon' is not a 'date'"),
    ("waivers: []\nwaivers: []\n", "'waivers' stands twice"),
]


@pytest.mark.parametrize(("text", "words"), WAIVERS)
def test_a_malformed_waiver_file_is_reported_with_its_place(text, words, tmp_path):
    (tmp_path / "waivers").mkdir()
    (tmp_path / "waivers" / "coze.yaml").write_text(text)
    _is_usage_problem(run_main(["run", "--vendor=coze"]), words, tmp_path)


CONTRACTS = [
    ("vendor: tiny\n", "requirements.yaml, line 1: lacks title and"),
    ("vendor: [\n", "requirements.yaml, line 2"),
]


@pytest.mark.parametrize(("text", "words"), CONTRACTS)
def test_a_malformed_contract_is_reported_with_its_place(text, words, tmp_path):
    folder = tmp_path / "contracts" / "tiny"
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_text("openapi: 3.1.0\npaths: {}\n")
    (folder / "requirements.yaml").write_text(text)
    (folder / "examples.yaml").write_text("examples: []\n")
    _is_usage_problem(run_main(["run", "--contracts=contracts", "--vendor=tiny"]), words, tmp_path)


def test_an_unreachable_target_is_inconclusive_in_one_line(tmp_path):
    code, output = run_main(["run", *COZE, "--timeout=5"], key="some-key-of-a-test")
    assert code == 6
    assert "coze cannot be judged: no conversation can be created: no answer (cannot connect" in output
    assert "Traceback" not in output
    assert "coze.rename.name-required" not in output


def test_a_server_that_speaks_no_http_is_inconclusive():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_greet, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        code, output = run_main(["run", "--vendor=coze", f"--base-url={url}", "--param=bot_id=1"], key="some-key")
    assert code == 6, output
    assert "check the base URL" in output


def _greet(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.recv(65536)
        connection.sendall(b"220 mail.example ESMTP\r\n")
        connection.close()


@pytest.mark.parametrize("vendor", sorted(EMULATORS))
def test_a_wrong_key_is_inconclusive_and_says_so(vendor):
    running = start(EMULATORS[vendor]())
    params = [f"--param={name}={value}" for name, value in running.params.items()]
    options = [f"--vendor={vendor}", f"--base-url={running.base_url}", "--allow-cost", *params]
    code, output = run_main(["run", *options], key="a-wrong-key-altogether")
    running.stop()
    assert code == 6, output
    assert f"{vendor} cannot be judged" in output
    assert "the key" in output
    assert "a-wrong-key-altogether" not in output


def test_a_budget_that_is_too_small_is_inconclusive_and_kept(tmp_path):
    code, output = run_main(["run", "--vendor=coze", "--max-requests=12"])
    assert code == 6
    assert "the request budget of 12 is used up: raise --max-requests" in output
    assert (tmp_path / "reports/latest/coze.jsonl").read_text().count('"record": "exchange"') <= 12


def test_the_folder_of_the_last_run_loses_its_records_and_nothing_else(tmp_path):
    run_main(["run", "--vendor=coze"])
    (tmp_path / "reports/latest/mine.jsonl").write_text('{"mine": true}\n')
    run_main(["run", "--vendor=nuwax"])
    assert sorted(os.listdir(tmp_path / "reports/latest")) == [
        "mine.jsonl",
        "nuwax.jsonl",
        "report.html",
        "report.json",
        "report.md",
    ]


@pytest.mark.parametrize("option", ["--report-dir", "--ca-bundle", "--contracts"])
def test_a_path_outside_of_the_checkout_goes_with_a_blank_too(option, tmp_path):
    """Plain pytest takes what follows a blank for a folder of tests, and looks for its ini file there."""
    path = shutil.copytree(CHECKOUT / "contracts", tmp_path / "contracts") if option == "--contracts" else tmp_path
    if option == "--ca-bundle":
        shutil.copy(__file__, path := tmp_path / "no-certificate.pem")
    options = ["--vendor=coze", "--collect-only"]
    if option == "--ca-bundle":
        options += [f"--base-url={NOWHERE}", "--conversation=1"]
    ways = {
        "equals": ["pytest", *options, f"{option}={path}"],
        "blank": ["pytest", *options, option, str(path)],
        "command": ["driftgate", "run", *options, option, str(path)],
    }
    told = {way: _in_checkout(arguments) for way, arguments in ways.items()}
    expected = 4 if option == "--ca-bundle" else 0
    assert [each.returncode for each in told.values()] == [expected] * 3, told
    for way in ("equals", "blank"):
        assert ("holds no certificate" in told[way].stderr) is (option == "--ca-bundle")
        assert f"rootdir: {CHECKOUT}\nconfigfile: pyproject.toml\n" in told[way].stdout or expected


def _in_checkout(arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments, "-p", "no:cacheprovider"],
        cwd=CHECKOUT,
        env={**os.environ, "DRIFTGATE_API_KEY": "some-key-of-a-test"},
        capture_output=True,
        text=True,
        check=False,
    )
