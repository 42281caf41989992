"""The history in Markdown, in short: how each target stands, its findings, and what changed last."""

from __future__ import annotations

from collections.abc import Iterator

from driftgate.drift.report import code
from driftgate.history import telling
from driftgate.history.model import History, Life, Timeline, Turn

_MOST_CHANGES = 20  # of one target; the page and the JSON have all
_MOST_LEFT_OUT = 50


def page(history: History) -> str:
    """A line for each target, then what is known of it over time."""
    lines = [
        "# driftgate: history",
        "",
        "Times are UTC.",
        "",
        "| target | now | runs | from | to | findings present |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for timeline in history.timelines:
        runs = timeline.runs
        there = sum(telling.state(life, runs) != "gone" for life in timeline.lives)
        first, last = telling.when(runs[0].started), telling.when(runs[-1].started)
        lines.append(
            f"| {code(timeline.name)} | {telling.overall(timeline)} | {len(runs)} | {first} | {last} | {there} |"
        )
    lines += _left_out(history)
    for timeline in history.timelines:
        lines += _timeline(timeline)
    return "\n".join(lines) + "\n"


def _left_out(history: History) -> Iterator[str]:
    if history.left_out:
        yield from ("", f"## Left out: {len(history.left_out)} files", "")
        yield from (f"- {code(telling.left_out(each))}" for each in history.left_out[:_MOST_LEFT_OUT])
        if len(history.left_out) > _MOST_LEFT_OUT:
            yield f"- and {len(history.left_out) - _MOST_LEFT_OUT} more"


def _timeline(timeline: Timeline) -> Iterator[str]:
    runs = timeline.runs
    yield from ("", f"## {code(timeline.name)}: {telling.overall(timeline)}")
    eventful = [line for line in timeline.lines if line.eventful]
    if eventful:
        yield from ("", "| requirement | level | now | before |", "| --- | --- | --- | --- |")
        for line in eventful:
            now, before = line.spans[-1], line.spans[-2] if len(line.spans) > 1 else None
            told = telling.span(before, runs) if before else ""
            yield f"| {code(line.asked.requirement)} | {line.asked.level} | {telling.span(now, runs)} | {told} |"
    if timeline.lives:
        yield from ("", "| finding | expected | actual | |", "| --- | --- | --- | --- |")
        yield from (_life(life, timeline) for life in timeline.lives)
    if timeline.turns:
        yield from ("", f"### Changes from run to run: {len(timeline.turns)}, the newest first", "")
        yield from (_turn(turn, timeline) for turn in timeline.turns[: -_MOST_CHANGES - 1 : -1])
        if len(timeline.turns) > _MOST_CHANGES:
            yield f"- and {len(timeline.turns) - _MOST_CHANGES} earlier ones"


def _life(life: Life, timeline: Timeline) -> str:
    finding, state = life.finding, telling.state(life, timeline.runs)
    what = f"{code(finding['requirement'])} ({life.level}) {code(telling.what(life))}"
    told = f"{state}{', waived' if finding['waived'] else ''}; {telling.life(life, timeline.runs)}"
    return f"| {what} | {code(finding['expected'])} | {code(finding['actual'])} | {told} |"


def _turn(turn: Turn, timeline: Timeline) -> str:
    named, more = telling.named(turn.changes)
    told = f"- {telling.when(timeline.runs[turn.after].started)}: {code(telling.turn(turn))}"
    return told + (": " if named else "") + ", ".join(map(code, named)) + more
