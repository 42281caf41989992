"""Records of many runs, made from the record of one: the same rows through the engine's own writer, at other times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from driftgate.base.secret import Redactor
from driftgate.record.record import Record, RecordWriter
from driftgate.record.rows import RecordedExchange, Row, line_of, row_of

Line = dict[str, Any]


def copied(
    record: Record,
    path: Path,
    started: datetime,
    *,
    header: Line | None = None,
    slower: float = 1.0,
    change: Callable[[Line], Line] = lambda line: line,
) -> Path:
    """The record as of another run: begun at another time, with answers so many times slower, lines changed."""
    writer = RecordWriter(path, Redactor([]))
    rows = (*record.exchanges, *record.findings, *record.verdicts, *record.observations, *record.shapes)
    first = {**line_of(record.header), **(header or {}), "started": started.isoformat()}
    for line in (first, *(line_of(_slowed(row, slower)) for row in rows)):
        writer.write(row_of(change(line)))
    writer.end(record.footer, complete=True)
    return path


def _slowed(row: Row, slower: float) -> Row:
    if not isinstance(row, RecordedExchange) or row.answer is None:
        return row
    return replace(row, answer=replace(row.answer, elapsed_ms=round(row.answer.elapsed_ms * slower, 1)))
