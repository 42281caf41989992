"""The file of targets, ``driftgate.toml``: reading it, and whether others can read the keys in it."""

from __future__ import annotations

import difflib
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.base.paths import TARGETS_FILE
from driftgate.contract import Contract
from driftgate.contract.schemas import first_problem, own_schema

__all__ = ["TARGETS_FILE", "read_targets", "readable_by_all", "row_of"]


def read_targets(path: Path) -> Mapping[str, Any]:
    """The targets of a driftgate.toml, by name. Raises UsageProblem."""
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UsageProblem(
            f"{path}: cannot be read; --target names a target in it (driftgate init writes one)"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageProblem(f"{path}: {problem}") from None
    problem_found = first_problem(own_schema("targets"), value)
    if problem_found:
        raise UsageProblem(f"{path}: {problem_found}")
    targets: Mapping[str, Any] = value["targets"]
    return targets


def row_of(name: str, rows: Mapping[str, Any]) -> Any:
    """The row of the target that ``--target`` names. Raises UsageProblem."""
    if name not in rows:
        close = difflib.get_close_matches(name, rows, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise UsageProblem(f"--target {name}: is not in {TARGETS_FILE}{hint}; it has {', '.join(rows)}")
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
