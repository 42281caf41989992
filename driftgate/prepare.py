"""Before and after the runs: one for each target that the options ask for, room for their records, one exit code."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from driftgate import journal, waivers
from driftgate.emulator import EMULATORS
from driftgate.errors import UsageProblem
from driftgate.interrupt import interrupts
from driftgate.options import Options
from driftgate.recordfile import Record, read_record
from driftgate.run import Result, TargetRun
from driftgate.target import Target, resolve
from driftgate.verdict import Exit

PUTTING_BACK = "driftgate: putting everything back first; once more stops at once"


def prepare(options: Options, directory: Path) -> list[TargetRun]:
    """One run for each target that the options ask for. Raises UsageProblem; sends nothing."""
    targets = resolve(options.asked, folders=options.contracts, directory=directory, emulated=list(EMULATORS))
    runs = []
    for target in targets:
        path = target.waivers or directory / "waivers" / f"{target.name}.yaml"
        if target.waivers and not path.exists():
            raise UsageProblem(f"{path}: the waiver file of target {target.name} is not there")
        accepted = waivers.read_waivers(path, target.contract)
        runs.append(TargetRun(target, options, accepted, path, _baseline(options.baseline, target)))
    return runs


def _baseline(path: Path | None, target: Target) -> Record | None:
    """The record that a target is compared with: the file, or TARGET.jsonl in the folder. Raises UsageProblem."""
    if path is None:
        return None
    record_of_then = read_record(path / f"{target.name}.jsonl" if path.is_dir() else path)
    vendor = record_of_then.header["contract"]["vendor"]
    if vendor != target.contract.vendor:
        raise UsageProblem(
            f"--baseline {record_of_then.path}: is of {vendor}, target {target.name} is of {target.contract.vendor}"
        )
    return record_of_then


def _make_folder(report_dir: Path) -> None:
    try:
        report_dir.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UsageProblem(f"--report-dir {report_dir}: cannot be written to ({problem.strerror})") from None


def make_room(report_dir: Path) -> None:
    """Removes the records of the last run from the folder for them, so that what lies there is of one run.

    Leaves other files alone. Raises UsageProblem where nothing can be written.
    """
    try:
        for path in sorted(report_dir.glob("*.jsonl")):
            with path.open(encoding="utf-8", errors="replace") as lines:
                first = lines.readline(4096)
            if first.startswith('{"record": "header"'):
                path.unlink()
        with tempfile.TemporaryFile(dir=report_dir):
            pass
    except OSError as problem:
        raise UsageProblem(f"--report-dir {report_dir}: cannot be written to ({problem.strerror})") from None


def begin_journals(runs: Iterable[TargetRun]) -> None:
    """A journal for each live target. Raises UsageProblem where an earlier run left something to put back."""
    for run in runs:
        _make_folder(run.options.report_dir)
        if not run.target.embedded:
            run.journal = journal.begin(run.options.report_dir / f"{run.target.name}{journal.ENDING}", run.target)


def finish(runs: Sequence[TargetRun], *, complete: bool) -> list[Result]:
    """Ends the runs, putting everything back; no results when that was broken off."""
    try:
        with interrupts.finishing(PUTTING_BACK):
            return [run.finish(complete=complete) for run in runs]
    except KeyboardInterrupt:
        for line in [line for run in runs for line in run.journal.end()]:
            print(f"\ndriftgate: stopped before everything was put back: {line}", file=sys.stderr)  # noqa: T201
        return []


def overall(results: Iterable[Result]) -> Exit:
    """The exit code of a run over several targets: the worst of them, in the order of the gate."""
    codes = {result.exit for result in results}
    for code in (Exit.OWN_ERROR, Exit.VIOLATES, Exit.DRIFT, Exit.INCONCLUSIVE):
        if code in codes:
            return code
    return Exit.CONFORMS
