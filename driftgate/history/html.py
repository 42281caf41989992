"""Renders a history as one self-contained HTML page. Its one script chooses among tables that are there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from driftgate.base.jsonvalue import printable
from driftgate.drift import Change, Severity, describe_run
from driftgate.drift.report import counts
from driftgate.history import describe, heat
from driftgate.history.model import (
    FindingHistory,
    History,
    RequirementHistory,
    Run,
    Span,
    Timeline,
    Transition,
    spans_of,
)
from driftgate.report.html import render_template, script_digest
from driftgate.report.view import facts

_MOST_TRANSITIONS = 200  # of one target
_MOST_TABLES = 20  # of those, with their changes
_MOST_SPANS = 50  # of one requirement
_LABELLED = 5  # spans in the text that stands for a band
_MARKS = {
    Severity.BREAKING: ("fail", "✗"),
    Severity.WARNING: ("warn", "!"),
    Severity.INFO: ("observed", "·"),
}
_STATES = {"present": "fail", "gone": "pass", "not judged since": "untested"}
_KEYS = ("pass", "observed", "fail", "warn", "waived", "inconclusive", "untested")

# the drawings
# of a band, in the SVG's units; the trend is as wide, so that a run has the same x in both
WIDTH, HEIGHT = 1000, 24
TREND = 160  # the height of the trend
_LEAST = 6  # width of a span, so that a single run of a thousand can be seen
_MOST_POINTS = 400
_ONE_IN = 50  # runs may be above the upper end of the trend
# how high each verdict is drawn, so that no colour is needed to see which it is
_HEIGHTS = {"pass": 6, "observed": 6, "untested": 3, "absent": 0, "inconclusive": 10, "waived": 14, "warn": 16}


@dataclass(frozen=True)
class Trend:
    """Median and 95th percentile of the runs as the points of lines, and the scale's upper end in milliseconds.

    ``between``: the points around the area from the one to the other. ``cut``: what took longer than ``top`` is drawn
    at the upper end.
    """

    medians: str
    p95s: str
    between: str
    top: float
    cut: bool


@dataclass(frozen=True)
class RequirementView:
    """The verdicts of one requirement."""

    slug: str
    level: str
    says: str
    word: str
    symbol: str
    when: str
    spans: tuple[str, ...]
    band: list[tuple[str, str]]
    label: str


@dataclass(frozen=True)
class FindingView:
    """A finding's first and last sighting."""

    slug: str
    level: str
    what: str
    fingerprint: str
    waived: bool
    state: str
    word: str
    symbol: str
    sightings: str
    expected: str
    actual: str


@dataclass(frozen=True)
class TransitionView:
    """A run that differs from the one before; the newest are ``shown`` with a table of their changes."""

    time: str
    severity: str
    word: str
    symbol: str
    summary: str
    first_changes: str
    changes: tuple[Change, ...]
    command: str
    shown: bool


@dataclass(frozen=True)
class RunView:
    """One run, as a row and as an option to choose. ``quoted`` is the path for a shell."""

    time: str
    when: str
    status: str
    requests: int
    latency: str
    edition: str
    profile: str
    path: str
    quoted: str
    snapshot: int


@dataclass(frozen=True)
class TimelineView:
    """One target. ``runs`` are the newest first; ``drift`` is (snapshot, snapshot, how many changes, the changes)."""

    name: str
    raw_name: str
    anchor: str
    tone: str
    overall: str
    counts: str
    facts: tuple[tuple[str, str], ...]
    first: str
    last: str
    band: list[tuple[str, str]]
    label: str
    ticks: tuple[float, ...]
    eventful: tuple[RequirementView, ...]
    steady: tuple[RequirementView, ...]
    findings: tuple[FindingView, ...]
    differing: str
    transitions: tuple[TransitionView, ...]
    runs: tuple[RunView, ...]
    drift: tuple[tuple[int, int, str, tuple[Change, ...]], ...]
    trend: Trend | None
    latency: str
    heat: heat.Heat | None


def render(history: History) -> str:
    """The page about all targets of a history."""
    return render_template(
        "history.html.j2",
        timelines=[_Arranged(each, f"t{number}").view() for number, each in enumerate(history.timelines, 1)],
        days=heat.by_day(history),
        left_out=list(map(describe.left_out, history.left_out)),
        digest=script_digest(render_template("history.js")),
        keys=[(word, path) for word in _KEYS for word, path in band([Span(word, 0, 0)], 1)],
        width=WIDTH,
        height=HEIGHT,
        trend_height=TREND,
    )


