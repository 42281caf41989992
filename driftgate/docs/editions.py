"""Compares two contracts of a vendor: the operations in their documents, and their requirements."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON, brief, one_line
from driftgate.contract import Contract, Level, Operation, Requirement, available, load_contract
from driftgate.docs import openapi, route
from driftgate.docs.compare import changes
from driftgate.docs.promised import promised
from driftgate.drift.model import Change, Drift

_BINDING = (Level.MAY, Level.SHOULD, Level.MUST)
_WORDING = ("description", "title", "summary")


def contract_named(name: str, folders: Sequence[Path] = ()) -> Contract:
    """The contract named ``VENDOR``, ``VENDOR@EDITION`` or by its folder. Raises UsageError if there is none."""
    vendor, _, edition = name.partition("@")
    if vendor in available(folders):
        return load_contract(vendor, folders, edition or None)
    folder = Path(os.path.abspath(name))
    if not folder.is_dir() and os.sep not in name:
        return load_contract(vendor, folders)  # raises, and names the vendors that exist
    if not (folder / "requirements.yaml").is_file():
        raise UsageError(f"{one_line(name)}: is not the folder of a contract: it has no requirements.yaml")
    return load_contract(folder.name, (folder.parent,))


def between(before: Contract, after: Contract) -> Drift:
    """The changes from one contract to another. Raises UsageError for contracts of different vendors."""
    if before.vendor != after.vendor:
        raise UsageError(f"one contract is of {before.vendor}, one of {after.vendor}: there is nothing to compare")
    found = [
        *changes(promised(before), [promised(after)]),
        *_other_operations(before, after),
        *_requirements(before, after),
        *_outcomes(before, after),
    ]
    found.sort(key=lambda change: (-change.severity, change.rule, change.location))
    return Drift(f"edition {before.edition}", f"edition {after.edition}", before.vendor, tuple(found))


def _other_operations(before: Contract, after: Contract) -> Iterator[Change]:
    old, new = _operations(before), _operations(after)
    for name, operation in old.items():
        counterpart = new.pop(name, None) or _at_same_path(operation, new)
        if counterpart is None:
            yield Change("operation-removed", name, f"{operation.method} {operation.url}", "absent")
        else:
            for change in changes(promised(before, operation), [promised(after, counterpart)]):
                yield replace(change, location=f"{name}: {change.location}")
    for name, operation in new.items():
        yield Change("operation-added", name, "absent", f"{operation.method} {operation.url}")


def _operations(contract: Contract) -> dict[str, Operation]:
    """The operations of a contract's document by operationId, without the rename."""
    found = {}
    for method, path in openapi.operations(contract.document):
        name = str(contract.document["paths"][path][method.lower()].get("operationId", f"{method} {path}"))
        if name != contract.rename.operation_id:
            found[name] = Operation(name, method, path)
    return found


def _at_same_path(operation: Operation, others: dict[str, Operation]) -> Operation | None:
    """Removes from the others, and returns, the operation of the same method and path."""
    for name, other in others.items():
        if other.method == operation.method and route.pattern(other.url) == route.pattern(operation.url):
            return others.pop(name)
    return None


def _requirements(before: Contract, after: Contract) -> Iterator[Change]:
    old, new = ({row.id: row for row in contract.requirements} for contract in (before, after))
    for name, row in old.items():
        if name not in new:
            yield Change("requirement-removed", name, f"{row.level}: {row.says}", "absent")
        else:
            yield from _requirement(row, new[name])
    for name, row in new.items():
        if name not in old:
            yield Change("requirement-added", name, "absent", f"{row.level}: {row.says}")


def _requirement(old: Requirement, new: Requirement) -> Iterator[Change]:
    if old.level != new.level:
        lowered = _BINDING.index(new.level) < _BINDING.index(old.level)
        rule = "requirement-lowered" if lowered else "requirement-raised"
        yield Change(rule, old.id, old.level, f"{new.level}: {new.says}")
    was, now = ({"check": row.check, **_bare(row.detail)} for row in (old, new))
    if was != now and old.says != new.says:
        yield Change("requirement-asks-otherwise", old.id, old.says, new.says)
        return
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            texts = (brief(row[key]) if key in row else "absent" for row in (was, now))
            yield Change("requirement-asks-otherwise", f"{old.id} {key}", *texts)


def _outcomes(before: Contract, after: Contract) -> Iterator[Change]:
    old, new = asdict(before.outcomes), asdict(after.outcomes)
    for key in old:
        if old[key] != new[key]:
            yield Change("outcomes-changed", f"outcomes {key}", brief(old[key]), brief(new[key]))


def _bare(value: JSON) -> JSON:
    """A value without the texts in schemas, which promise nothing."""
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in value.items() if not (key in _WORDING and isinstance(item, str))}
    return [_bare(item) for item in value] if isinstance(value, (list, tuple)) else value
