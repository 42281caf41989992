"""Heat maps of a history: what each target came to day by day, and what each requirement came to run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from driftgate.base.jsonvalue import printable
from driftgate.history.model import ABSENT, History, Run, Timeline

MOST_DAYS = 92
MOST_RUNS = 60
NO_RUN = ""
_EXITS = {0: "pass", 1: "fail", 6: "inconclusive"}  # by a run's exit code
_WORST_FIRST = ("fail", "error", "inconclusive", "pass", NO_RUN)


@dataclass(frozen=True)
class Row:
    """One line of a map: what it is about, where the page tells more, and a word for each column."""

    label: str
    anchor: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Heat:
    """A map whose columns are of these days, the oldest first. ``older``: columns that are not shown."""

    days: tuple[date, ...]
    rows: tuple[Row, ...]
    older: int

    @property
    def months(self) -> list[tuple[str, int]]:
        """The months, with how many columns they have."""
        return [(month, len(list(each))) for month, each in groupby(f"{day:%Y-%m}" for day in self.days)]

    @property
    def dates(self) -> list[tuple[str, str, int]]:
        """The days of the month, in full as well, with how many columns they have."""
        return [(f"{day:%d}", f"{day:%Y-%m-%d}", len(list(each))) for day, each in groupby(self.days)]


def word_of(run: Run) -> str:
    """What a run as a whole came to."""
    return _EXITS.get(run.exit, "error")


def by_day(history: History) -> Heat | None:
    """Targets × days; a cell is the worst run of its day. None where all runs are of one day."""
    days = sorted({run.started.date() for each in history.timelines for run in each.runs})
    if len(days) < 2:
        return None
    period = (days[-1] - days[0]).days + 1
    shown = [days[-1] - timedelta(days=back) for back in range(min(period, MOST_DAYS) - 1, -1, -1)]
    rows = [
        Row(printable(each.name), f"#t{number}", tuple(_of_days(each.runs, shown)))
        for number, each in enumerate(history.timelines, 1)
    ]
    return Heat(tuple(shown), tuple(rows), period - len(shown))


def _of_days(runs: Sequence[Run], days: Sequence[date]) -> list[str]:
    worst: dict[date, str] = {}
    for run in runs:
        day = run.started.date()
        worst[day] = min(word_of(run), worst.get(day, NO_RUN), key=_WORST_FIRST.index)
    return [worst.get(day, NO_RUN) for day in days]


def by_run(timeline: Timeline) -> Heat | None:
    """Requirements × runs, of the requirements that were ever broken or not judged. None of a single run."""
    runs, first = timeline.runs, max(0, len(timeline.runs) - MOST_RUNS)
    eventful = [each for each in timeline.requirements if each.eventful]
    if len(runs) < 2 or not eventful:
        return None
    vendor = runs[-1].header.contract.vendor
    rows = [
        Row(each.row.requirement.removeprefix(f"{vendor}."), "", tuple(_words(each.row.requirement, runs[first:])))
        for each in eventful
    ]
    return Heat(tuple(run.started.date() for run in runs[first:]), tuple(rows), first)


def _words(requirement: str, runs: Sequence[Run]) -> list[str]:
    words: list[Mapping[str, str]] = [run.words for run in runs]
    return [NO_RUN if each.get(requirement, ABSENT) == ABSENT else each[requirement] for each in words]
