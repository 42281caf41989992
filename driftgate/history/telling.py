"""The words of a history, the same on the page, in Markdown and in a bug report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from driftgate.base.jsonvalue import printable
from driftgate.drift import Change
from driftgate.drift.report import counts
from driftgate.history.model import LeftOut, Life, Line, Run, Span, Timeline, Turn
from driftgate.report.evidence import place
from driftgate.report.words import SYMBOLS

_NAMED = 3  # changes of a run


def when(time: datetime) -> str:
    """A time to the minute, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M")


def runs_of(number: int) -> str:
    return f"{number} run" if number == 1 else f"{number} runs"


def all_of(number: int) -> str:
    return "in the only run" if number == 1 else f"in all {number} runs"


def span(each: Span, runs: Sequence[Run]) -> str:
    """A verdict with the time in which it held."""
    first, last = when(runs[each.first].started), when(runs[each.last].started)
    if each.runs == len(runs):
        return f"{each.word} {all_of(each.runs)}"
    if each.last == len(runs) - 1:
        return f"{each.word} since {first} ({runs_of(each.runs)})"
    told = first if each.first == each.last else f"{first} to {last}"
    return f"{each.word} {told} ({runs_of(each.runs)})"


def steady(line: Line, runs: int) -> str:
    """How often a requirement that never changed was judged."""
    judged = sum(each.runs for each in line.spans if each.word in line.known)
    return all_of(runs) if judged == runs else f"in {judged} of {runs_of(runs)}, not judged in the others"


def state(life: Life, runs: Sequence[Run]) -> str:
    """Whether a finding is still there."""
    if life.gone is not None:
        return "gone"
    return "present" if life.last == len(runs) - 1 else "not judged since"


def life(each: Life, runs: Sequence[Run]) -> str:
    """Since when a finding is there, and how often."""
    first, last = when(runs[each.first].started), when(runs[each.last].started)
    oldest = " (in the oldest run)" if each.first == 0 else ""
    told = f"first seen {first}{oldest}, last seen {last}"
    told += f", in {each.seen} of the {runs_of(each.judged)} that judged it since"
    told += f"; gone since {when(runs[each.gone].started)}" if each.gone is not None else ""
    return told + ("; intermittent" if each.intermittent else "")


def what(each: Life) -> str:
    """What a finding is about: its case, and where in the exchange."""
    return printable(" ".join(part for part in (each.finding["case"], place(each.finding)) if part))


def turn(each: Turn) -> str:
    """What is other than in the run before, in a line."""
    marks = [printable(f"{mark.what}: {mark.before} → {mark.after}") for mark in each.marks]
    return "; ".join([*([counts(each.changes)] if each.changes else []), *marks])


def named(changes: Sequence[Change]) -> tuple[list[str], str]:
    """The first changes by their rule and place, and how many more there are."""
    more = len(changes) - _NAMED
    return [f"{change.rule} {change.place}" for change in changes[:_NAMED]], f" and {more} more" if more > 0 else ""


def overall(timeline: Timeline) -> str:
    """How a target stands, and since when."""
    return span(timeline.overall[-1], timeline.runs)


def left_out(each: LeftOut) -> str:
    return printable(f"{each.path}: {each.why}")


def symbol(word: str) -> str:
    """The sign of a verdict; of one that is none, a dash."""
    return SYMBOLS.get(word, "–")
