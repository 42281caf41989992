"""The history as one self-contained HTML page. Its one script chooses among tables that are there."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from driftgate.base.jsonvalue import printable
from driftgate.drift import Change, Severity, when
from driftgate.drift.report import counts
from driftgate.history import plot, telling
from driftgate.history.model import History, Life, Line, Span, Timeline
from driftgate.report.html import render

_MOST_TURNS = 200  # of one target
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


@dataclass(frozen=True)
class LineView:
    """A requirement's timeline."""

    slug: str
    level: str
    says: str
    word: str
    symbol: str
    told: str
    spans: tuple[str, ...]
    band: list[tuple[str, str]]
    label: str


@dataclass(frozen=True)
class LifeView:
    """A finding's first and last sighting."""

    slug: str
    level: str
    what: str
    fingerprint: str
    waived: bool
    state: str
    word: str
    symbol: str
    told: str
    expected: str
    actual: str


@dataclass(frozen=True)
class TurnView:
    """A run that differs from the one before; the newest are ``shown`` with a table of their changes."""

    time: str
    severity: str
    word: str
    symbol: str
    told: str
    named: str
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
    state: int


@dataclass(frozen=True)
class TimelineView:
    """One target. ``runs`` are the newest first; ``pairs`` are (state, state, how many changes, the changes)."""

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
    eventful: tuple[LineView, ...]
    steady: tuple[LineView, ...]
    lives: tuple[LifeView, ...]
    turned: str
    turns: tuple[TurnView, ...]
    runs: tuple[RunView, ...]
    pairs: tuple[tuple[int, int, str, tuple[Change, ...]], ...]
    trend: plot.Trend | None
    latency: str


def page(history: History) -> str:
    """The page on all targets of a history."""
    script = render("history.js")
    return render(
        "history.html.j2",
        timelines=[_Shown(each, f"t{number}").view() for number, each in enumerate(history.timelines, 1)],
        left_out=list(map(telling.left_out, history.left_out)),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        keys=[(word, path) for word in _KEYS for word, path in plot.band([Span(word, 0, 0)], 1)],
        width=plot.WIDTH,
        height=plot.HEIGHT,
        trend_height=plot.TREND,
    )


