"""What an emulator holds when it begins: its ready-made conversations, or seed data, checked before it is served."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from driftgate.base.errors import UsageError
from driftgate.emulator.base import Emulator, storable

Rows = Sequence[Mapping[str, Any]]


def furnished(make: type[Emulator], seed_data: str | Path | Rows | None) -> Callable[[], Emulator]:
    """A function that makes emulators with the seed data (a file or its rows), or with the ready-made conversations.

    Raises UsageError for seed data that is not valid for this vendor.
    """
    rows = None if seed_data is None else _valid(make.vendor, seed_data)

    def fresh() -> Emulator:
        made = make()
        if rows is None:
            made.ready_made()
        else:
            made.seed(rows)
        return made

    return fresh


def _valid(vendor: str, given: str | Path | Rows) -> Rows:
    # the validators take longer to import than an emulator to start
    import jsonschema_rs  # noqa: PLC0415

    from driftgate.contract.schemas import file_schema, first_problem, validator  # noqa: PLC0415

    source = str(given) if isinstance(given, (str, Path)) else "seed data"
    try:
        value = (
            _read(Path(given)) if isinstance(given, (str, Path)) else {"conversations": json.loads(json.dumps(given))}
        )
        storable(value)
    except (ValueError, TypeError, RecursionError) as problem:
        raise UsageError(f"{source}: holds a value that JSON cannot express ({problem})") from None
    schema = cast(dict[str, Any], file_schema("seed-data").schema)
    if vendor not in schema["$defs"]:
        raise UsageError(f"{source}: an emulator made from a contract takes no seed data; create conversations in it")
    schema = {**schema, "$defs": {**schema["$defs"], "conversation": schema["$defs"][vendor]}}
    # the compiled validator is fast, the other one explains
    if not jsonschema_rs.Draft202012Validator(schema).is_valid(value):
        raise UsageError(f"{source}: {first_problem(validator(schema), value) or 'is not valid'}")
    rows: Rows = value["conversations"]
    _check_ids(rows, source)
    return rows


def _check_ids(rows: Rows, source: str) -> None:
    seen: set[str | int] = set()
    for number, row in enumerate(rows):
        if row.get("id") in seen:
            raise UsageError(f"{source}: /conversations/{number}/id: {row['id']} is used twice")
        seen |= {row["id"]} if "id" in row else set()


def _read(path: Path) -> Any:
    if path.suffix != ".json":
        from driftgate.base import yamlfile  # noqa: PLC0415  # loads PyYAML

        return yamlfile.read(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8") from None
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{path}: is not JSON ({problem})") from None
