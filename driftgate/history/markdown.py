"""Renders a history as Markdown, in short: the result of each target, its findings, and what changed last."""

from __future__ import annotations

from collections.abc import Iterator

from driftgate.drift.report import code
from driftgate.history import describe
from driftgate.history.model import FindingHistory, History, Timeline, Transition

_MOST_CHANGES = 20  # of one target; the page and the JSON have all
_MOST_LEFT_OUT = 50


def render(history: History) -> str:
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
        there = sum(describe.state(each, runs) != "gone" for each in timeline.findings)
        first, last = describe.moment(runs[0].started), describe.moment(runs[-1].started)
        lines.append(
            f"| {code(timeline.name)} | {describe.overall(timeline)} | {len(runs)} | {first} | {last} | {there} |"
        )
    lines += _left_out(history)
    for timeline in history.timelines:
        lines += _timeline(timeline)
    return "\n".join(lines) + "\n"


def _left_out(history: History) -> Iterator[str]:
    if history.left_out:
        yield from ("", f"## Left out: {len(history.left_out)} files", "")
        yield from (f"- {code(describe.left_out(each))}" for each in history.left_out[:_MOST_LEFT_OUT])
        if len(history.left_out) > _MOST_LEFT_OUT:
            yield f"- and {len(history.left_out) - _MOST_LEFT_OUT} more"


def _timeline(timeline: Timeline) -> Iterator[str]:
    runs = timeline.runs
    yield from ("", f"## {code(timeline.name)}: {describe.overall(timeline)}")
    eventful = [each for each in timeline.requirements if each.eventful]
    if eventful:
        yield from ("", "| requirement | level | now | before |", "| --- | --- | --- | --- |")
        for each in eventful:
            now = describe.span(each.spans[-1], runs)
            before = describe.span(each.spans[-2], runs) if len(each.spans) > 1 else ""
            yield f"| {code(each.row.requirement)} | {each.row.level} | {now} | {before} |"
    if timeline.findings:
        yield from ("", "| finding | expected | actual | |", "| --- | --- | --- | --- |")
        yield from (_finding(each, timeline) for each in timeline.findings)
    if timeline.transitions:
        yield from ("", f"### Changes from run to run: {len(timeline.transitions)}, the newest first", "")
        yield from (_transition(each, timeline) for each in timeline.transitions[: -_MOST_CHANGES - 1 : -1])
        if len(timeline.transitions) > _MOST_CHANGES:
            yield f"- and {len(timeline.transitions) - _MOST_CHANGES} earlier ones"


def _finding(each: FindingHistory, timeline: Timeline) -> str:
    finding, state = each.finding, describe.state(each, timeline.runs)
    what = f"{code(finding.requirement)} ({each.level}) {code(describe.what(each))}"
    when = f"{state}{', waived' if finding.waived else ''}; {describe.sightings(each, timeline.runs)}"
    return f"| {what} | {code(finding.expected)} | {code(finding.actual)} | {when} |"


def _transition(each: Transition, timeline: Timeline) -> str:
    changes, more = describe.first_changes(each.changes)
    line = f"- {describe.moment(timeline.runs[each.after].started)}: {code(describe.transition(each))}"
    return line + (": " if changes else "") + ", ".join(map(code, changes)) + more
