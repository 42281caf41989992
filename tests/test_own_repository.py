"""pytest in somebody else's repository: judges beside its own tests where it is asked to, and else changes nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from driftgate import emulate, suites

TARGETS = '[targets.ours]\nvendor = "coze"\nemulator = true\n'
CONTRACT = '"""Our targets keep their contracts."""\nfrom driftgate.suites import *\n'
OWN = "def test_own():\n    assert True\n"
CLASHING = "def pytest_addoption(parser):\n    parser.addoption('--timeout')\n    parser.addoption('--seed')\n"
PLUGIN = ("-p", "driftgate.pytest_plugin.entry")  # loaded by name, so that no entry point has to be installed


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "test_own.py").write_text(OWN)
    return tmp_path


def run(folder, *options, plugins=PLUGIN):
    """The exit code and the output of pytest in a folder, with warnings as errors."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        *plugins,
        "-p",
        "no:cacheprovider",
        "--strict-markers",
        "-W",
        "error",
        *options,
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_module_of_the_suites_has_every_test_of_them_once():
    tests = [line for path in suites.SUITES.glob("test_*.py") for line in path.read_text().splitlines()]
    assert len(suites.__all__) == len(set(suites.__all__)) == sum(line.startswith("def test_") for line in tests)


def test_without_targets_nothing_of_driftgate_is_loaded(repository):
    (repository / "test_own.py").write_text(
        "import sys\n\ndef test_own():\n"
        "    mine = sorted(each for each in sys.modules if each.startswith('driftgate'))\n"
        "    assert mine == ['driftgate', 'driftgate.pytest_plugin', 'driftgate.pytest_plugin.entry']\n"
        "    assert not {'httpx', 'hypothesis', 'schemathesis', 'jsonschema'} & set(sys.modules)\n"
    )
    code, output = run(repository)
    assert code == 0, output
    assert "driftgate:" not in output


def test_two_lines_judge_the_targets_beside_own_tests(repository):
    (repository / "test_contract.py").write_text(CONTRACT)
    (repository / "driftgate.toml").write_text(TARGETS)
    code, output = run(repository, "--profile=smoke")
    assert code == 0, output
    assert "ours: Coze" in output
    assert "test_own.py ." in output
    assert "driftgate: exit 0: embedded emulator: ours; no server was judged" in output


def test_the_suites_by_name_judge_the_emulators_where_there_are_no_targets(repository):
    code, output = run(repository, "--pyargs", "driftgate.suites", "--profile=smoke", "--vendor=coze")
    assert code == 0, output
    assert "driftgate: exit 0: embedded emulator: coze; no server was judged" in output


def test_a_path_after_a_blank_does_not_hide_the_own_ini_file(repository, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (repository / "pytest.ini").write_text("[pytest]\n")
    (repository / "test_contract.py").write_text(CONTRACT)
    (repository / "driftgate.toml").write_text(TARGETS)
    code, output = run(repository, "--collect-only", "--report-dir", str(elsewhere))
    assert code == 0, output
    assert f"rootdir: {repository}\nconfigfile: pytest.ini\n" in output
    assert "ours: Coze" in output


def test_two_lines_without_targets_are_refused(repository):
    (repository / "test_contract.py").write_text(CONTRACT)
    code, output = run(repository)
    assert code == 4
    assert "has no driftgate.toml with targets: make one with driftgate init" in output


def test_options_of_others_stay_theirs(repository):
    (repository / "clashing.py").write_text(CLASHING)
    (repository / "driftgate.toml").write_text(TARGETS)
    own = "def test_own(pytestconfig):\n    assert pytestconfig.option.timeout == 'theirs'\n"
    (repository / "test_own.py").write_text(own)
    code, output = run(repository, "--timeout=theirs", plugins=("-p", "clashing", *PLUGIN))
    assert code == 0, output


def test_a_failing_test_of_ones_own_ends_a_conforming_session_with_1(repository):
    (repository / "test_contract.py").write_text(CONTRACT)
    (repository / "test_own.py").write_text(OWN.replace("True", "False"))
    (repository / "driftgate.toml").write_text(TARGETS)
    code, output = run(repository, "--profile=smoke")
    assert code == 1, output
    assert "embedded emulator: conforms as far as tested" in output


def test_what_a_test_of_ones_own_sends_is_judged_recorded_and_restored(repository):
    (repository / "test_own.py").write_text(
        "def test_own(target, record, emulator):\n"
        "    assert target.rename('Trip').later.name == target.read().name == 'Trip'\n"
        "    assert [each.role for each in record()][-3:] == ['rename', 'read', 'read']\n"
        "    assert target.send({'name': 3}).later is None\n"
        "    assert emulator('dify').conversations\n"
    )
    (repository / "driftgate.toml").write_text(TARGETS)
    code, output = run(repository)
    assert code == 0, output
    assert re.search(r"^ours: \d+ pass · \d+ untested of", output, re.MULTILINE), output
    rows = [json.loads(line) for line in (repository / "reports/latest/ours.jsonl").read_text().splitlines()]
    assert {"create", "rename", "delete"} <= {row.get("role") for row in rows}


def test_a_wrong_answer_to_a_test_of_ones_own_violates_the_contract(repository):
    (repository / "test_own.py").write_text("def test_own(target):\n    target.rename('Trip')\n")
    with emulate("coze", fault=["answer-name-null"]) as server:
        own = f'[targets.ours]\nvendor = "coze"\nbase_url = "{server.base_url}"\napi_key = "{server.api_key}"\n'
        (repository / "driftgate.toml").write_text(f'{own}conversations = ["{server.conversations[0]}"]\n')
        code, output = run(repository)
    assert code == 1, output
    assert "violates the contract" in output


def test_fixtures_of_the_same_names_stay_those_of_the_repository(repository):
    names = ("target", "record", "emulator")
    fixtures = "".join(f"@pytest.fixture\ndef {name}():\n    return 'mine'\n\n" for name in names)
    (repository / "conftest.py").write_text(f"import pytest\n\n{fixtures}")
    own = "def test_own(target, record, emulator):\n    assert target == record == emulator == 'mine'\n"
    (repository / "test_own.py").write_text(own)
    (repository / "driftgate.toml").write_text(TARGETS)
    code, output = run(repository)
    assert code == 0, output
    assert "driftgate: exit" not in output
