"""The words of a history, the same on the page, in Markdown and in a bug report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from driftgate.base.jsonvalue import printable
from driftgate.drift import Change
from driftgate.drift.report import counts
from driftgate.history.model import FindingHistory, LeftOut, RequirementHistory, Run, Span, Timeline, Transition
from driftgate.report.evidence import where
from driftgate.report.words import SYMBOLS

_MOST_CHANGES = 3  # of a run


def moment(time: datetime) -> str:
    """A time to the minute, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M")


def runs_of(number: int) -> str:
    return f"{number} run" if number == 1 else f"{number} runs"


def all_of(number: int) -> str:
    return "in the only run" if number == 1 else f"in all {number} runs"


def span(each: Span, runs: Sequence[Run]) -> str:
    """A verdict with the time in which it held."""
    first, last = moment(runs[each.first].started), moment(runs[each.last].started)
    if each.runs == len(runs):
        return f"{each.word} {all_of(each.runs)}"
    if each.last == len(runs) - 1:
        return f"{each.word} since {first} ({runs_of(each.runs)})"
    time = first if each.first == each.last else f"{first} to {last}"
    return f"{each.word} {time} ({runs_of(each.runs)})"


def steady(each: RequirementHistory, runs: int) -> str:
    """How often a requirement that never changed was judged."""
    judged = sum(span.runs for span in each.spans if span.word in each.known)
    return all_of(runs) if judged == runs else f"in {judged} of {runs_of(runs)}, not judged in the others"


def state(each: FindingHistory, runs: Sequence[Run]) -> str:
    """Whether a finding is still there."""
    if each.gone is not None:
        return "gone"
    return "present" if each.last == len(runs) - 1 else "not judged since"


def sightings(each: FindingHistory, runs: Sequence[Run]) -> str:
    """When a finding was first and last seen, and how often."""
    first, last = moment(runs[each.first].started), moment(runs[each.last].started)
    oldest = " (in the oldest run)" if each.first == 0 else ""
    text = f"first seen {first}{oldest}, last seen {last}"
    text += f", in {each.seen} of the {runs_of(each.judged)} that judged it since"
    text += f"; gone since {moment(runs[each.gone].started)}" if each.gone is not None else ""
    return text + ("; intermittent" if each.intermittent else "")


def what(each: FindingHistory) -> str:
    """What a finding is about: its case, and where in the exchange it is."""
    return printable(where(each.finding))


def transition(each: Transition) -> str:
    """How a run differs from the one before, in a line."""
    circumstances = [printable(f"{one.what}: {one.before} → {one.after}") for one in each.circumstances]
    return "; ".join([*([counts(each.changes)] if each.changes else []), *circumstances])


def first_changes(changes: Sequence[Change]) -> tuple[list[str], str]:
    """The first changes by their rule and location, and how many more there are."""
    more = len(changes) - _MOST_CHANGES
    shown = [f"{change.rule} {change.location}" for change in changes[:_MOST_CHANGES]]
    return shown, f" and {more} more" if more > 0 else ""


def overall(timeline: Timeline) -> str:
    """The result of a target's newest run, and since when it has been so."""
    return span(timeline.overall[-1], timeline.runs)


def left_out(each: LeftOut) -> str:
    return printable(f"{each.path}: {each.why}")


def symbol(word: str) -> str:
    """The sign of a verdict; of one that is none, a dash."""
    return SYMBOLS.get(word, "–")
