"""What pytest calls the tests of requirements: ids, which ``-k`` finds, and counts that agree with what is told."""

from __future__ import annotations

import re

import pytest

from driftgate.contract import load_contract
from tests.harness import run_main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def selected(words):
    """The requirements that ``-k`` selects."""
    _, output = run_main(["run", "--vendor=coze", "--co", "-q", f"-k={words}"])
    return {line.removeprefix("coze::") for line in output.splitlines() if line.startswith("coze::")}


def test_a_test_is_called_by_its_target_and_its_requirement():
    _, output = run_main(["run", "--vendor=coze", "--profile=smoke", "-v"])
    lines = [line for line in output.splitlines() if "%]" in line]
    assert {line.split()[0] for line in lines} >= {"coze::coze.rename.name-required"}
    assert all(line.startswith("coze::coze.") for line in lines)


def test_k_finds_ids_classes_checks_and_levels():
    rows = load_contract("coze").requirements
    assert selected("name-at-most-100") == {"coze.rename.name-at-most-100"}
    assert "coze.rename.name-required" in selected("Requests")
    assert selected("may") == {row.id for row in rows if row.level == "may" and not row.id.startswith("coze.lifecycle")}
    assert selected("limits") == {row.id for row in rows if row.check == "limits"}
    assert selected("breaks_one_rule") == set()  # the name of a function of the suites


def test_as_many_tests_are_collected_as_are_told():
    _, output = run_main(["run", "--vendor=coze", "--profile=smoke"])
    collected = int(re.search(r"collected (\d+) items", output)[1])
    told = sum(int(number) for number in re.findall(r"(\d+) (?:passed|untested)(?=,| in)", output.splitlines()[-2]))
    assert collected == told == int(re.search(r"of (\d+) requirements", output)[1])
