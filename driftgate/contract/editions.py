"""The editions of a contract: one written out in full, and others told as their difference from another edition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON
from driftgate.base.suggest import did_you_mean
from driftgate.contract import form
from driftgate.contract.problem import EXAMPLES, FILES, ContractError
from driftgate.contract.schemas import file_schema, first_problem


@dataclass(frozen=True)
class Sources:
    """The texts of one edition. ``delta`` is the file that makes it; None for the edition that is written in full.

    ``because`` tells what it differs in and from which edition; ``retired`` are the ids of rows that editions below it
    had and it has not; ``digest`` names what the files say, but for comments.
    """

    folder: Path
    document: Mapping[str, Any]
    catalogue: Mapping[str, Any]
    examples: Mapping[str, Any]
    digest: str
    delta: Path | None = None
    because: str = ""
    retired: frozenset[str] = frozenset()


def editions(folder: Path) -> tuple[str, ...]:
    """The editions in a vendor's folder, the current one first."""
    return (str(_in_full(folder).catalogue["edition"]), *sorted(_deltas(folder)))


def sources(folder: Path, edition: str | None = None) -> Sources:
    """The texts of an edition, of the current one without a name. Raises UsageError."""
    current = _in_full(folder)
    name = str(current.catalogue["edition"])
    deltas = _deltas(folder)
    if name in deltas:
        raise UsageError(f"{deltas[name]}: edition {name} is already in requirements.yaml")
    if edition is None or edition == name:
        return current
    form.check(current, rows=True)
    if edition not in deltas:
        known = [name, *sorted(deltas)]
        hint = did_you_mean(edition, known)
        raise UsageError(f"vendor {folder.name!r} has no edition {edition!r}{hint}: there are {', '.join(known)}")
    return _resolved(current, name, deltas, edition, ())


def _in_full(folder: Path) -> Sources:
    document, catalogue, examples = _read(folder)
    found = Sources(folder, document, catalogue, examples, _digest(document, catalogue, examples))
    form.check(found)
    return found


def _read(folder: Path) -> list[JSON]:
    """The values of the three files. Raises ContractError with what is wrong with each of them."""
    values, lines = [], []
    for name in FILES:
        try:
            values.append(yamlfile.read(folder / name))
        except UsageError as problem:
            absent = "; it can hold examples: []" if name == EXAMPLES and not (folder / name).exists() else ""
            lines.append(f"{problem}{absent}")
    if lines:
        raise ContractError(folder.name, lines)
    return values


def _deltas(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted((folder / "editions").glob("*.yaml"))}


def _resolved(current: Sources, name: str, deltas: Mapping[str, Path], edition: str, above: tuple[str, ...]) -> Sources:
    """An edition made from its delta and the edition below it. ``above`` are those that are being made from it."""
    path = deltas[edition]
    delta = yamlfile.read(path)
    problem = first_problem(file_schema("edition"), delta)
    if problem:
        raise UsageError(f"{path}: {problem}")
    if delta["edition"] != edition:
        raise UsageError(f"{path}: holds edition {delta['edition']!r}; name the file after it")
    base = delta["based_on"]
    if base in (*above, edition):
        raise UsageError(f"{path}: is based on itself: {' → '.join((*above, edition, base))}")
    if base != name and base not in deltas:
        raise UsageError(f"{path}: is based on {base!r}, not an edition: there are {name}, {', '.join(deltas)}")
    below = current if base == name else _resolved(current, name, deltas, base, (*above, edition))
    found = _changed(below, delta, path)
    form.check(found)
    return found


def _changed(below: Sources, delta: Mapping[str, Any], path: Path) -> Sources:
    catalogue = merged(below.catalogue, {**delta.get("catalogue", {}), "edition": delta["edition"]})
    retired = set(below.retired)
    for part in ("requirements", "not_tested"):
        rows = below.catalogue.get(part, [])
        catalogue[part] = _rows(rows, delta.get(part, {}), path, part, retired)
        retired |= {row["id"] for row in rows} - {row["id"] for row in catalogue[part]}
    examples = _rows(below.examples["examples"], delta.get("examples", {}), path, "examples", set())
    return Sources(
        below.folder,
        merged(below.document, delta.get("document", {})),
        catalogue,
        {"examples": examples},
        _digest(below.digest, delta),
        delta=path,
        because=f"differs from {delta['based_on']}: {delta['because']}",
        retired=frozenset(retired),
    )


def _rows(
    rows: Sequence[Mapping[str, Any]], changes: Mapping[str, Any], path: Path, part: str, retired: set[str]
) -> list[Mapping[str, Any]]:
    """The rows of a list after its changes. Raises UsageError for a change of a row that is not there."""
    found = {row["id"]: row for row in rows}
    for identifier in changes.get("remove", ()):
        if found.pop(identifier, None) is None:
            raise UsageError(f"{path}: removes {identifier}, which is not among the {part} before it")
    for change in changes.get("change", ()):
        if change["id"] not in found:
            raise UsageError(f"{path}: changes {change['id']}, which is not among the {part} before it")
        found[change["id"]] = merged(found[change["id"]], change)
    for row in changes.get("add", ()):
        if row["id"] in found:
            raise UsageError(f"{path}: adds {row['id']}, which is among the {part} already")
        if row["id"] in retired or any(row["id"] == each["id"] for each in rows):
            raise UsageError(f"{path}: adds {row['id']}, which was removed: an id is never used again")
        found[row["id"]] = row
    return list(found.values())


def merged(value: JSON, patch: JSON) -> Any:
    """``value`` after a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(value) if isinstance(value, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), change)
    return found


def _digest(*values: JSON) -> str:
    """Names what files say; a comment in them says nothing."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
