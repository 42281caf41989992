"""Guesses from methods and paths which operations of a document read, list, create and delete what a rename names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from driftgate.base.resource import CONVERSATION, Resource
from driftgate.docs.draft.source import Source

_SEARCHES = ("search", "list", "query")
Operation = tuple[str, str]


def guess(source: Source, rename: Operation) -> dict[str, Operation]:
    """The operations by role, the rename among them, as far as the document has them."""
    found = {"rename": rename}
    item, collection = _item_and_collection(rename[1])
    for role, candidates in _candidates(item, collection).items():
        known = {(method, _shape(path)): (method, path) for method, path in source.operations}
        for method, path in candidates:
            operation = known.get((method, _shape(path)))
            if operation is not None and operation != rename and operation not in found.values():
                found[role] = operation
                break
    return found


def subject(path: str) -> str | None:
    """The path parameter that says which conversation is meant: the last one of the path."""
    names = re.findall(r"\{([^}]+)\}", path)
    return names[-1] if names else None


def resource(path: str) -> Resource:
    """What the path of a rename calls that which is renamed: the plural before its id, or before the verb."""
    last = _item_and_collection(path)[1].rpartition("/")[2]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[-_]", " ", last).lower()
    for one in (re.sub("ies$", "y", words), words[:-2], words[:-1]):
        if re.fullmatch("[a-z]+( [a-z]+)*", one) and Resource(one).many == words:
            return Resource(one)
    return CONVERSATION


def _candidates(item: str | None, collection: str) -> Mapping[str, list[Operation]]:
    searches = [("POST", f"{collection}/{each}") for each in _SEARCHES]
    lists = [("GET", collection), ("GET", f"{collection}/list"), *searches]
    if item is None:
        return {"list": lists}
    return {"read": [("GET", item)], "list": lists, "create": [("POST", collection)], "delete": [("DELETE", item)]}


def _item_and_collection(path: str) -> tuple[str | None, str]:
    """The path of one conversation, and that of all of them."""
    last = subject(path)
    if last is None:
        return None, path.rpartition("/")[0] or path
    item = path[: path.rindex(f"{{{last}}}") + len(last) + 2]
    return item, item.rpartition("/")[0]


def _shape(path: str) -> str:
    """A path whose parameters have no names."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def untold(roles: Collection[str]) -> Iterator[str]:
    """The roles that no operation was found for."""
    return (role for role in ("read", "list", "create", "delete") if role not in roles)
