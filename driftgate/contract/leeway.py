"""What a contract leaves open in answers: the types that a member may have, and whether it may be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from driftgate.base.jsonvalue import JSON, type_name
from driftgate.contract.model import Contract, Operation, Outcome
from driftgate.contract.openapi import inline, map_members
from driftgate.contract.template import placeholders

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_ABSENT = "absent"
_EVERY = "*"
Schemas = Sequence[JSON]


class Leeway:
    """What one contract leaves open. ``maps`` are the names of members whose own members are data."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._operations: Mapping[str, Operation | None] = {
            "create": contract.create,
            "rename": contract.rename,
            "read": contract.read,
            "list": contract.listing,
            "delete": contract.delete,
        }
        self.maps = map_members(contract.document)
        self._schemas = cache(self._documented)

    def allows(self, role: str, outcome: Outcome, pointer: str) -> tuple[str, ...]:
        """The JSON types that the contract allows a member of such answers, and ``absent`` where it promises none.

        A member that the contract does not name may be anything. The items of a list and the entries of a map are
        data, so that they may be missing. Empty where the contract names a member and is silent about its types.
        """
        steps = _steps(pointer)
        documented = [_reached(schema, steps) for schema in self._schemas(role, outcome)]
        judged = [[schema] for schema in self._judged(role, outcome, steps)]
        named = [schemas for schemas in (*documented, *judged) if schemas]
        if not named:
            return () if self._is_read(outcome, pointer) else tuple(sorted({*_TYPES, _ABSENT}))
        stated = [types for types in map(_all_allow, named) if types != _TYPES]
        return tuple(sorted({*chain(*stated), *([_ABSENT] if steps and steps[-1] == _EVERY else ())}))

    def _is_read(self, outcome: Outcome, pointer: str) -> bool:
        """Whether a run reads this of answers whose form no document gives."""
        outcomes = self._contract.outcomes
        return not pointer or (outcome is Outcome.REFUSAL and pointer in (outcomes.code, outcomes.message))

    def _documented(self, role: str, outcome: Outcome) -> list[JSON]:
        operation = self._operations[role]
        if operation is None:
            return []
        responses = self._contract.document["paths"][operation.url][operation.method.lower()].get("responses", {})
        return [
            inline(media["schema"], self._contract.document)
            for status, response in responses.items()
            if status == "default" or status.startswith("2") is (outcome is Outcome.SUCCESS)
            for media in response.get("content", {}).values()
            if "schema" in media
        ]

    def _judged(self, role: str, outcome: Outcome, steps: Sequence[str]) -> Iterator[JSON]:
        """What the catalogue says of the member beyond the document; it is what a run is held to."""
        for row in self._contract.requirements:
            if row.check == "answers" and str(outcome) == row.detail.get("on", "success"):
                there = self._translated(steps, role, row.detail.get("operation", "rename"))
                at = _steps(row.detail.get("at", ""))
                schema = row.detail.get("schema")
                # the values of a template are known only when an answer is judged
                if there is not None and there[: len(at)] == at and not placeholders(schema):
                    yield from _reached(schema, there[len(at) :])

    def _translated(self, steps: Sequence[str], role: str, other: str) -> list[str] | None:
        """Where the other operation answers the same: a read and a list show what a rename does, wherever it is."""
        if role == other:
            return list(steps)
        here, there = self._conversation(role), self._conversation(other)
        if role not in ("read", "list") or here is None or there is None or list(steps[: len(here)]) != here:
            return None
        return [*there, *steps[len(here) :]]

    def _conversation(self, role: str) -> list[str] | None:
        operation = self._operations[role]
        if operation is None:
            return None
        if operation.items is not None:
            return [*_steps(operation.items), _EVERY]
        return None if operation.conversation is None else _steps(operation.conversation)


def _steps(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _reached(schema: JSON, steps: Sequence[str]) -> list[JSON]:
    """The schemas that speak of what the steps lead to; none where no part of the schema names it."""
    schemas = [schema]
    for step in steps:
        schemas = [below for each in schemas for part in _parts(each) for below in _below(part, step)]
    return schemas


def _parts(schema: JSON) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        choices = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
        for part in (*choices, schema.get("then"), schema.get("else")):
            yield from _parts(part)


def _below(schema: Mapping[str, Any], step: str) -> Iterator[JSON]:
    if step in schema.get("properties", {}):
        yield schema["properties"][step]
    elif step == _EVERY:
        found = (schema.get(key) for key in ("items", "additionalProperties"))
        yield from (each for each in found if isinstance(each, Mapping))


def _all_allow(schemas: Schemas) -> frozenset[str]:
    return frozenset.intersection(*map(_allowed, schemas))


def _allowed(schema: JSON) -> frozenset[str]:
    """The types that a schema allows. What stands under a condition counts as if it always held."""
    if not isinstance(schema, Mapping):
        return _TYPES
    allowed = _stated(schema)
    for part in (*schema.get("allOf", ()), schema.get("then"), schema.get("else")):
        allowed &= _allowed(part)
    for choice in (schema[key] for key in ("anyOf", "oneOf") if schema.get(key)):
        allowed &= frozenset[str]().union(*map(_allowed, choice))
    return allowed


def _stated(schema: Mapping[str, Any]) -> frozenset[str]:
    if "const" in schema:
        return frozenset({type_name(schema["const"])})
    if "enum" in schema:
        return frozenset(map(type_name, schema["enum"]))
    stated = schema.get("type", _TYPES)
    types = {stated} if isinstance(stated, str) else set(stated)
    return frozenset(types | ({"integer"} if "number" in types else set()))
