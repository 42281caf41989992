"""Renders a history as JSON for programs: contracts/schema/history.schema.json."""

from __future__ import annotations

import json
from typing import Any

from driftgate import __version__
from driftgate.drift.report import change_value, latency_value
from driftgate.history import describe
from driftgate.history.model import FindingHistory, History, RequirementHistory, Run, Span, Timeline, Transition
from driftgate.report.json_format import finding_value

VERSION = 1


def render(history: History) -> str:
    """The history as JSON, in ASCII. ``driftgate drift`` shows the drift between runs that are not neighbours."""
    value = {
        "version": VERSION,
        "driftgate": __version__,
        "directory": str(history.directory),
        "left_out": [{"file": str(each.path), "why": each.why} for each in history.left_out],
        "targets": list(map(_timeline, history.timelines)),
    }
    return json.dumps(value, indent=2)


def _timeline(timeline: Timeline) -> dict[str, Any]:
    runs = timeline.runs
    newest = runs[-1].header
    return {
        "name": newest.target.name,
        "vendor": newest.contract.vendor,
        "status": _spans(timeline.overall, runs),
        "requirements": [_requirement(each, runs) for each in timeline.requirements],
        "findings": [_finding(each, runs) for each in timeline.findings],
        "changes": [_transition(each, runs) for each in timeline.transitions],
        "runs": list(map(_run, runs)),
    }


def _time(run: Run) -> str:
    return run.started.isoformat(timespec="seconds")


def _spans(spans: tuple[Span, ...], runs: tuple[Run, ...]) -> list[dict[str, Any]]:
    return [
        {"verdict": span.word, "first": _time(runs[span.first]), "last": _time(runs[span.last]), "runs": span.runs}
        for span in spans
    ]


def _requirement(each: RequirementHistory, runs: tuple[Run, ...]) -> dict[str, Any]:
    return {
        "requirement": each.row.requirement,
        "level": each.row.level,
        "says": each.row.says,
        "verdicts": _spans(each.spans, runs),
    }


def _finding(each: FindingHistory, runs: tuple[Run, ...]) -> dict[str, Any]:
    return {
        "requirement": each.finding.requirement,
        **finding_value(each.finding),
        "level": each.level,
        "state": describe.state(each, runs),
        "first_seen": _time(runs[each.first]),
        "last_seen": _time(runs[each.last]),
        "gone_since": None if each.gone is None else _time(runs[each.gone]),
        "seen": each.seen,
        "judged": each.judged,
        "intermittent": each.intermittent,
    }


def _transition(each: Transition, runs: tuple[Run, ...]) -> dict[str, Any]:
    return {
        "before": {"started": _time(runs[each.before]), "file": str(runs[each.before].path)},
        "after": {"started": _time(runs[each.after]), "file": str(runs[each.after].path)},
        "circumstances": [{"what": one.what, "before": one.before, "after": one.after} for one in each.circumstances],
        "drift": list(map(change_value, each.changes)),
    }


def _run(run: Run) -> dict[str, Any]:
    header = run.header
    return {
        "file": str(run.path),
        "digest": run.digest,
        "started": _time(run),
        "status": run.status,
        "exit": run.exit,
        "requests": run.requests,
        "base_url": header.target.base_url,
        "edition": header.contract.edition,
        "suite": header.suite,
        "profile": header.profile,
        "driftgate": header.driftgate,
        "latency": latency_value(run.latency) if run.latency else None,
    }
