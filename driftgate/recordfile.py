"""Reading records: whole and as they were written, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator

from driftgate.contract.schemas import first_problem, own_schema, validator
from driftgate.errors import UsageProblem

Row = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """The rows of a record by their kind, in the order in which they were written."""

    path: Path
    header: Row
    exchanges: tuple[Row, ...]
    findings: tuple[Row, ...]
    verdicts: tuple[Row, ...]
    observations: tuple[Row, ...]
    shapes: tuple[Row, ...]
    footer: Row


def read_record(path: Path) -> Record:
    """The record in a file. Raises UsageProblem for one that is cut off, edited, or no record at all."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError as problem:
        raise UsageProblem(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{path}: is no record") from None
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1)]
    if not rows or rows[0]["record"] != "header":
        raise UsageProblem(f"{path}: is no record: it does not begin with a header")
    if rows[-1]["record"] != "footer" or not lines[-1].endswith("\n"):
        raise UsageProblem(f"{path}: is incomplete: the run did not end, or the file is cut off")
    if rows[-1]["digest"] != hashlib.sha256("".join(lines[:-1]).encode()).hexdigest():
        raise UsageProblem(f"{path}: is not as it was written: the digest in its footer does not fit")
    return Record(
        path,
        rows[0],
        _of(rows, "exchange"),
        _of(rows, "finding"),
        _of(rows, "verdict"),
        _of(rows, "observation"),
        _of(rows, "shape"),
        rows[-1],
    )


def _row(path: Path, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        raise UsageProblem(f"{path}, line {number}: is cut off, or no JSON") from None
    kinds = _validators()
    kind = row.get("record") if isinstance(row, dict) else None
    if kind not in kinds:
        raise UsageProblem(f"{path}, line {number}: is no line of a record")
    problem = first_problem(kinds[kind], row)
    if problem:
        raise UsageProblem(f"{path}, line {number}: {problem}")
    checked: Row = row
    return checked


@cache
def _validators() -> dict[str, Draft202012Validator]:
    """A validator for each kind of line; trying all kinds on every line would take seconds for a long record."""
    schema = cast(dict[str, Any], own_schema("record").schema)
    kinds = schema["$defs"]
    return {kind["$ref"].rpartition("/")[2]: validator({**kind, "$defs": kinds}) for kind in schema["oneOf"]}


def _of(rows: Sequence[Row], kind: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row["record"] == kind)