class _Arranged:
    """Arranges one timeline."""

    def __init__(self, timeline: Timeline, anchor: str) -> None:
        self._timeline = timeline
        self._runs = timeline.runs
        self._anchor = anchor
        self._vendor = timeline.runs[-1].header.contract.vendor

    def view(self) -> TimelineView:
        timeline, runs = self._timeline, self._runs
        overall = overall_spans(runs)
        return TimelineView(
            name=printable(timeline.name),
            raw_name=printable(runs[-1].header.target.name),
            anchor=self._anchor,
            tone=runs[-1].tone,
            overall=describe.overall(timeline),
            counts=self._counts(),
            facts=facts(runs[-1].header, ("runs", self._period())),
            first=describe.moment(runs[0].started),
            last=describe.moment(runs[-1].started),
            band=band(overall, len(runs)),
            label="The target as a whole: " + "; ".join(self._spans(timeline.overall)[:_LABELLED]),
            ticks=tuple(self._ticks()),
            eventful=tuple(self._requirement(each) for each in timeline.requirements if each.eventful),
            steady=tuple(self._requirement(each) for each in timeline.requirements if not each.eventful),
            findings=tuple(map(self._finding, timeline.findings)),
            differing=self._differing(),
            transitions=tuple(self._transitions()),
            runs=tuple(self._run(index) for index in range(len(runs) - 1, -1, -1)),
            drift=tuple((*pair, counts(changes), changes) for pair, changes in timeline.drift.items()),
            trend=trend(runs),
            latency=self._latency(),
            heat=heat.by_run(timeline),
        )

    def _counts(self) -> str:
        there = sum(describe.state(each, self._runs) != "gone" for each in self._timeline.findings)
        gone = len(self._timeline.findings) - there
        findings = f"{there} {'finding' if there == 1 else 'findings'} present, {gone} gone"
        newest = describe.moment(self._runs[-1].started)
        runs = f"{len(self._runs)} runs, the newest {newest}" if len(self._runs) > 1 else f"1 run, {newest}"
        return f"{runs} · {findings if self._timeline.findings else 'never a finding'}"

    def _period(self) -> str:
        first, last = describe.moment(self._runs[0].started), describe.moment(self._runs[-1].started)
        return f"{len(self._runs)}, from {first} to {last}"

    def _ticks(self) -> Iterator[float]:
        """Where something else was asked."""
        for each in self._timeline.transitions:
            if any(one.what in ("contract edition", "suite") for one in each.circumstances):
                yield edge(each.after, len(self._runs))

    def _spans(self, spans: tuple[Span, ...]) -> list[str]:
        """The newest first."""
        shown = [describe.span(span, self._runs) for span in spans[: -_MOST_SPANS - 1 : -1]]
        more = len(spans) - len(shown)
        return [*shown, f"and {more} earlier ones"] if more else shown

    def _requirement(self, each: RequirementHistory) -> RequirementView:
        spans = self._spans(each.spans)
        slug = each.row.requirement.removeprefix(f"{self._vendor}.")
        before = f"; before: {spans[1]}" if len(spans) > 1 else ""
        word = each.now if each.eventful else each.known[-1]
        return RequirementView(
            slug=slug,
            level=each.row.level,
            says=each.row.says,
            word=word,
            symbol=describe.symbol(word),
            when=f"{spans[0]}{before}" if each.eventful else describe.steady(each, len(self._runs)),
            spans=tuple(spans),
            band=band(each.spans, len(self._runs)),
            label=f"{slug}: " + "; ".join(spans[:_LABELLED]),
        )

    def _finding(self, each: FindingHistory) -> FindingView:
        state = describe.state(each, self._runs)
        word = "waived" if state == "present" and each.finding.waived else _STATES[state]
        return FindingView(
            slug=each.finding.requirement.removeprefix(f"{self._vendor}."),
            level=each.level,
            what=describe.what(each),
            fingerprint=each.finding.fingerprint,
            waived=each.finding.waived,
            state=state,
            word=word,
            symbol=describe.symbol(word),
            sightings=describe.sightings(each, self._runs),
            expected=printable(each.finding.expected),
            actual=printable(each.finding.actual),
        )

    def _differing(self) -> str:
        number = len(self._timeline.transitions)
        verb = "differs" if number == 1 else "differ"
        text = f"{describe.runs_of(number)} of {len(self._runs)} {verb} from the one before"
        shown = f"the newest {_MOST_TRANSITIONS} are shown" if number > _MOST_TRANSITIONS else "the newest first"
        return f"{text}; {shown}"

    def _transitions(self) -> Iterator[TransitionView]:
        newest_first = self._timeline.transitions[: -_MOST_TRANSITIONS - 1 : -1]
        for number, each in enumerate(newest_first):
            yield self._transition(each, shown=number < _MOST_TABLES)

    def _transition(self, each: Transition, *, shown: bool) -> TransitionView:
        changes, more = describe.first_changes(each.changes)
        word, symbol = _MARKS[each.worst] if each.worst is not None else ("", "")
        return TransitionView(
            time=describe.moment(self._runs[each.after].started),
            severity="" if each.worst is None else str(each.worst),
            word=word,
            symbol=symbol,
            summary=describe.transition(each),
            first_changes=printable(", ".join(changes) + more),
            changes=each.changes,
            command=f"driftgate drift {self._quoted(each.before)} {self._quoted(each.after)}",
            shown=shown,
        )

    def _quoted(self, index: int) -> str:
        return printable(shlex.quote(str(self._runs[index].path)))

    def _run(self, index: int) -> RunView:
        run = self._runs[index]
        return RunView(
            time=describe.moment(run.started),
            when=printable(describe_run(run.header)),
            status=run.status,
            requests=run.requests,
            latency=str(run.latency or ""),
            edition=printable(run.header.contract.edition),
            profile=run.header.profile,
            path=printable(str(run.path)),
            quoted=self._quoted(index),
            snapshot=self._timeline.snapshots[index],
        )

    def _latency(self) -> str:
        medians = [run.latency.median for run in self._runs if run.latency]
        if not medians:
            return ""
        if len(self._runs) == 1:
            return f"Median of {medians[0]:.0f} ms"
        return (
            f"Median of {medians[0]:.0f} ms in the first run and {medians[-1]:.0f} ms in the newest; "
            f"least {min(medians):.0f} ms, most {max(medians):.0f} ms"
        )


