"""Bodies of which one member has another type than the contract says: null, a number, a flag, a text and more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from driftgate.base.jsonvalue import JSON, type_name
from driftgate.contract import Contract
from driftgate.contract.openapi import rename_schema
from driftgate.contract.template import placeholders

# by the words for them; those that a server may take for true, or for a text, and then pay for, are not free
VALUES: Mapping[str, JSON] = {
    "object": {"a": [None]},
    "flag": True,
    "null": None,
    "list": ["driftgate"],
    "number": 0,
    "text": "sometimes",
}
# what servers rather take, as nothing or as a text, and what they rather refuse; null where a member is required
_TAKEN_FIRST = ("null", "number", "flag", "text", "list", "object")
_REFUSED_FIRST = ("object", "list", "null", "text", "flag", "number")
_OF_SCHEMA = {"string": "text", "integer": "number", "boolean": "flag", "object": "object", "array": "list"}
_WORDS = {"string": "text", "integer": "number", "number": "number", "boolean": "flag", "array": "list"}


@dataclass(frozen=True)
class WrongType:
    """A member of a rename body, and the type that it gets instead of its own."""

    member: str
    type: str


def wrong_types(contract: Contract, *, allow_cost: bool) -> Iterator[WrongType]:
    """Every member of a rename body with every wrong type, the members that carry the name first.

    Without ``allow_cost`` those are left out that may cost something: for a member with costs, a value that a server
    may take for true, or for a text; any other value of a member that says on whose behalf a request is.
    """
    body = contract.rename.body or {}
    schema = rename_schema(contract)
    properties: Mapping[str, Any] = schema["properties"]
    carriers = [key for key, value in body.items() if placeholders(value) == {"name"}]
    supplied = {key for key, value in body.items() if placeholders(value) - {"name"}}
    for member in dict.fromkeys([*carriers, *(key for key in properties if key not in supplied), *supplied]):
        for word in VALUES:
            schema_type = str(properties.get(member, {}).get("type"))
            right = word == _OF_SCHEMA.get(schema_type)
            # the number is 0: false for a flag, and a text of one digit for a text
            nothing = word == "null" or (word == "number" and schema_type != "string")
            free = member not in supplied and (nothing or "x-costs" not in properties.get(member, {}))
            if not right and (allow_cost or (free and not _generates(contract, member, word))):
                yield WrongType(member, word)


def combined(types: Iterable[WrongType]) -> list[list[WrongType]]:
    """The same wrong types in as few bodies as the member with the most of them needs.

    A server that refuses one member may never look at another. So a value that is surely refused shares a body with
    values of other members that servers rather take: the first member has its values in the one order, others in the
    other. Those with few share the first bodies and the last ones in turn.
    """
    of_members: dict[str, list[WrongType]] = {}
    for each in types:
        of_members.setdefault(each.member, []).append(each)
    groups = sorted(of_members.values(), key=len, reverse=True)
    bodies: list[list[WrongType]] = [[] for _ in groups[0]] if groups else []
    for number, group in enumerate(groups):
        order = _TAKEN_FIRST if number else _REFUSED_FIRST
        ordered = sorted(group, key=lambda each: order.index(each.type))
        begin = 0 if number % 2 else len(bodies) - len(ordered)
        for body, each in zip(bodies[begin:], ordered, strict=False):
            body.append(each)
    return bodies


def _generates(contract: Contract, member: str, word: str) -> bool:
    """Whether a server that takes null for a missing name may generate one, and pay for it."""
    body = contract.rename.body or {}
    others = rename_schema(contract)["properties"].keys() - body.keys()
    costly = any("x-costs" in rename_schema(contract)["properties"][key] for key in others)
    return word == "null" and member in body and costly


def broken_by(contract: Contract, rejected: Collection[str]) -> set[WrongType]:
    """The wrong types that these requirements, of the check "rejects", send already."""
    found = set()
    for row in contract.requirements:
        for broken in row.detail.get("breaks", ()) if row.id in rejected else ():
            if len(broken.get("set", ())) == 1 and "body" not in row.detail:
                ((member, value),) = broken["set"].items()
                found.add(WrongType(member, word_of(value)))
    return found


def word_of(value: JSON) -> str:
    """The word for the type of a value."""
    name = type_name(value)
    return _WORDS.get(name, name)
