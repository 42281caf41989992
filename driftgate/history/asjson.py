"""The history for programs: contracts/schema/history.schema.json."""

from __future__ import annotations

import json
from typing import Any

from driftgate import __version__
from driftgate.drift.report import change_value, latency_value
from driftgate.history import telling
from driftgate.history.model import History, Life, Line, Run, Span, Timeline, Turn

VERSION = 1


def page(history: History) -> str:
    """The history as JSON, in ASCII. The drift of other runs than bystanders is what ``driftgate drift`` tells."""
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
    contract = runs[-1].header["contract"]
    return {
        "name": runs[-1].header["target"]["name"],
        "vendor": contract["vendor"],
        "status": _spans(timeline.overall, runs),
        "requirements": [_line(line, runs) for line in timeline.lines],
        "findings": [_life(life, runs) for life in timeline.lives],
        "changes": [_turn(turn, runs) for turn in timeline.turns],
        "runs": list(map(_run, runs)),
    }


def _time(run: Run) -> str:
    return run.started.isoformat(timespec="seconds")


def _spans(spans: tuple[Span, ...], runs: tuple[Run, ...]) -> list[dict[str, Any]]:
    return [
        {"verdict": span.word, "first": _time(runs[span.first]), "last": _time(runs[span.last]), "runs": span.runs}
        for span in spans
    ]


def _line(line: Line, runs: tuple[Run, ...]) -> dict[str, Any]:
    asked = line.asked
    return {
        "requirement": asked.requirement,
        "level": asked.level,
        "says": asked.says,
        "verdicts": _spans(line.spans, runs),
    }


def _life(life: Life, runs: tuple[Run, ...]) -> dict[str, Any]:
    keys = ("requirement", "fingerprint", "case", "part", "pointer", "expected", "actual", "waived")
    return {
        **{key: life.finding[key] for key in keys},
        "level": life.level,
        "state": telling.state(life, runs),
        "first_seen": _time(runs[life.first]),
        "last_seen": _time(runs[life.last]),
        "gone_since": None if life.gone is None else _time(runs[life.gone]),
        "seen": life.seen,
        "judged": life.judged,
        "intermittent": life.intermittent,
    }


def _turn(turn: Turn, runs: tuple[Run, ...]) -> dict[str, Any]:
    return {
        "before": {"started": _time(runs[turn.before]), "file": str(runs[turn.before].path)},
        "after": {"started": _time(runs[turn.after]), "file": str(runs[turn.after].path)},
        "circumstances": [{"what": mark.what, "before": mark.before, "after": mark.after} for mark in turn.marks],
        "drift": list(map(change_value, turn.changes)),
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
        "base_url": header["target"]["base_url"],
        "edition": header["contract"]["edition"],
        "suite": header["suite"],
        "profile": header["profile"],
        "driftgate": header["driftgate"],
        "latency": latency_value(run.latency) if run.latency else None,
    }