def band(spans: Sequence[Span], runs: int) -> list[tuple[str, str]]:
    """The spans as one SVG path for each verdict. The rarest is drawn last, and none is too narrow to be seen."""
    paths: dict[str, list[str]] = {}
    for span in spans:
        width = max(span.runs / runs * WIDTH, _LEAST)
        left = min(span.first / runs * WIDTH, WIDTH - width)
        height = _HEIGHTS.get(span.word, HEIGHT)
        paths.setdefault(span.word, []).append(f"M{left:g} {HEIGHT}h{width:.4g}v-{height}h-{width:.4g}z")
    runs_by_word = {word: sum(span.runs for span in spans if span.word == word) for word in paths}
    return [(word, "".join(paths[word])) for word in sorted(paths, key=lambda word: -runs_by_word[word])]


def overall_spans(runs: Sequence[Run]) -> list[Span]:
    """The runs as spans of their overall verdicts."""
    return list(spans_of(list(map(heat.word_of, runs))))


def trend(runs: Sequence[Run]) -> Trend | None:
    """The trend of the latency; of very many runs the slowest of each stretch. None where nothing was answered."""
    seen = [(index, run.latency) for index, run in enumerate(runs) if run.latency]
    if not seen:
        return None
    slowest = sorted(latency.p95 for _, latency in seen)
    # one outage would flatten months
    top = slowest[-1 - len(slowest) // _ONE_IN] or 1.0
    medians = [(middle(index, len(runs)), latency.median) for index, latency in seen]
    p95s = [(middle(index, len(runs)), latency.p95) for index, latency in seen]
    lower, upper = _polyline(medians, top), _polyline(p95s, top)
    around = " ".join([*lower, *reversed(upper)])
    return Trend(" ".join(lower), " ".join(upper), around, top, cut=slowest[-1] > top)


def _polyline(points: Sequence[tuple[float, float]], top: float) -> list[str]:
    stretch = -(-len(points) // _MOST_POINTS)
    thinned = [
        max(points[start : start + stretch], key=lambda point: point[1]) for start in range(0, len(points), stretch)
    ]
    if len(thinned) == 1:  # a line across, for a point cannot be seen
        thinned = [(0, thinned[0][1]), (WIDTH, thinned[0][1])]
    return [f"{x:g},{TREND - min(value / top, 1) * TREND:.1f}" for x, value in thinned]


def middle(index: int, runs: int) -> float:
    """The middle of a run's part of a band."""
    return round((index + 0.5) / runs * WIDTH, 1)


def edge(index: int, runs: int) -> float:
    """Where a run's part of a band begins."""
    return round(index / runs * WIDTH, 1)
