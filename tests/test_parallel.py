"""Several targets at once, and the records of several runs as one report."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.pytest_plugin.parallel import target_of
from driftgate.record.reading import read_record
from tests.harness import run_main

TARGETS = {
    "dify-good": EMULATORS["dify"],
    "dify-bad": lambda: faulty("dify", ["user-optional"]),
    "coze": EMULATORS["coze"],
    "coze-bad": lambda: faulty("coze", ["code-as-text"]),
    "nuwax": EMULATORS["nuwax"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a driftgate.toml of five targets, each a server of its own."""
    folder = tmp_path_factory.mktemp("parallel")
    running, lines = [], []
    for name, make in TARGETS.items():
        server = start(make())
        running.append(server)
        params = ", ".join(f'{key} = "{value}"' for key, value in server.params.items())
        lines += [f"[targets.{name}]", f'vendor = "{name.partition("-")[0]}"', f'base_url = "{server.base_url}"']
        lines += [f'api_key = "{server.api_key}"', f"params = {{{params}}}", "allow_cost = true"]
    (folder / "driftgate.toml").write_text("\n".join(lines))
    yield folder
    for server in running:
        server.stop()


def _arguments(reports, targets, options):
    return ["run", *(f"--target={name}" for name in targets), f"--report-dir={reports}", *options]


def _run(place, reports, *targets):
    """One target after the other, in this process."""
    with contextlib.chdir(place):
        return run_main(_arguments(reports, targets or TARGETS, ()))


def _run_parallel(place, reports, *options, targets=tuple(TARGETS)):
    command = [sys.executable, "-m", "driftgate", *_arguments(reports, targets, ("-n", "2", *options))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def _verdicts(folder):
    records = {path.stem: read_record(path) for path in folder.glob("*.jsonl")}
    return {name: {row.requirement: row.verdict for row in record.verdicts} for name, record in records.items()}


@pytest.fixture(scope="module")
def alone(place):
    return _run(place, "alone")


@pytest.fixture(scope="module")
def together(place):
    return _run_parallel(place, "together")


def test_the_verdicts_are_those_of_one_after_the_other(place, alone, together):
    assert (alone[0], together.returncode) == (1, 1), together.stdout + together.stderr
    assert _verdicts(place / "together") == _verdicts(place / "alone")
    assert set(_verdicts(place / "together")) == set(TARGETS)


def test_no_conversation_is_shared(place, together):
    paths = list((place / "together").glob("*.jsonl"))
    assert len(paths) == len(TARGETS)
    for path in paths:
        record = read_record(path)
        made = [row for row in record.exchanges if row.role == "create"]
        deleted = [row.conversation for row in record.exchanges if row.role == "delete"]
        assert len(made) == len(deleted) == len(set(deleted)) == 2
        assert [row.number for row in record.exchanges] == list(range(1, len(record.exchanges) + 1))


def test_there_is_one_report_of_all_targets_in_the_order_asked(place, together):
    headlines = [line.split(":")[0] for line in together.stdout.splitlines() if " requests · " in line]
    assert headlines == list(TARGETS)
    assert "Requirements and targets" in (place / "together" / "report.html").read_text()


@pytest.mark.matrix
def test_drift_from_a_baseline_is_reported_by_every_worker(place, alone):
    told = _run_parallel(place, "against", "--baseline=alone")
    assert told.returncode == 0, told.stdout
    lines = told.stdout.splitlines()
    assert sum(line.endswith("no breaking drift") for line in lines) == len(TARGETS)


@pytest.mark.matrix
def test_a_worker_that_dies_is_our_mistake_and_no_verdict(place):
    options = ["-p", "tests.dying", "--max-worker-restart=0"]
    told = _run_parallel(place, "dying", *options, targets=("coze", "nuwax"))
    assert told.returncode == 7, told.stdout
    assert "a worker ended early" in told.stdout


@pytest.mark.parametrize(
    ("nodeid", "target"),
    [
        ("dify::dify.rename.name-persists", "dify"),
        ("staging::dify.rename.name-persists", "staging"),
    ],
)
def test_a_test_says_which_target_it_is_about(nodeid, target):
    assert target_of(nodeid) == target


def test_merged_shards_make_the_report_of_one_run(place, alone):
    for name in TARGETS:
        _run(place, f"shards/{name}", name)
    merged = place / "merged"
    code, output = run_main(["merge", str(place / "shards"), f"--report-dir={merged}", "--expect=coze"])
    assert code == 1
    assert _verdicts(merged) == _verdicts(place / "alone")
    assert re.search(r"^dify-bad: \d+ pass · 1 fail", output, re.MULTILINE)
    assert "Requirements and targets" in (merged / "report.html").read_text()


def test_a_missing_shard_is_reported(place, alone):
    code, output = run_main(["merge", str(place / "alone"), "--expect=coze", "--expect=staging", "--report-dir=x"])
    assert (code, output.strip()) == (
        4,
        "driftgate: --expect staging: there is no record of this target, its shard is missing",
    )


def test_a_shard_that_is_cut_off_is_not_merged(place, alone, tmp_path):
    text = (place / "alone" / "coze.jsonl").read_text()
    (tmp_path / "coze.jsonl").write_text(text[: len(text) // 2])
    code, output = run_main(["merge", str(tmp_path), f"--report-dir={tmp_path}/merged"])
    assert code == 4
    assert "is cut off" in output


def test_two_records_of_one_target_are_not_merged(place, alone, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "coze.jsonl").write_text((place / "alone" / "coze.jsonl").read_text())
    code, output = run_main(["merge", str(tmp_path), f"--report-dir={tmp_path}/merged"])
    assert code == 4
    assert "target coze has a record already" in output


def test_records_are_not_merged_onto_themselves(place, alone):
    before = sorted(Path(place / "alone").iterdir())
    code, output = run_main(["merge", str(place / "alone"), f"--report-dir={place}/alone"])
    assert code == 4
    assert "name another folder" in output
    assert sorted(Path(place / "alone").iterdir()) == before
