"""Seed data: the conversations that an emulator begins with, read from a file and checked before anything is served."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

from driftgate.base import yamlfile
from driftgate.base.errors import UsageProblem
from driftgate.contract.schemas import first_problem, own_schema, validator
from driftgate.emulator.base import storable


def rows_of(vendor: str, given: str | Path | Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The conversations of a file, or those given, once they are valid for this vendor. Raises UsageProblem."""
    place = str(given) if isinstance(given, (str, Path)) else "seed data"
    try:
        value = (
            _read(Path(given)) if isinstance(given, (str, Path)) else {"conversations": json.loads(json.dumps(given))}
        )
        storable(value)
    except (ValueError, TypeError, RecursionError) as problem:
        raise UsageProblem(f"{place}: holds what JSON cannot say ({problem})") from None
    schema = _schema(vendor)
    # the compiled validator is fast, the other one explains
    if not jsonschema_rs.Draft202012Validator(schema).is_valid(value):
        raise UsageProblem(f"{place}: {first_problem(validator(schema), value) or 'is not valid'}")
    rows: Sequence[Mapping[str, Any]] = value["conversations"]
    seen: set[str | int] = set()
    for number, row in enumerate(rows):
        if row.get("id") in seen:
            raise UsageProblem(f"{place}: /conversations/{number}/id: {row['id']} stands twice")
        seen |= {row["id"]} if "id" in row else set()
    return rows


def _schema(vendor: str) -> dict[str, Any]:
    """The schema of seed data, for the conversations of one vendor."""
    schema = cast(dict[str, Any], own_schema("seed-data").schema)
    return {**schema, "$defs": {**schema["$defs"], "conversation": schema["$defs"][vendor]}}


def _read(path: Path) -> Any:
    if path.suffix != ".json":
        return yamlfile.read(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageProblem(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{path}: is not UTF-8") from None
    except (ValueError, RecursionError) as problem:
        raise UsageProblem(f"{path}: is not JSON ({problem})") from None
