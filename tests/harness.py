"""Runs the suites against a server of ours, as a user would against a live target, and reads the record."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from driftgate.base.resource import CONVERSATION, Resource
from driftgate.commands.cli import main
from driftgate.emulator import EMULATORS, Emulator, Running, start
from driftgate.emulator.faults import faulty
from driftgate.record.rows import RecordedFinding, RecordedVerdict, row_of
from driftgate.report.causes import Cause, causes

# the stateful test, and nothing else
STATEFUL = ("--profile=deep", "-k", "lifecycle")


@dataclass(frozen=True)
class Judged:
    """What a run said: exit code, verdict by requirement, the lines of its record, what it printed."""

    exit: int
    verdicts: dict[str, str]
    requests: int
    elapsed: float
    output: str
    rows: list[dict[str, Any]] = field(repr=False)

    def failed(self) -> set[str]:
        return {requirement for requirement, verdict in self.verdicts.items() if verdict == "fail"}

    def causes(self, resource: Resource = CONVERSATION) -> list[Cause]:
        """What is violated, by probable cause."""
        rows = [row_of(row) for row in (*self.of("verdict"), *self.of("finding"))]
        verdicts = [row for row in rows if isinstance(row, RecordedVerdict) and row.verdict == "fail"]
        return causes(verdicts, [row for row in rows if isinstance(row, RecordedFinding)], resource)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["record"] == kind]


def judge(vendor: str, faults: Sequence[str] = (), options: Sequence[str] = ()) -> Judged:
    """Judges the emulator of a vendor, with these faults, over HTTP and within a live target's budget."""
    return judge_emulator(faulty(vendor, faults) if faults else EMULATORS[vendor](), options)


def judge_edition(vendor: str, edition: str, faults: Sequence[str] = ()) -> Judged:
    """Judges the emulator of an edition, with these faults, by that edition."""
    return judge_emulator(faulty(vendor, faults, edition), [f"--edition={edition}"])


def judge_emulator(emulator: Emulator, options: Sequence[str] = ()) -> Judged:
    running = start(emulator)
    try:
        return judge_url(emulator.vendor, running.base_url, [*live_options(running), *options], key=running.api_key)
    finally:
        running.stop()


def live_options(running: Running) -> list[str]:
    """The options that make everything of an emulator testable."""
    params = [f"--param={name}={value}" for name, value in running.params.items()]
    return ["--allow-cost", *params]


def judge_url(vendor: str, base_url: str, options: Sequence[str] = (), *, key: str = "some-key-of-a-test") -> Judged:
    with tempfile.TemporaryDirectory() as directory:
        given = [f"--vendor={vendor}", f"--base-url={base_url}", f"--report-dir={directory}", "-q", *options]
        code, output = run_main(["run", *given], key=key)
        return judged_of(Path(directory) / f"{vendor}.jsonl", code, output)


def judged_of(record: Path, code: int, output: str) -> Judged:
    """What a run said, from the record that it left, if any."""
    rows = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    verdicts = {row["requirement"]: row["verdict"] for row in rows if row["record"] == "verdict"}
    footer = rows[-1] if rows and rows[-1]["record"] == "footer" else {"requests": 0, "elapsed_s": 0.0}
    return Judged(code, verdicts, footer["requests"], footer["elapsed_s"], output, rows)


def run_main(arguments: Sequence[str], *, key: str | None = None) -> tuple[int, str]:
    """The command, in this process: exit code and everything it printed."""
    output = io.StringIO()
    before = os.environ.get("DRIFTGATE_API_KEY")
    if key is not None:
        os.environ["DRIFTGATE_API_KEY"] = key
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = main(arguments)
    finally:
        os.environ.pop("DRIFTGATE_API_KEY", None)
        if before is not None:
            os.environ["DRIFTGATE_API_KEY"] = before
    return code, output.getvalue()
