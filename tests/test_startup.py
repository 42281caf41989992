"""Starting is free: a command imports what it uses, and nothing that sends, serves or generates unless it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import run_main

ROOT = Path(__file__).parent.parent
RECORD = "reports/baselines/coze.jsonl"
ONLINE = {"httpcore", "httpx", "hypothesis", "schemathesis", "starlette", "uvicorn"}
OFFLINE_COMMANDS = [
    ["--version"],
    ["--help"],
    ["run", "--help"],
    ["emulate", "--help"],
    ["completion", "bash"],
    ["schema"],
    ["contracts"],
    ["contracts", "diff", "dify", "dify@2026-07"],
    ["docs", "coze", "tests/fixtures/docs/openapi-block.md"],
    ["drift", RECORD, RECORD],
    ["report", RECORD],
    ["report", RECORD, "--format=html"],
    ["badge", RECORD],
    ["history", "reports/baselines", "--format=md"],
    ["explain", RECORD, "coze.rename.name-required"],
]


def _loaded(*arguments, cwd=ROOT, env=()):
    """The top-level packages that a command has loaded at its end."""
    command = [sys.executable, "-X", "importtime", "-m", "driftgate", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **dict(env)}, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    assert len(lines) > 10, done.stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("arguments", OFFLINE_COMMANDS, ids=" ".join)
def test_a_command_that_sends_nothing_loads_nothing_that_sends(arguments):
    assert _loaded(*arguments) & ONLINE == set()


def test_the_version_loads_no_module_but_the_command():
    loaded = _loaded("--version")
    assert "driftgate" in loaded
    assert loaded & {"argparse", "json", "pathlib", "yaml"} == set()


def test_a_run_loads_neither_servers_nor_plugins_that_it_does_not_use(tmp_path):
    url, user = "--base-url=http://127.0.0.1:9", "--param=bot_id=1"
    loaded = _loaded("run", "--vendor=coze", url, user, cwd=tmp_path, env={"DRIFTGATE_API_KEY": "of-a-test"}.items())
    assert "httpcore" in loaded
    assert loaded & {"starlette", "uvicorn", "allure_pytest", "xdist", "pyrate_limiter"} == set()


def test_a_crash_does_not_look_like_a_violation(monkeypatch):
    def broken(parsed):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("driftgate.commands.schema.act", broken)
    code, output = run_main(["schema"])
    assert code == 7
    assert "a mistake of ours" in output
