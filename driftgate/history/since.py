"""Since when requirements are violated, by the earlier runs of a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from driftgate.history.model import UNKNOWN, Run
from driftgate.history.read import read_folder
from driftgate.report.result import Result, Since

_VIOLATED = frozenset({"fail", "warn", "waived"})


def with_since(results: Sequence[Result], directory: Path) -> list[Result]:
    """The results with what the records in a folder and below it know of their violations. Raises UsageError."""
    runs = read_folder(directory).runs
    return [replace(result, since=since_of(result, runs)) for result in results]


def since_of(result: Result, runs: Sequence[Run]) -> dict[str, Since]:
    """When each violated requirement of a result was first violated without being kept since, by id.

    ``runs`` are sorted, oldest first. A requirement that no earlier run judged is left out.
    """
    record = result.record
    target = record.header.target.name, record.header.contract.vendor
    others = [run for run in runs if run.target == target and run.digest != record.footer.digest and run.usable]
    earlier = [run for run in others if run.header.started < record.header.started]
    violated = [row.requirement for row in record.verdicts if row.verdict == "fail"]
    found = {requirement: _since(requirement, earlier, record.header.started) for requirement in violated}
    return {requirement: since for requirement, since in found.items() if since is not None}


def _since(requirement: str, earlier: Sequence[Run], now: str) -> Since | None:
    judged = [run for run in earlier if run.words.get(requirement, "absent") not in UNKNOWN]
    if not judged:
        return None
    streak = list(takewhile(lambda run: run.words[requirement] in _VIOLATED, reversed(judged)))
    first = streak[-1].header.started if streak else now
    return Since(first, runs=len(streak) + 1, kept_before=len(streak) < len(judged))
