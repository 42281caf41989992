"""Renders drift as text, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from driftgate.base.jsonvalue import printable
from driftgate.drift.model import Change, Drift
from driftgate.drift.rules import RULES, Severity
from driftgate.record.latency import Latency

_MARKS = {Severity.BREAKING: "✗", Severity.WARNING: "!", Severity.INFO: "·"}


def counts(changes: Iterable[Change]) -> str:
    """How many changes there are of each severity."""
    found = Counter(change.severity for change in changes)
    parts = [f"{found[severity]} {severity}" for severity in sorted(Severity, reverse=True) if found[severity]]
    return " · ".join(parts) or "no drift"


def headline(drift: Drift) -> str:
    """The result in one line."""
    return f"{drift.target}: {counts(drift.changes)} (from {drift.before} to {drift.after})"


def from_to(change: Change) -> str:
    """What was before, and what is now."""
    return f"{change.before or 'nothing'} → {change.after or 'nothing'}"


def render_text(drift: Drift) -> str:
    """One line for each change, the worst first, then the headline."""
    lines = [
        f"{_MARKS[change.severity]} {change.severity!s:<8} {change.rule:<24} "
        f"{printable(change.location)}: {printable(from_to(change))}"
        for change in drift.changes
    ]
    lines += [f"· latency: {drift.latency[0]} → {drift.latency[1]}"] if drift.latency else []
    lines += [f"· {printable(each)}" for each in drift.left_out]
    return "\n".join([*lines, headline(drift)])


def render_by_rule(drift: Drift) -> str:
    """The changes under what their rules say, the worst first, then the headline: for readers who know no rule."""
    lines: list[str] = []
    for rule, changes in groupby(drift.changes, key=lambda change: RULES[change.rule]):
        lines.append(f"{_MARKS[rule.severity]} {rule.severity}: {rule.says} ({rule.id})")
        lines += [f"    {printable(each.location)}: {printable(from_to(each))}" for each in changes]
    return "\n".join([*lines, headline(drift)])


def render_markdown(drift: Drift) -> str:
    """A table for a pull request's comment."""
    lines = [f"**{headline(drift)}**"]
    if drift.changes:
        lines += ["", "| | rule | where | before | after |", "| --- | --- | --- | --- | --- |"]
        lines += [
            f"| {_MARKS[change.severity]} {change.severity} | {change.rule}: {RULES[change.rule].says} | "
            f"{code(change.location)} | {code(change.before)} | {code(change.after)} |"
            for change in drift.changes
        ]
    lines += ["", *(f"- {code(each)}" for each in drift.left_out)] if drift.left_out else []
    return "\n".join(lines)


def code(value: str) -> str:
    """A text of whatever origin as Markdown code, also within a table; empty when the text is."""
    escaped = printable(value).replace("`", "'").replace("|", "\\|")
    return f"`{escaped}`" if escaped else ""


def render_json(drift: Drift) -> str:
    """The same for programs."""
    return _json(_value(drift))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _value(drift: Drift) -> dict[str, object]:
    changes = list(map(change_value, drift.changes))
    value: dict[str, object] = {
        "target": drift.target,
        "before": drift.before,
        "after": drift.after,
        "changes": changes,
    }
    if drift.latency:
        value["latency"] = dict(zip(("before", "after"), map(latency_value, drift.latency), strict=True))
    if drift.left_out:
        value["left_out"] = list(drift.left_out)
    return value


def change_value(change: Change) -> dict[str, str]:
    """A change for programs."""
    return {
        "severity": str(change.severity),
        "rule": change.rule,
        "location": change.location,
        "before": change.before,
        "after": change.after,
    }


def latency_value(latency: Latency) -> dict[str, float]:
    """Latency for programs."""
    return {"median_ms": latency.median, "p95_ms": latency.p95, "renames": len(latency.answers)}


FORMATS: Mapping[str, Callable[[Drift], str]] = {"text": render_text, "md": render_markdown, "json": render_json}


def render_several(drifts: Sequence[Drift], form: str) -> str:
    """Several drifts, each under a heading of its own; in JSON as a list."""
    if form == "json":
        return _json([_value(drift) for drift in drifts])
    heading = "## {}\n\n{}" if form == "md" else "{}\n{}"
    return "\n\n".join(heading.format(drift.after, FORMATS[form](drift)) for drift in drifts)
