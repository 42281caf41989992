"""Makes a history of runs: spans of verdicts, sightings of findings, transitions, and drift between snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.drift import Change, changes_between
from driftgate.history.model import (
    ABSENT,
    CatalogueRow,
    Circumstance,
    FindingHistory,
    History,
    LeftOut,
    RequirementHistory,
    Run,
    Timeline,
    Transition,
    spans_of,
)
from driftgate.history.read import read_folder
from driftgate.record.rows import RecordedFinding
from driftgate.report.view import TONES

MOST_SNAPSHOTS = 12  # of a target, of which every pair is compared: 132 pairs
MOST_PAIRS = 300  # of a target with more snapshots

_JUDGED = frozenset({"pass", "fail", "warn", "waived", "observed"})
_ORDER = ("fail", "error", "warn", "waived", "inconclusive", "untested", ABSENT, "pass", "observed")


def history(directory: Path) -> History:
    """The history that the records in a folder and below it show. Raises UsageError where there is none."""
    collection = read_folder(directory)
    if not collection.runs:
        raise UsageError(_nothing(directory, collection.left_out))
    targets = sorted({run.target for run in collection.runs})
    timelines = [_timeline([run for run in collection.runs if run.target == target], targets) for target in targets]
    # what needs somebody now comes first
    timelines.sort(key=lambda each: TONES.index(each.runs[-1].tone))
    return History(directory, tuple(timelines), tuple(collection.left_out))


def _nothing(directory: Path, left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return f"{directory}: holds no record, in no file *.jsonl"
    first, more = left_out[0], len(left_out) - 1
    others = f", and {more} more {'file is' if more == 1 else 'files are'} left out" if more else ""
    return f"{directory}: holds no record of a run: {first.path}: {first.why}{others}"


def _timeline(runs: Sequence[Run], targets: Sequence[tuple[str, str]]) -> Timeline:
    name, vendor = runs[0].target
    several = sum(each == name for each, _ in targets) > 1
    keys = list(dict.fromkeys(run.snapshot.key for run in runs))
    snapshots = tuple(keys.index(run.snapshot.key) for run in runs)
    return Timeline(
        name=f"{name} ({vendor})" if several else name,
        runs=tuple(runs),
        overall=tuple(spans_of([run.status for run in runs])),
        requirements=tuple(sorted(_requirements(runs), key=_worst_first)),
        findings=tuple(findings_of(runs)),
        transitions=tuple(_transitions(runs)),
        snapshots=snapshots,
        drift=_drift(runs, snapshots),
    )


def _requirements(runs: Sequence[Run]) -> Iterator[RequirementHistory]:
    """The requirements of all runs as their last catalogue had them."""
    rows: dict[str, CatalogueRow] = {}
    for run in reversed(runs):
        for row in run.catalogue:
            rows.setdefault(row.requirement, row)
    for requirement, row in rows.items():
        yield RequirementHistory(row, tuple(spans_of([run.words.get(requirement, ABSENT) for run in runs])))


def _worst_first(each: RequirementHistory) -> tuple[int, int]:
    """The worst verdict comes first, then what changed last."""
    return _ORDER.index(each.now), -each.spans[-1].first


def findings_of(runs: Sequence[Run]) -> list[FindingHistory]:
    """The history of every finding: those of the last run first, then those that were seen last."""
    sightings: dict[tuple[str, str], dict[int, RecordedFinding]] = {}
    for index, run in enumerate(runs):
        for finding in run.findings:
            sightings.setdefault((finding.requirement, finding.fingerprint), {})[index] = finding
    found = [_finding(runs, requirement, seen) for (requirement, _), seen in sightings.items()]
    return sorted(found, key=_urgency)


def _urgency(each: FindingHistory) -> tuple[bool, int, bool, int, str]:
    return each.gone is not None, -each.last, each.level != "must", each.first, each.finding.requirement


def _finding(runs: Sequence[Run], requirement: str, seen: Mapping[int, RecordedFinding]) -> FindingHistory:
    first, last = min(seen), max(seen)
    judged = [
        index for index in range(first, len(runs)) if index in seen or runs[index].words.get(requirement) in _JUDGED
    ]
    unsteady = any(row.reproduction and row.reproduction.intermittent for row in seen.values())
    return FindingHistory(
        finding=seen[last],
        level=next((each.level for each in runs[last].catalogue if each.requirement == requirement), ""),
        first=first,
        last=last,
        seen=len(seen),
        judged=len(judged),
        gone=next((index for index in judged if index > last), None),
        intermittent=unsteady or any(first < index < last and index not in seen for index in judged),
    )


def _transitions(runs: Sequence[Run]) -> Iterator[Transition]:
    """Each run against the one before it with the same profile: a run that asks less is no sign of a change."""
    latest: dict[str, int] = {}
    for index, run in enumerate(runs):
        if not run.usable:
            continue
        before = latest.get(run.header.profile, max(latest.values(), default=None))
        latest[run.header.profile] = index
        if before is None:
            continue
        then = runs[before]
        circumstances = tuple(_circumstances(then, run))
        changes = () if then.snapshot.key == run.snapshot.key else changes_between(then.snapshot, run.snapshot)
        if circumstances or changes:
            yield Transition(before, index, circumstances, changes)


def _circumstances(before: Run, after: Run) -> Iterator[Circumstance]:
    old, new = before.header, after.header
    sides = {
        "contract edition": (old.contract.edition, new.contract.edition),
        "suite": (old.suite, new.suite),
        "driftgate": (old.driftgate, new.driftgate),
        "profile": (old.profile, new.profile),
        "base URL": (old.target.base_url, new.target.base_url),
    }
    if old.target.embedded and new.target.embedded:
        del sides["base URL"]  # an embedded emulator has another port each time
    for what, (was, now) in sides.items():
        if was != now:
            yield Circumstance(what, was, now)


def _drift(runs: Sequence[Run], snapshots: Sequence[int]) -> dict[tuple[int, int], tuple[Change, ...]]:
    """The drift between snapshots: every pair of a few; of very many, neighbours, and each with the first and last."""
    kept = {number: run.snapshot for number, run in zip(snapshots, runs, strict=True)}
    wanted = list(permutations(kept, 2))
    if len(kept) > MOST_SNAPSHOTS:
        newest = snapshots[-1]
        near = [pair for now, then in pairwise(reversed(snapshots)) for pair in ((then, now), (now, then))]
        ends = [pair for each in reversed(kept) for pair in ((each, newest), (0, each))]
        distinct = dict.fromkeys(pair for pair in (*near, *ends) if pair[0] != pair[1])
        wanted = list(distinct)[:MOST_PAIRS]
    return {(before, after): changes_between(kept[before], kept[after]) for before, after in wanted}
