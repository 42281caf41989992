"""The kill matrix: every fault and every variant, judged as a live target. Writes docs/power.md; fails on any gap.

Run it with ``tox -e power``. ``--runs N`` repeats it and demands the same result each time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from driftgate.contract import Level, load_contract
from driftgate.emulator import EMULATORS
from driftgate.emulator.faults import FAULTS
from driftgate.emulator.variants import VARIANTS, varied
from tests.harness import STATEFUL, Judged, judge, judge_emulator

PAGE = Path(__file__).parent.parent / "docs" / "power.md"
BEGIN, END = "<!-- begin of the generated matrix -->", "<!-- end of the generated matrix -->"

Task = tuple[str, str, str]


@dataclass(frozen=True)
class Row:
    """One server and what the suites said of it; ``gap`` is empty when they said what they must.

    ``causes`` are the sentences by which the reports name what is wrong, one for each probable cause.
    """

    kind: str
    vendor: str
    name: str
    noticed: tuple[str, ...]
    level: str
    requests: int
    causes: tuple[str, ...]
    gap: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(os.cpu_count() or 1, maxtasksperchild=100) as pool:
        runs = [pool.map(_judged, list(_tasks()), chunksize=4) for _ in range(given.runs)]
    minutes = (time.monotonic() - began) / 60 / given.runs
    rows = runs[0]
    gaps = [f"{row.vendor} {row.name}: {row.gap}" for row in rows if row.gap]
    gaps += [f"run {number} differs from run 1" for number, run in enumerate(runs[1:], 2) if run != rows]
    _write(rows, minutes, given.runs)
    print("\n".join([*_summary(rows), *gaps]))
    print(f"{len(rows) - len(gaps)} passed, {len(gaps)} failed")
    return 1 if gaps else 0


def _tasks() -> Iterable[Task]:
    for vendor in sorted(EMULATORS):
        yield "conforming", vendor, "conforming"
        yield from (("variant", vendor, name) for name in VARIANTS[vendor])
        yield from (("fault", vendor, name) for name in FAULTS[vendor])


def _judged(task: Task) -> Row:
    kind, vendor, name = task
    if kind == "fault":
        judged = judge(vendor, [name], STATEFUL if FAULTS[vendor][name].stateful else ())
        gap = _gap_of_fault(vendor, name, judged)
    else:
        made = EMULATORS[vendor] if kind == "conforming" else partial(varied, vendor, name)
        judged, lives = judge_emulator(made()), judge_emulator(made(), STATEFUL)
        gap = _gap_of_conforming(vendor, judged) or _gap_of_conforming(vendor, lives)
    noticed, level = tuple(sorted(judged.failed())), _level(vendor, judged)
    causes = tuple(cause.says for cause in judged.causes())
    return Row(kind, vendor, name, noticed, level, judged.requests, causes, gap)


def _level(vendor: str, judged: Judged) -> str:
    contract = load_contract(vendor)
    levels = {contract.requirement(each).level for each in judged.failed()}
    return next((str(level) for level in (Level.MUST, Level.SHOULD) if level in levels), "")


def _gap_of_fault(vendor: str, name: str, judged: Judged) -> str:
    fault = FAULTS[vendor][name]
    missed = set(fault.breaks) - judged.failed()
    others = judged.failed() - set(fault.breaks) - set(fault.strays)
    # the form of a member that is never sent cannot be judged, which leaves the gate open no more
    unsent = any(row.get("untested") == "target" and row["level"] == "must" for row in judged.of("verdict"))
    wanted = 1 if _level(vendor, judged) == "must" else 6 if unsent else 0
    told = [f"missed by {', '.join(sorted(missed))}"] if missed else []
    told += [f"noticed by {', '.join(sorted(others))} too"] if others else []
    told += [f"exit code {judged.exit}"] if judged.exit != wanted else []
    return "; ".join(told)


def _gap_of_conforming(vendor: str, judged: Judged) -> str:
    return f"exit code {judged.exit}: {sorted(judged.failed())}" if judged.exit else ""


def _summary(rows: list[Row]) -> list[str]:
    lines = [
        "| vendor | faults of a MUST found | faults of a SHOULD found | false alarms on conforming servers | requests, conforming | requests, at most | requests of stateful tests, at most |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for vendor in sorted(EMULATORS):
        own = [row for row in rows if row.vendor == vendor]
        servers = [row for row in own if row.kind != "fault"]
        counts = [_found(own, "must"), _found(own, "should")]
        alarms = f"{sum(bool(row.gap) for row in servers)} of {len(servers)}"
        clean = next(row.requests for row in servers if row.kind == "conforming")
        lived = [row.requests for row in own if row.kind == "fault" and FAULTS[vendor][row.name].stateful]
        others = [row.requests for row in own if row.kind != "fault" or not FAULTS[vendor][row.name].stateful]
        lines.append(f"| {vendor} | {' | '.join(counts)} | {alarms} | {clean} | {max(others)} | {max(lived)} |")
    return lines


def _causes(rows: list[Row]) -> list[str]:
    """How many faults the reports tell as one cause, and the others."""
    faults = [row for row in rows if row.kind == "fault"]
    several = [row for row in faults if len(row.causes) > 1]
    told = f"{len(faults) - len(several)} of {len(faults)} faults are reported as one probable cause."
    return [told, *(f"- `{row.name}` of {row.vendor} as {len(row.causes)}: {' '.join(row.causes)}" for row in several)]


def _found(rows: list[Row], level: str) -> str:
    of_level = [row for row in rows if row.kind == "fault" and _promised(row) == level]
    return f"{sum(not row.gap for row in of_level)} of {len(of_level)}"


def _promised(row: Row) -> str:
    contract = load_contract(row.vendor)
    levels = {contract.requirement(each).level for each in FAULTS[row.vendor][row.name].breaks}
    return "must" if Level.MUST in levels else "should"


def _write(rows: list[Row], minutes: float, runs: int) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    took = f"{len(rows)} servers, {minutes:.1f} minutes on {os.cpu_count()} cores, {runs} run(s) with the same result."
    lines = [BEGIN, "", *_summary(rows), "", took, "", *_causes(rows), ""]
    for vendor in sorted(EMULATORS):
        lines += [
            f"### Faults of {vendor}",
            "",
            "| fault | what the server does | noticed by | requests |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_line(row) for row in rows if row.vendor == vendor and row.kind == "fault"]
        lines += [
            "",
            f"### Conforming variants of {vendor}",
            "",
            "| variant | what the server does | broken SHOULD | requests |",
            "| --- | --- | --- | --- |",
        ]
        lines += [_line(row) for row in rows if row.vendor == vendor and row.kind == "variant"]
        lines.append("")
    PAGE.write_text(before + "\n".join([*lines, END]) + after, encoding="utf-8")


def _line(row: Row) -> str:
    says = FAULTS[row.vendor][row.name].says if row.kind == "fault" else (VARIANTS[row.vendor][row.name].__doc__ or "")
    noticed = ", ".join(f"`{each.partition('.')[2]}`" for each in row.noticed) or "-"
    return f"| `{row.name}` | {' '.join(says.split())} | {noticed} | {row.requests} |"


if __name__ == "__main__":
    sys.exit(main())
