"""Records of many runs, made from the record of one: the same rows through the engine's own writer, at other times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from driftgate.base.secret import Redactor
from driftgate.record.record import Record, RecordWriter, Row


def copied(
    record: Record,
    path: Path,
    started: datetime,
    *,
    header: dict[str, Any] | None = None,
    slower: float = 1.0,
    change: Callable[[Row], Row] = lambda row: row,
) -> Path:
    """The record as of another run: begun at another time, with answers so many times slower, rows changed."""
    writer = RecordWriter(path, Redactor([]))
    rows = (*record.exchanges, *record.findings, *record.verdicts, *record.observations, *record.shapes)
    for row in ({**record.header, **(header or {}), "started": started.isoformat()}, *rows):
        changed = change(_slowed(row, slower))
        writer.write(changed["record"], changed)
    writer.end({key: value for key, value in record.footer.items() if key not in ("record", "digest")}, complete=True)
    return path


def _slowed(row: Row, slower: float) -> Row:
    if row["record"] != "exchange" or row["answer"] is None:
        return row
    return {**row, "answer": {**row["answer"], "elapsed_ms": round(row["answer"]["elapsed_ms"] * slower, 1)}}
