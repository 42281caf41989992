"""Reading records: whole and as they were written, or not at all."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from driftgate.base.errors import UsageError
from driftgate.base.files import bytes_of
from driftgate.base.paths import SCHEMAS
from driftgate.record.record import Record, record_of
from driftgate.record.rows import Footer, Header, RecordedExchange, Row, row_of


def read_record(path: Path) -> Record:
    """The record in a file. Raises UsageError for one that is cut off, edited, or no record at all."""
    lines = _lines(path)
    rows = _rows(path, lines)
    footer = rows[-1]
    if not isinstance(footer, Footer) or not lines[-1].endswith("\n"):
        raise UsageError(f"{path}: is incomplete: the run did not end, or the file is cut off")
    if any(isinstance(row, (Header, Footer)) for row in rows[1:-1]):
        raise UsageError(f"{path}: is no record, but several in one file")
    if footer.digest != hashlib.sha256("".join(lines[:-1]).encode()).hexdigest():
        raise UsageError(f"{path}: is not as it was written: the digest in its footer does not fit")
    return record_of(path, rows)


def read_exchanges(path: Path) -> tuple[RecordedExchange, ...]:
    """The exchanges of a record, also of one that was cut off: what was sent and answered is true all the same.

    Raises UsageError for what is no record.
    """
    lines = _lines(path)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()  # written in part
    return tuple(row for row in _rows(path, lines) if isinstance(row, RecordedExchange))


def _lines(path: Path) -> list[str]:
    try:
        return bytes_of(path, most=None).decode("utf-8").replace("\r\n", "\n").splitlines(keepends=True)
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is no record") from None


def _rows(path: Path, lines: list[str]) -> list[Row]:
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1)]
    if not rows or not isinstance(rows[0], Header):
        raise UsageError(f"{path}: is no record: it does not begin with a header")
    return rows


def baseline_of(path: Path | None, target: str) -> Record | None:
    """The record that a target is compared with: the file, or TARGET.jsonl in the folder. Raises UsageError."""
    return read_record(path / f"{target}.jsonl" if path.is_dir() else path) if path else None


def _row(path: Path, number: int, line: str) -> Row:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{path}, line {number}: is cut off, or no JSON") from None
    kinds = _kinds()
    kind = value.get("record") if isinstance(value, dict) else None
    if kind not in kinds:
        raise UsageError(f"{path}, line {number}: is no line of a record")
    if not _compiled(kind).is_valid(value):
        raise UsageError(f"{path}, line {number}: {_problem(kind, value)}")
    return row_of(value)


def _problem(kind: str, value: Any) -> str:
    """Why a line is not valid."""
    # loaded here, because it takes longer to load than a record takes to read
    from driftgate.contract.schemas import first_problem, validator  # noqa: PLC0415

    return first_problem(validator(_kinds()[kind]), value) or "is not valid"


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    """The schema of each kind of line; trying all kinds on every line would take seconds for a long record."""
    schema = json.loads((SCHEMAS / "record.schema.json").read_text(encoding="utf-8"))
    kinds = schema["$defs"]
    return {kind["$ref"].rpartition("/")[2]: {**kind, "$defs": kinds} for kind in schema["oneOf"]}


@cache
def _compiled(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_kinds()[kind])
