"""Before and after the runs: one for each target that the options ask for, room for their records, one exit code."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from driftgate import waivers
from driftgate.emulator import EMULATORS
from driftgate.errors import UsageProblem
from driftgate.options import Options
from driftgate.record import Record
from driftgate.recordfile import read_record
from driftgate.result import Result
from driftgate.run import TargetRun
from driftgate.target import Target, resolve
from driftgate.verdict import Exit


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


def make_room(report_dir: Path) -> None:
    """Makes the folder for records and removes those of the last run, so that what lies there is of one run.

    Leaves other files alone. Raises UsageProblem where nothing can be written.
    """
    try:
        report_dir.mkdir(parents=True, exist_ok=True)
        for path in sorted(report_dir.glob("*.jsonl")):
            with path.open(encoding="utf-8", errors="replace") as lines:
                first = lines.readline(4096)
            if first.startswith('{"record": "header"'):
                path.unlink()
        with tempfile.TemporaryFile(dir=report_dir):
            pass
    except OSError as problem:
        raise UsageProblem(f"--report-dir {report_dir}: cannot be written to ({problem.strerror})") from None


def overall(results: Iterable[Result]) -> Exit:
    """The exit code of a run over several targets: the worst of them, in the order of the gate."""
    codes = {result.exit for result in results}
    for code in (Exit.OWN_ERROR, Exit.VIOLATES, Exit.DRIFT, Exit.INCONCLUSIVE):
        if code in codes:
            return code
    return Exit.CONFORMS
