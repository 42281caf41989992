"""What the runs of each target tell together: spans of verdicts, lives of findings, turns, and drift between states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.drift import Change, changes_between
from driftgate.history.model import (
    ABSENT,
    Asked,
    History,
    LeftOut,
    Life,
    Line,
    Mark,
    Run,
    Timeline,
    Turn,
    spans_of,
)
from driftgate.history.read import read_folder
from driftgate.record.record import Row

MOST_STATES = 12  # of a target, of which every pair is compared: 132 pairs
MOST_PAIRS = 300  # of a target with more states

_JUDGED = frozenset({"pass", "fail", "warn", "waived", "observed"})
_ORDER = ("fail", "error", "warn", "waived", "inconclusive", "untested", ABSENT, "pass", "observed")
_MARKED = {
    "contract edition": ("contract", "edition"),
    "suite": ("suite",),
    "driftgate": ("driftgate",),
    "profile": ("profile",),
    "base URL": ("target", "base_url"),
}


def history(directory: Path) -> History:
    """The history that the records in a folder and below it tell. Raises UsageProblem where there is none."""
    reading = read_folder(directory)
    if not reading.runs:
        raise UsageProblem(_nothing(directory, reading.left_out))
    targets = sorted({run.target for run in reading.runs})
    timelines = [_timeline([run for run in reading.runs if run.target == target], targets) for target in targets]
    return History(directory, tuple(timelines), tuple(reading.left_out))


def _nothing(directory: Path, left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return f"{directory}: holds no record, in no file *.jsonl"
    first, more = left_out[0], len(left_out) - 1
    others = f", and {more} more files are left out" if more else ""
    return f"{directory}: holds no record of a run: {first.path}: {first.why}{others}"


def _timeline(runs: Sequence[Run], targets: Sequence[tuple[str, str]]) -> Timeline:
    name, vendor = runs[0].target
    several = sum(each == name for each, _ in targets) > 1
    keys = list(dict.fromkeys(run.state.key for run in runs))
    states = tuple(keys.index(run.state.key) for run in runs)
    return Timeline(
        name=f"{name} ({vendor})" if several else name,
        runs=tuple(runs),
        overall=tuple(spans_of([run.status for run in runs])),
        lines=tuple(sorted(_lines(runs), key=_standing)),
        lives=tuple(lives(runs)),
        turns=tuple(_turns(runs)),
        states=states,
        pairs=_pairs(runs, states),
    )


def _lines(runs: Sequence[Run]) -> Iterator[Line]:
    """The requirements of all runs as they were last asked."""
    asked: dict[str, Asked] = {}
    for run in reversed(runs):
        for each in run.catalogue:
            asked.setdefault(each.requirement, each)
    for requirement, each in asked.items():
        yield Line(each, tuple(spans_of([run.words.get(requirement, ABSENT) for run in runs])))


def _standing(line: Line) -> tuple[int, int]:
    """What stands worst comes first, then what changed last."""
    return _ORDER.index(line.now), -line.spans[-1].first


def lives(runs: Sequence[Run]) -> list[Life]:
    """What became of every finding: those of the last run first, then those that were seen last."""
    sightings: dict[tuple[str, str], dict[int, Row]] = {}
    for place, run in enumerate(runs):
        for finding in run.findings:
            sightings.setdefault((finding["requirement"], finding["fingerprint"]), {})[place] = finding
    found = [_life(runs, requirement, seen) for (requirement, _), seen in sightings.items()]
    return sorted(found, key=_urgency)


def _urgency(life: Life) -> tuple[bool, int, bool, int, str]:
    requirement: str = life.finding["requirement"]
    return life.gone is not None, -life.last, life.level != "must", life.first, requirement


def _life(runs: Sequence[Run], requirement: str, seen: Mapping[int, Row]) -> Life:
    first, last = min(seen), max(seen)
    judged = [
        place for place in range(first, len(runs)) if place in seen or runs[place].words.get(requirement) in _JUDGED
    ]
    unsteady = any(
        row["reproduction"] and row["reproduction"]["seen"] < row["reproduction"]["attempts"] for row in seen.values()
    )
    return Life(
        finding=seen[last],
        level=next((each.level for each in runs[last].catalogue if each.requirement == requirement), ""),
        first=first,
        last=last,
        seen=len(seen),
        judged=len(judged),
        gone=next((place for place in judged if place > last), None),
        intermittent=unsteady or any(first < place < last and place not in seen for place in judged),
    )


def _turns(runs: Sequence[Run]) -> Iterator[Turn]:
    """Each run against the one before it; of the same profile, for one that asks less is no sign of a change."""
    latest: dict[str, int] = {}
    for place, run in enumerate(runs):
        if not run.usable:
            continue
        before = latest.get(run.header["profile"], max(latest.values(), default=None))
        latest[run.header["profile"]] = place
        if before is None:
            continue
        then = runs[before]
        marks = tuple(_marks(then, run))
        changes = () if then.state.key == run.state.key else changes_between(then.state, run.state)
        if marks or changes:
            yield Turn(before, place, marks, changes)


def _marks(before: Run, after: Run) -> Iterator[Mark]:
    for what, path in _MARKED.items():
        was, now = _at(before.header, path), _at(after.header, path)
        # an embedded emulator has another port each time
        embedded = before.header["target"]["embedded"] and after.header["target"]["embedded"]
        if was != now and not (what == "base URL" and embedded):
            yield Mark(what, was, now)


def _at(header: Row, path: Sequence[str]) -> str:
    value = header
    for key in path:
        value = value[key]
    return str(value)


def _pairs(runs: Sequence[Run], states: Sequence[int]) -> dict[tuple[int, int], tuple[Change, ...]]:
    """The drift between states: of every pair of a few; of very many, next to each other, with the first and last."""
    kept = {number: run.state for number, run in zip(states, runs, strict=True)}
    wanted = list(permutations(kept, 2))
    if len(kept) > MOST_STATES:
        newest = states[-1]
        near = [pair for now, then in pairwise(reversed(states)) for pair in ((then, now), (now, then))]
        ends = [pair for each in reversed(kept) for pair in ((each, newest), (0, each))]
        distinct = dict.fromkeys(pair for pair in (*near, *ends) if pair[0] != pair[1])
        wanted = list(distinct)[:MOST_PAIRS]
    return {(before, after): changes_between(kept[before], kept[after]) for before, after in wanted}
