"""Where JSON pointers lead in JSON Schemas without references: which values are possible there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftgate.base.jsonvalue import JSON

_IN_ALL = ("allOf", "anyOf", "oneOf")
_IN_ONE = ("if", "then", "else")


@dataclass(frozen=True)
class Step:
    """What schemas say of one member or item.

    ``schemas`` are those that speak of it; none of them where anything may be there. ``possible`` is False where they
    describe other members and not this one; ``known`` are those.
    """

    schemas: Sequence[JSON]
    possible: bool
    known: Sequence[str] = ()


@dataclass(frozen=True)
class DeadEnd:
    """The part of a pointer that leads nowhere, and the members that are described where it ends."""

    token: str
    known: Sequence[str]


def follow(schemas: Sequence[JSON], pointer: str) -> Sequence[JSON] | DeadEnd:
    """The schemas of the value at a JSON pointer; empty where anything may be there."""
    for escaped in pointer.split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        if not schemas:
            return ()
        taken = step(schemas, token)
        if not taken.possible:
            return DeadEnd(token, taken.known)
        schemas = taken.schemas
    return schemas


def step(schemas: Sequence[JSON], token: str) -> Step:
    """What schemas, all of one value, say of its member or item ``token``."""
    found: list[JSON] = []
    known: dict[str, None] = {}
    anything, types = False, set[str]()
    for part in parts(schemas):
        properties = part.get("properties", {})
        known.update(dict.fromkeys(properties))
        found += [properties[token]] if token in properties else []
        found += [each for pattern, each in part.get("patternProperties", {}).items() if re.search(pattern, token)]
        found += [part["items"]] if token.isdigit() and "items" in part else []
        others = part.get("additionalProperties", False)
        anything = anything or (others is True or isinstance(others, Mapping))
        given = part.get("type", ())
        types |= {given} if isinstance(given, str) else set(given)
    containers = {"array"} if token.isdigit() and not known else {"object"}
    possible = bool(found) or anything or (not known and (not types or bool(types & containers)))
    return Step(found, possible, tuple(known))


def parts(schemas: Sequence[JSON]) -> Iterator[Mapping[str, Any]]:
    """The schemas, and those that they apply to the same value."""
    for schema in schemas:
        if isinstance(schema, Mapping):
            yield schema
            for keyword in _IN_ALL:
                yield from parts(schema.get(keyword, ()))
            yield from parts([schema[keyword] for keyword in _IN_ONE if keyword in schema])


def types_of(schemas: Sequence[JSON]) -> frozenset[str]:
    """The JSON types that schemas name for a value; empty where they name none."""
    named = [part["type"] for part in parts(schemas) if "type" in part]
    return frozenset(each for one in named for each in ([one] if isinstance(one, str) else one))


def all_schemas(schema: JSON) -> Iterator[tuple[list[str | int], Mapping[str, Any]]]:
    """Every schema within a schema, with its path."""
    waiting: list[tuple[list[str | int], JSON]] = [([], schema)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, Mapping):
            yield path, each
            waiting += _below(path, each)


def _below(path: list[str | int], schema: Mapping[str, Any]) -> Iterator[tuple[list[str | int], JSON]]:
    for keyword, value in schema.items():
        if keyword in ("properties", "patternProperties", "$defs", "dependentSchemas") and isinstance(value, Mapping):
            yield from (([*path, keyword, name], each) for name, each in value.items())
        elif keyword in (*_IN_ALL, "prefixItems") and isinstance(value, list):
            yield from (([*path, keyword, index], each) for index, each in enumerate(value))
        elif keyword in (*_IN_ONE, "not", "items", "additionalProperties", "contains", "propertyNames"):
            yield [*path, keyword], value
