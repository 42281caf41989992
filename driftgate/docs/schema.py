"""Turns JSON Schema into members: resolves references, merges combined schemas, leaves open what cannot be known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any
from urllib.parse import unquote

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, type_name
from driftgate.docs.model import ANY, NUMBERS, Member, Unreadable

_DEEPEST = 60
_MOST_SCHEMAS = 20_000
_MOST_VALUES = 2000
_UPPER = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
_LOWER = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
LIMITS: Mapping[str, int] = {**dict.fromkeys(_UPPER, 1), **dict.fromkeys(_LOWER, -1)}
_FORMS = ("format", "pattern", "multipleOf", "uniqueItems")


@dataclass(frozen=True)
class Node:
    """One merged schema: the types, limits and members of its values."""

    types: frozenset[str] | None = ANY
    limits: Mapping[str, JSON] = field(default_factory=dict)
    values: tuple[JSON, ...] | None = None
    default: JSON = ABSENT
    members: Mapping[str, Node] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    choices: frozenset[frozenset[str]] = frozenset()
    opaque: bool = False
    hidden: bool = False


class Schemas:
    """The schemas of one document, read for requests or for answers.

    ``case`` is a value like the answers in question: where a schema has an ``if``, it decides the branch. Without a
    case both branches are possible.
    """

    def __init__(self, document: Mapping[str, Any], most: int = _MOST_SCHEMAS) -> None:
        self._document = document
        self._most = self._left = most

    def members(self, schema: JSON, *, request: bool, case: JSON = ABSENT) -> tuple[dict[str, Member], Node]:
        """The members under a schema by JSON pointer, and the schema itself, merged."""
        node = self._node(schema, (), request, case)
        return dict(members_of(node)), node

    def resolve(self, value: JSON) -> Any:
        """The target of a reference. Raises Unreadable for one to another document, to nowhere or in a circle."""
        seen: set[str] = set()
        while isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
            reference = value["$ref"]
            if reference in seen:
                raise Unreadable(f"$ref {reference} leads in a circle")
            seen.add(reference)
            value = self._target(reference)
        return value

    def _target(self, reference: str) -> JSON:
        document, _, pointer = reference.partition("#")
        if document:
            raise Unreadable(f"$ref {reference} leads to another document; put all into one")
        found = at(self._document, unquote(pointer)) if pointer.startswith("/") or not pointer else ABSENT
        if found is ABSENT:
            raise Unreadable(f"$ref {reference} leads nowhere: is the document cut off?")
        return found

    def _node(self, schema: JSON, path: tuple[str, ...], request: bool, case: JSON) -> Node:
        self._left -= 1
        if self._left < 0:
            raise Unreadable(f"describes more than {self._most} schemas in one operation")
        if len(path) > _DEEPEST:
            raise Unreadable(f"has schemas nested more than {_DEEPEST} deep")
        if isinstance(schema, bool):
            return Node() if schema else Node(types=frozenset())
        if not isinstance(schema, Mapping):
            raise Unreadable(f"has {type_name(schema)} where a schema stands")
        return self._merged(schema, path, request, case)

    def _merged(self, schema: Mapping[str, Any], path: tuple[str, ...], request: bool, case: JSON) -> Node:
        def inner(part: JSON, reference: str = "") -> Node:
            return self._node(part, (*path, reference), request, case)

        def below(name: str, part: JSON) -> Node:
            of_member = case.get(name, ABSENT) if isinstance(case, Mapping) else ABSENT
            return self._node(part, (*path, ""), request, of_member)

        node = _uncombined(schema, request, below)
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in path:  # it contains itself: described once
                return both(node, Node(types=None, opaque=True))
            node = both(inner(self._target(reference), reference), node)
        for part in listed(schema, "allOf"):
            node = both(node, inner(part))
        for key in ("anyOf", "oneOf"):
            node = _alternatives(node, listed(schema, key), inner)
        node = _conditional(node, schema, inner, case)
        if schema.get("nullable") is True and node.types is not None:
            node = replace(node, types=node.types | {"null"})
        return node


def _uncombined(schema: Mapping[str, Any], request: bool, below: Callable[[str, JSON], Node]) -> Node:
    """What the schema says by itself, without the keywords that combine schemas."""
    values = _values(schema)
    members = {str(name): below(str(name), part) for name, part in mapping(schema, "properties").items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping) and schema[key]:
            members["*"] = below("*", schema[key])
    return Node(
        types=_types(schema, values),
        limits=_limits(schema),
        values=values,
        default=schema.get("default", ABSENT),
        members=members,
        required=frozenset(map(str, listed(schema, "required"))),
        hidden=schema.get("readOnly" if request else "writeOnly") is True,
    )


def members_of(node: Node, pointer: str = "", required: bool | None = None) -> Iterator[tuple[str, Member]]:
    """The members of a merged schema by JSON pointer, itself first."""
    yield pointer, Member(node.types, required, node.limits, node.values, node.default, node.opaque)
    for name, inner in node.members.items():
        if not inner.hidden:
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from members_of(inner, f"{pointer}/{escaped}", None if name == "*" else name in node.required)


def of_values(values: Sequence[JSON]) -> Node:
    """The schema that values suggest: their members and types. Null and empty values suggest nothing."""
    return reduce(either, map(_of_value, values))


def _of_value(value: JSON, depth: int = 0) -> Node:
    if value is None or depth > _DEEPEST:
        return Node(types=None, opaque=True)
    inner: dict[str, Node] = {}
    if isinstance(value, Mapping):
        inner = {str(name): _of_value(item, depth + 1) for name, item in value.items()}
    elif isinstance(value, list) and value:
        inner = {"*": reduce(either, (_of_value(item, depth + 1) for item in value))}
    empty = isinstance(value, (Mapping, list)) and not value
    return Node(types=frozenset({type_name(value)}), members=inner, opaque=empty)


def both(one: Node, other: Node) -> Node:
    """What holds for values that match both schemas."""
    members = dict(one.members)
    for name, inner in other.members.items():
        members[name] = both(members[name], inner) if name in members else inner
    if one.types is None or other.types is None:
        types = one.types if other.types is None else other.types
    else:
        types = one.types & other.types
    return Node(
        types=types,
        limits=_joined(one.limits, other.limits, 1),
        values=_common(one.values, other.values),
        default=one.default if other.default is ABSENT else other.default,
        members=members,
        required=one.required | other.required,
        choices=one.choices | other.choices,
        opaque=one.opaque or other.opaque,
        hidden=one.hidden or other.hidden,
    )


def either(one: Node, other: Node) -> Node:
    """What holds for values that match either schema."""
    for null, rest in ((one, other), (other, one)):
        if null.types == frozenset({"null"}):
            return replace(rest, types=None if rest.types is None else rest.types | {"null"})
    members = dict(one.members)
    for name, inner in other.members.items():
        members[name] = either(members[name], inner) if name in members else inner
    if one.types is None or other.types is None:
        types = one.types if other.types is None else other.types
    else:
        types = one.types | other.types
    values = None
    if one.values is not None and other.values is not None:
        values = (*one.values, *(value for value in other.values if value not in one.values))
        if types == frozenset({"boolean"}) and len(values) == len((True, False)):  # all that there are: no restriction
            values = None
    shared = {key: value for key, value in one.limits.items() if key in other.limits}
    return Node(
        types=types,
        limits=_joined(shared, {key: other.limits[key] for key in shared}, -1),
        values=values,
        default=one.default if one.default == other.default else ABSENT,
        members=members,
        required=_required_by_each(one, other),
        choices=one.choices & other.choices,
        opaque=one.opaque or other.opaque,
        hidden=one.hidden and other.hidden,
    )


def _required_by_each(one: Node, other: Node) -> frozenset[str]:
    """The members that both schemas require; a schema without objects requires nothing and is left out."""
    for node, rest in ((one, other), (other, one)):
        if node.types is not None and "object" not in node.types:
            return rest.required
    return one.required & other.required


def _joined(one: Mapping[str, JSON], other: Mapping[str, JSON], sign: int) -> dict[str, JSON]:
    """The limits of both, the tighter one of two (with ``sign`` -1 the looser)."""
    joined = dict(one)
    for key, value in other.items():
        if key in joined and key in LIMITS:
            joined[key] = (min if LIMITS[key] * sign > 0 else max)(joined[key], value)
        else:
            joined[key] = value
    return joined


def _common(one: tuple[JSON, ...] | None, other: tuple[JSON, ...] | None) -> tuple[JSON, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(value for value in one if value in other)


def _alternatives(node: Node, parts: Sequence[JSON], inner: Callable[[JSON], Node]) -> Node:
    if not parts:
        return node
    branches = [inner(part) for part in parts]
    # a branch that is silent about a member leaves it as the schema around it says
    merged = reduce(either, (both(node, branch) for branch in branches))
    demands = frozenset(_demand(node, branch, branch.required - merged.required) for branch in branches)
    return merged if "" in demands else replace(merged, choices=merged.choices | {demands})


def _demand(node: Node, branch: Node, needed: frozenset[str]) -> str:
    """What one of several branches demands of an object: the members ``needed`` in it alone; empty without any."""
    names = [*sorted(needed), *sorted(name for name in branch.members if name not in needed)]
    texts = {name: _narrowed(node.members.get(name, Node()), branch.members.get(name, Node())) for name in names}
    sent = [" ".join(each for each in (name, texts[name]) if each) for name in names if name in needed]
    beside = [f"{name} {texts[name]}" for name in names if name not in needed and texts[name]]
    return " and ".join(sent) + (f" ({', '.join(beside)} or not sent)" if beside else "") if sent else ""


def _narrowed(node: Node, branch: Node) -> str:
    """The values and limits of a member that a branch adds, in words."""
    values = [] if branch.values is None or branch.values == node.values else [" or ".join(map(brief, branch.values))]
    limits = [_in_words(key, value) for key, value in branch.limits.items() if node.limits.get(key) != value]
    return " ".join((*values, *sorted(limits)))


def _in_words(key: str, limit: JSON) -> str:
    return f"matching {limit}" if key == "pattern" else f"of {key} {brief(limit)}"


def _conditional(node: Node, schema: Mapping[str, Any], inner: Callable[[JSON], Node], case: JSON) -> Node:
    if "if" not in schema:
        return node
    branches = [both(node, inner(schema[key])) if key in schema else node for key in ("then", "else")]
    holds = _holds(schema["if"], case)
    return either(*branches) if holds is None else branches[0 if holds else 1]


def _holds(condition: JSON, case: JSON) -> bool | None:
    """Whether a value meets a condition of constants; None for a condition that asks for more than constants."""
    if not isinstance(case, Mapping) or not isinstance(condition, Mapping) or set(condition) - {"properties"}:
        return None
    asked = {name: _values(part) for name, part in mapping(condition, "properties").items()}
    if not asked.keys() <= case.keys() or None in asked.values():
        return None
    return all(case[name] in (values or ()) for name, values in asked.items())


def _types(schema: Mapping[str, Any], values: tuple[JSON, ...] | None) -> frozenset[str]:
    given = schema.get("type")
    names = {given} if isinstance(given, str) else set(map(str, listed(schema, "type")))
    if not names:
        if values is None:
            return ANY
        names = set(map(type_name, values))
    return frozenset(names | NUMBERS if "number" in names else names)


def _values(schema: JSON) -> tuple[JSON, ...] | None:
    if not isinstance(schema, Mapping):
        return None
    if "const" in schema:
        return (schema["const"],)
    values = schema.get("enum")
    if isinstance(values, list) and len(values) > _MOST_VALUES:
        raise Unreadable(f"lists more than {_MOST_VALUES} values for one member")
    return tuple(values) if isinstance(values, list) else None


def _limits(schema: Mapping[str, Any]) -> dict[str, JSON]:
    limits = {key: schema[key] for key in _FORMS if key in schema and schema[key] is not False}
    for key in LIMITS:
        value = schema.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            limits[key] = value
    for key in ("Minimum", "Maximum"):  # in OpenAPI 3.0 these are flags that make the other limit exclusive
        if schema.get(f"exclusive{key}") is True and key.lower() in limits:
            limits[f"exclusive{key}"] = limits.pop(key.lower())
    names = schema.get("propertyNames")
    if isinstance(names, Mapping):
        limits |= {f"propertyNames.{key}": value for key, value in _limits(names).items()}
    return limits


def mapping(schema: Mapping[str, Any], key: str) -> Mapping[Any, Any]:
    """The object at a key, or an empty one."""
    value = schema.get(key)
    return value if isinstance(value, Mapping) else {}


def listed(schema: Mapping[str, Any], key: str) -> Sequence[Any]:
    """The list at a key, or an empty one."""
    value = schema.get(key)
    return value if isinstance(value, list) else ()
