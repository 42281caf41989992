"""Runs a tool on conforming emulators, on variants and on faults, and works out its figures."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.served import served
from benchmarks.tools import Tool, ToolFailed
from driftgate.contract import Level, load_contract
from driftgate.emulator import EMULATORS, Emulator
from driftgate.emulator.faults import FAULTS, faulty
from driftgate.emulator.variants import VARIANTS, varied

CONFORMING_RUNS = 3


@dataclass(frozen=True)
class Ran:
    """One run of a tool on one emulator."""

    findings: frozenset[str]
    requests: int
    seconds: float
    error: str = ""


def must_faults(vendor: str) -> list[str]:
    """The faults that break at least one MUST, in the order of the catalogue."""
    contract = load_contract(vendor)
    return [
        name
        for name, fault in FAULTS[vendor].items()
        # other tools judge a run's answers, not what many of them come to
        if not fault.stateful
        and any(contract.requirement(requirement).level is Level.MUST for requirement in fault.breaks)
    ]


def ran(tool: Tool, emulator: Emulator) -> Ran:
    """A run of a tool on a fresh emulator; the time is that of the tool alone."""
    with tempfile.TemporaryDirectory() as folder, served(emulator) as subject:
        begin = time.perf_counter()
        findings, error = frozenset[str](), ""
        try:
            findings = tool.findings(subject, Path(folder))
        except ToolFailed as failed:
            error = str(failed)
        return Ran(findings, subject.counter.requests, time.perf_counter() - begin, error)


def figures(tool: Tool, vendor: str, every: int, jobs: int) -> dict[str, Any]:
    """What a tool does for a vendor. Every tool gets each ``every``th MUST fault, a whole one gets the others too."""
    faults = must_faults(vendor)
    sample = faults[::every]
    conforming = _all(tool, [EMULATORS[vendor]] * CONFORMING_RUNS, jobs)
    usual = frozenset[str]().union(*(run.findings for run in conforming))
    if all(run.error for run in conforming):
        return {"error": conforming[0].error}
    variants = dict(
        zip(VARIANTS[vendor], _all(tool, [_variant(vendor, name) for name in VARIANTS[vendor]], jobs), strict=True)
    )
    chosen = faults if tool.whole else sample
    runs = dict(zip(chosen, _all(tool, [_fault(vendor, name) for name in chosen], jobs), strict=True))
    result = {
        "conforming": {"runs": CONFORMING_RUNS, "findings": sorted(usual)},
        "variants": _variants(variants, usual),
        "sample": _found({name: runs[name] for name in sample}, usual),
    }
    return {**result, "all": _found(runs, usual)} if tool.whole else result


def _all(tool: Tool, makers: Sequence[Callable[[], Emulator]], jobs: int) -> list[Ran]:
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda maker: ran(tool, maker()), makers))


def _variant(vendor: str, name: str) -> Callable[[], Emulator]:
    return lambda: varied(vendor, name)


def _fault(vendor: str, name: str) -> Callable[[], Emulator]:
    return lambda: faulty(vendor, [name])


def _variants(runs: Mapping[str, Ran], usual: frozenset[str]) -> dict[str, Any]:
    """How many variants are complained of at all, and of which there is a complaint that the plain emulator lacks."""
    return {
        "runs": len(runs),
        "with_findings": sum(1 for run in runs.values() if run.findings),
        "with_new_findings": {name: sorted(run.findings - usual) for name, run in runs.items() if run.findings - usual},
        "errors": _errors(runs),
    }


def _found(runs: Mapping[str, Ran], usual: frozenset[str]) -> dict[str, Any]:
    found = [name for name, run in runs.items() if run.findings - usual]
    return {
        "faults": len(runs),
        "found": len(found),
        "found_names": found,
        "missed_names": [name for name in runs if name not in found],
        "requests_total": sum(run.requests for run in runs.values()),
        "requests_median": median(run.requests for run in runs.values()),
        "seconds_median": round(median(run.seconds for run in runs.values()), 2),
        "seconds_total": round(sum(run.seconds for run in runs.values()), 1),
        "errors": _errors(runs),
    }


def _errors(runs: Mapping[str, Ran]) -> dict[str, str]:
    return {name: run.error for name, run in runs.items() if run.error}
