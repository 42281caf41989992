"""pytest in somebody else's repository: judges beside its own tests where it is asked to, and else changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from driftgate import suites

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
