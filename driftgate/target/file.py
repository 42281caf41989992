"""The file of targets, ``driftgate.toml``: reading it, and whether others can read the keys in it."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.files import bytes_of
from driftgate.base.jsonvalue import check_depth
from driftgate.base.paths import TARGETS_FILE
from driftgate.base.suggest import did_you_mean
from driftgate.contract import Contract
from driftgate.contract.schemas import file_schema, first_problem, validator

_MOST_DOTS = 1000  # in a line; each dot of a name nests once more


def read_targets(path: Path) -> Mapping[str, Any]:
    """The targets of a driftgate.toml, by name. Raises UsageError."""
    value = content_of(path)
    problem_found = first_problem(file_schema("targets"), value)
    if problem_found:
        raise UsageError(f"{path}: {problem_found}")
    targets: Mapping[str, Any] = value["targets"]
    return targets


def content_of(path: Path) -> dict[str, Any]:
    """What a driftgate.toml holds, unchecked. Raises UsageError."""
    if not path.exists():
        raise UsageError(f"{path}: cannot be read; --target names a target in it (driftgate init writes one)")
    try:
        text = bytes_of(path).decode("utf-8").replace("\r\n", "\n")
        if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
            raise UsageError(f"{path}: is nested too deep")
        value = tomllib.loads(text)
        check_depth(value)
    except RecursionError:
        raise UsageError(f"{path}: is nested too deep") from None
    except ValueError as problem:  # no TOML, no UTF-8, or too deep
        raise UsageError(f"{path}: {problem}") from None
    return value


def check_name(name: str, context: str) -> str:
    """A name that a target may have. Raises UsageError."""
    schema: Any = file_schema("targets").schema
    if not validator(schema["properties"]["targets"]["propertyNames"]).is_valid(name):
        raise UsageError(f"{context} {name!r}: is not a target name: use 1 to 64 letters, digits, dots, - and _")
    return name


def row_of(name: str, rows: Mapping[str, Any]) -> Any:
    """The row of the target that ``--target`` names. Raises UsageError."""
    if name not in rows:
        hint = did_you_mean(name, rows)
        raise UsageError(f"--target {name}: is not in {TARGETS_FILE}{hint}; it has {', '.join(rows)}")
    return rows[name]


def readable_by_all(path: Path, row: Mapping[str, Any], contract: Contract) -> str:
    """A warning where a key stands in a file that every user of the machine can read; empty otherwise."""
    params = row.get("params", {})
    keys = [row.get("api_key", "$"), *(params.get(each.name, "$") for each in contract.parameters if each.secret)]
    keys += [row["proxy"]] if "@" in row.get("proxy", "") else []
    literal = [key for key in keys if not str(key).startswith("$")]
    if not literal or not path.stat().st_mode & stat.S_IROTH:
        return ""
    return f"{path.name} holds a key and every user can read it: chmod o-r {path.name}, or name a variable with $NAME"
