"""Values made from JSON Schemas: what a server may answer when nothing but the schemas of its answers is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from driftgate.base.jsonvalue import JSON
from driftgate.contract.schemas import permits

_CHOICES = ("oneOf", "anyOf")
_TEXTS = ("driftgate", "", "a", "1", "A", "0" * 24, "a" * 32, "en", "https://example.com/", "info@example.com")
_NUMBERS = (1, 0, 2, 400, 1000, -1)
_BY_FORMAT = {
    "uuid": "5c2f1a60-6f0e-4f5e-9d53-2f4a3e1c0001",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "email": "info@example.com",
    "date": "2026-01-01",
}
_SHAPES = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": ("minimum", "maximum", "multipleOf"),
}
_DEEPEST = 12


def sample(schemas: Sequence[JSON], moment: float = 0.0, depth: int = 0) -> JSON:
    """A value that is valid under all of the schemas, which have no references; the nearest one where none is found.

    ``moment``: the time, in seconds since 1970, of members that are times.
    """
    if depth > _DEEPEST:
        return None
    nearest, found = None, False
    for candidate in _candidates(schemas, moment, depth):
        if all(permits(schema, candidate) for schema in schemas):
            return candidate
        nearest, found = (nearest, True) if found else (candidate, True)
    return nearest


def _candidates(schemas: Sequence[JSON], moment: float, depth: int) -> Iterator[JSON]:
    plain, chosen = _unfolded(schemas)
    if chosen:
        for branch in chosen[0]:
            yield from _candidates([*plain, *({"anyOf": rest} for rest in chosen[1:]), branch], moment, depth)
        return
    for keyword in ("const", "default", "example"):
        yield from (part[keyword] for part in plain if keyword in part)
    for keyword in ("enum", "examples"):
        yield from (value for part in plain for value in part.get(keyword, ()))
    for kind in _types(plain):
        yield from _of_type(kind, plain, moment, depth)


def _unfolded(schemas: Sequence[JSON]) -> tuple[list[Mapping[str, Any]], list[Sequence[JSON]]]:
    """Schemas without ``allOf``, ``oneOf`` and ``anyOf``, and the alternatives of each of the latter two."""
    plain: list[Mapping[str, Any]] = []
    choices: list[Sequence[JSON]] = []
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop(0)
        if isinstance(schema, Mapping):
            waiting += schema.get("allOf", ())
            choices += [schema[keyword] for keyword in _CHOICES if keyword in schema]
            plain.append({key: value for key, value in schema.items() if key not in ("allOf", *_CHOICES)})
    return plain, choices


def _types(plain: Sequence[Mapping[str, Any]]) -> list[str]:
    """The JSON types that all schemas allow, in the order in which the first of them names them, null last."""
    named = [[part["type"]] if isinstance(part["type"], str) else part["type"] for part in plain if "type" in part]
    if named:
        common = [kind for kind in named[0] if all(kind in each or _wider(kind, each) for each in named)]
        return sorted(common or named[0], key=lambda kind: kind == "null")
    shaped = [kind for kind, keywords in _SHAPES.items() if any(key in part for part in plain for key in keywords)]
    return shaped or ["object" if not plain else "string", "integer", "boolean", "null"]


def _wider(kind: str, types: Sequence[str]) -> bool:
    return kind == "integer" and "number" in types


def _of_type(kind: str, plain: Sequence[Mapping[str, Any]], moment: float, depth: int) -> Iterator[JSON]:
    if kind == "object":
        yield _object(plain, moment, depth)
    elif kind == "array":
        items = [part["items"] for part in plain if "items" in part]
        least = max((part.get("minItems", 0) for part in plain), default=0)
        yield [sample(items, moment, depth + 1) for _ in range(least)]
    elif kind == "string":
        yield from _texts(plain, moment)
    elif kind in ("integer", "number"):
        yield from (part[bound] for bound in ("minimum", "maximum", "multipleOf") for part in plain if bound in part)
        yield from _NUMBERS
    else:
        yield from {"boolean": (False, True)}.get(kind, (None,))


def _object(plain: Sequence[Mapping[str, Any]], moment: float, depth: int) -> dict[str, JSON]:
    members: dict[str, list[JSON]] = {}
    for part in plain:
        for name, schema in part.get("properties", {}).items():
            members.setdefault(name, []).append(schema)
        for name in part.get("required", ()):
            members.setdefault(name, [])
    # a member that may not be there is described as impossible
    possible = {name: schemas for name, schemas in members.items() if False not in schemas}
    return {name: sample(schemas, moment, depth + 1) for name, schemas in possible.items()}


def _texts(plain: Sequence[Mapping[str, Any]], moment: float) -> Iterator[str]:
    formats = [part["format"] for part in plain if "format" in part]
    if "date-time" in formats:
        yield datetime.fromtimestamp(moment, UTC).isoformat()
    yield from (_BY_FORMAT[each] for each in formats if each in _BY_FORMAT)
    least = max((part.get("minLength", 0) for part in plain), default=0)
    most = min((part["maxLength"] for part in plain if "maxLength" in part), default=max(least, 64))
    for each in _TEXTS:
        yield each.ljust(least, "x")[:most]


def moved(value: JSON, moment: float) -> JSON:
    """A time of the form of ``value``: seconds, or a text in the form of RFC 3339; anything else stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return value
    if isinstance(value, str):
        timely = permits({"format": "date-time"}, value)
        return datetime.fromtimestamp(moment, UTC).isoformat() if timely else value
    return int(moment) if isinstance(value, int) else moment