class _Shown:
    """Arranges one timeline."""

    def __init__(self, timeline: Timeline, anchor: str) -> None:
        self._timeline = timeline
        self._runs = timeline.runs
        self._anchor = anchor
        self._vendor = timeline.runs[-1].header["contract"]["vendor"]

    def view(self) -> TimelineView:
        timeline, runs = self._timeline, self._runs
        overall = plot.overall(runs)
        return TimelineView(
            name=printable(timeline.name),
            raw_name=printable(runs[-1].header["target"]["name"]),
            anchor=self._anchor,
            tone=runs[-1].tone,
            overall=telling.overall(timeline),
            counts=self._counts(),
            facts=tuple((label, printable(text)) for label, text in self._facts()),
            first=telling.when(runs[0].started),
            last=telling.when(runs[-1].started),
            band=plot.band(overall, len(runs)),
            label="The target as a whole: " + "; ".join(self._spans(timeline.overall)[:_LABELLED]),
            ticks=tuple(self._ticks()),
            eventful=tuple(self._line(line) for line in timeline.lines if line.eventful),
            steady=tuple(self._line(line) for line in timeline.lines if not line.eventful),
            lives=tuple(map(self._life, timeline.lives)),
            turned=self._turned(),
            turns=tuple(self._turns()),
            runs=tuple(self._run(place) for place in range(len(runs) - 1, -1, -1)),
            pairs=tuple((*pair, counts(changes), changes) for pair, changes in timeline.pairs.items()),
            trend=plot.trend(runs),
            latency=self._latency(),
        )

    def _counts(self) -> str:
        there = sum(telling.state(life, self._runs) != "gone" for life in self._timeline.lives)
        gone = len(self._timeline.lives) - there
        findings = f"{there} {'finding' if there == 1 else 'findings'} present, {gone} gone"
        newest = telling.when(self._runs[-1].started)
        runs = f"{len(self._runs)} runs, the newest {newest}" if len(self._runs) > 1 else f"1 run, {newest}"
        return f"{runs} · {findings if self._timeline.lives else 'no finding ever'}"

    def _facts(self) -> Iterator[tuple[str, str]]:
        newest = self._runs[-1].header
        target, contract = newest["target"], newest["contract"]
        yield "base URL", f"{target['base_url']} (embedded emulator)" if target["embedded"] else target["base_url"]
        yield "contract", f"{contract['title']}, edition {contract['edition']}"
        yield (
            "runs",
            f"{len(self._runs)}, from {telling.when(self._runs[0].started)} to {telling.when(self._runs[-1].started)}",
        )
        yield "asked", f"profile {newest['profile']}, seed {newest['seed']}" + (", strict" if newest["strict"] else "")
        yield "suite", f"{newest['suite']} (driftgate {newest['driftgate']})"

    def _ticks(self) -> Iterator[float]:
        """Where something else was asked."""
        for turn in self._timeline.turns:
            if any(mark.what in ("contract edition", "suite") for mark in turn.marks):
                yield plot.edge(turn.after, len(self._runs))

    def _spans(self, spans: tuple[Span, ...]) -> list[str]:
        """The newest first."""
        told = [telling.span(span, self._runs) for span in spans[: -_MOST_SPANS - 1 : -1]]
        more = len(spans) - len(told)
        return [*told, f"and {more} earlier ones"] if more else told

    def _line(self, line: Line) -> LineView:
        spans = self._spans(line.spans)
        slug = line.asked.requirement.removeprefix(f"{self._vendor}.")
        before = f"; before: {spans[1]}" if len(spans) > 1 else ""
        word = line.now if line.eventful else line.known[-1]
        return LineView(
            slug=slug,
            level=line.asked.level,
            says=line.asked.says,
            word=word,
            symbol=telling.symbol(word),
            told=f"{spans[0]}{before}" if line.eventful else telling.steady(line, len(self._runs)),
            spans=tuple(spans),
            band=plot.band(line.spans, len(self._runs)),
            label=f"{slug}: " + "; ".join(spans[:_LABELLED]),
        )

    def _life(self, life: Life) -> LifeView:
        state = telling.state(life, self._runs)
        word = "waived" if state == "present" and life.finding["waived"] else _STATES[state]
        return LifeView(
            slug=life.finding["requirement"].removeprefix(f"{self._vendor}."),
            level=life.level,
            what=telling.what(life),
            fingerprint=life.finding["fingerprint"],
            waived=life.finding["waived"],
            state=state,
            word=word,
            symbol=telling.symbol(word),
            told=telling.life(life, self._runs),
            expected=printable(life.finding["expected"]),
            actual=printable(life.finding["actual"]),
        )

    def _turned(self) -> str:
        turns = len(self._timeline.turns)
        told = (
            f"{telling.runs_of(turns)} of {len(self._runs)} {'differs' if turns == 1 else 'differ'} from the one before"
        )
        return told + (f"; the newest {_MOST_TURNS} are shown" if turns > _MOST_TURNS else "; the newest first")

    def _turns(self) -> Iterator[TurnView]:
        newest_first = self._timeline.turns[: -_MOST_TURNS - 1 : -1]
        for number, turn in enumerate(newest_first):
            named, more = telling.named(turn.changes)
            word, symbol = _MARKS[turn.worst] if turn.worst is not None else ("", "")
            yield TurnView(
                time=telling.when(self._runs[turn.after].started),
                severity="" if turn.worst is None else str(turn.worst),
                word=word,
                symbol=symbol,
                told=telling.turn(turn),
                named=printable(", ".join(named) + more),
                changes=turn.changes,
                command=f"driftgate drift {self._quoted(turn.before)} {self._quoted(turn.after)}",
                shown=number < _MOST_TABLES,
            )

    def _quoted(self, place: int) -> str:
        return printable(shlex.quote(str(self._runs[place].path)))

    def _run(self, place: int) -> RunView:
        run = self._runs[place]
        return RunView(
            time=telling.when(run.started),
            when=printable(when(run.header)),
            status=run.status,
            requests=run.requests,
            latency=str(run.latency or ""),
            edition=printable(run.header["contract"]["edition"]),
            profile=run.header["profile"],
            path=printable(str(run.path)),
            quoted=self._quoted(place),
            state=self._timeline.states[place],
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
