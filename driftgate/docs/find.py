"""Finding the operation that a contract speaks of in a document that may hold a hundred others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftgate.docs import route
from driftgate.docs.compare import same_path
from driftgate.docs.model import Description, Form, Unreadable
from driftgate.docs.openapi import Codes, describe, operations

_ENOUGH = 0.5
_SCHEMAS_OF_A_CANDIDATE = 2000


def find(document: Mapping[str, Any], before: Description, codes: Codes, form: Form) -> Description:
    """The operation at the contract's method and path, or one that has moved and is otherwise alike."""
    known = list(operations(document))
    ways = route.patterns(before.servers, before.path or "")
    for method, path in sorted(known, key=lambda each: each[1] != before.path):
        if method == before.method and any(way.endswith(route.pattern(path)) for way in ways):
            found = describe(document, method, path, codes, form)
            if same_path(before, found):
                return found
    moved = [
        (likeness(before, candidate), candidate)
        for candidate in _candidates(document, known, codes)
        if alike(before, candidate)
    ]
    if not moved:
        raise absent(before, known)
    best = max(moved, key=lambda each: each[0])[1]
    return describe(document, best.method or "", best.path or "", codes, form)


def _candidates(document: Mapping[str, Any], known: Sequence[tuple[str, str]], codes: Codes) -> Iterator[Description]:
    for method, path in known:
        try:
            yield describe(document, method, path, codes, most=_SCHEMAS_OF_A_CANDIDATE)
        except Unreadable:  # another operation's trouble
            continue


def absent(before: Description, known: Sequence[tuple[str | None, str | None]]) -> Unreadable:
    """That the operation is not there, and what is instead."""
    told = ", ".join(f"{method} {path}" for method, path in known[:3])
    more = f" and {len(known) - 3} more" if len(known) > 3 else ""
    return Unreadable(f"does not describe {before.method} {before.path}, but {told or 'no operation'}{more}")


def alike(before: Description, after: Description) -> bool:
    """Whether two operations share enough to be the same one, moved."""
    return likeness(before, after) >= _ENOUGH


def likeness(before: Description, after: Description) -> float:
    """How much of the members of requests and answers two operations share, from 0 to 1; the worse of the two."""
    return min(_shared(_sent(before), _sent(after)), _shared(*_read(before, after)))


def _sent(description: Description) -> set[str]:
    body = description.request.members if description.request else {}
    return {name for name in body if name} | {name for where, name in description.parameters if where == "query"}


def _read(before: Description, after: Description) -> tuple[set[str], set[str]]:
    """The members of both successes, without those that the second one leaves to another source."""
    old, new = (answer.members if answer else {} for answer in (d.answers.get("success") for d in (before, after)))
    left_out = tuple(f"{pointer}/" for pointer, member in new.items() if member.opaque)
    return {pointer for pointer in old if pointer and not pointer.startswith(left_out)}, set(new) - {""}


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0
