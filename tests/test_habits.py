"""``driftgate run`` takes the options that people know from pytest, and says so."""

from __future__ import annotations

import argparse
import re

import pytest

from driftgate.checks.registry import order_of
from driftgate.commands.run import arguments
from driftgate.contract import load_contract
from driftgate.emulator import start
from driftgate.emulator.faults import faulty
from tests.harness import run_main


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run():
    """Runs against a server that loses names."""
    running = start(faulty("coze", ["answered-but-not-stored"]))
    params = [f"--param={name}={value}" for name, value in running.params.items()]
    given = ["run", "--vendor=coze", f"--base-url={running.base_url}", "--profile=smoke", *params]
    yield lambda *options: run_main([*given, *options], key=running.api_key)
    running.stop()


def test_the_help_lists_them():
    parser = argparse.ArgumentParser()
    arguments(parser)
    text = " ".join(parser.format_help().split())
    for option in ("-k WORDS", "-x", "--lf", "--ff", "-n N", "--co", "--durations N", "--junitxml FILE", "-q", "-v"):
        assert f" {option}" in text, option


def told(output):
    return int(re.search(r"collected (\d+) items?(?: / \d+ deselected / (\d+) selected)?", output)[2] or 0)


CHECKS = {row.id: row.check for row in load_contract("coze").requirements}


def test_the_last_failures_alone_and_first(run, tmp_path):
    code, output = run()
    failed = set(re.findall(r"^(coze\.\S+) \(must\)", output, re.MULTILINE))
    assert code == 1
    assert failed
    code, output = run("--lf")
    assert (code, told(output)) == (1, len(failed))
    assert failed == set(re.findall(r"^(coze\.\S+) \(must\)", output, re.MULTILINE))
    _, output = run("--ff", "--co", "-q")
    listed = [line.removeprefix("coze::") for line in output.splitlines() if line.startswith("coze::")]
    orders = [order_of(CHECKS[each]) for each in listed]
    assert orders == sorted(orders)
    cache = tmp_path / "reports" / "latest" / ".pytest_cache"
    assert cache.is_dir()
    assert not (tmp_path / ".pytest_cache").exists()
    assert not [path for path in cache.rglob("*") if path.is_file() and "emulated" in path.read_text()]


def test_x_stops_at_the_first_failure(run):
    code, output = run("-x")
    assert code == 1
    assert "stopping after 1 failures" in output


def test_a_run_without_a_failure_writes_no_cache(tmp_path):
    code, _ = run_main(
        ["run", "--emulators", "--vendor=coze", "--profile=smoke", "-k", "name-echoed", "--report-dir=here"]
    )
    assert code in (0, 6)
    assert not list(tmp_path.rglob("*cache*"))
