"""Compares single members and parameters of two descriptions of an operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from driftgate.base.jsonvalue import ABSENT, JSON, brief, one_line
from driftgate.docs.model import ANY, NUMBERS, Member
from driftgate.docs.schema import LIMITS
from driftgate.drift.model import Change

_ORDERED_FORMATS = (("int32", "int64"), ("float", "double"))
_NUMBER_FORMATS = ("int32", "int64", "float", "double")
_TIGHTER, _LOOSER, _OTHER = "tightened", "loosened", "changed"


@dataclass(frozen=True)
class Judged:
    """An aspect of one location that both sides describe. Without a change they agree."""

    aspect: str
    location: str
    change: Change | None = None


def judged(aspect: str, location: str, rule: str | None = None, before: str = "", after: str = "") -> Judged:
    """An agreement (without a rule) or a change. Texts of the page are escaped: they go to terminals."""
    location = one_line(location)
    if rule is None:
        return Judged(aspect, location)
    return Judged(aspect, location, Change(rule, location, one_line(before), one_line(after)))


@dataclass(frozen=True)
class Side:
    """Whether members are sent or read: this decides what a change means, and the name of its rule."""

    request: bool

    def rule(self, of_request: str, of_answer: str) -> str:
        return of_request if self.request else of_answer


def judge_members(
    side: Side, location: str, before: Mapping[str, Member], after: Mapping[str, Member], aspects: frozenset[str]
) -> Iterator[Judged]:
    """Every member, by JSON pointer, that both sides describe. An added or removed tree is reported at its root."""
    for pointer in sorted(before.keys() | after.keys()):
        parent = pointer.rpartition("/")[0]
        if pointer and not (_holds(before, parent, pointer) and _holds(after, parent, pointer)):
            continue
        where = f"{location} {pointer or '/'}".strip()
        yield from judge_member(side, where, _at(before, pointer), _at(after, pointer), aspects)


def _at(members: Mapping[str, Member], pointer: str) -> Member | None:
    """The member at a pointer; items that are not described can be anything."""
    return members.get(pointer, Member() if pointer.endswith("/*") else None)


def _holds(members: Mapping[str, Member], parent: str, pointer: str) -> bool:
    """Whether the parent is described and can have members."""
    if pointer in members:
        return True
    member = members.get(parent)
    if member is None or member.opaque:
        return False
    return member.types is None or bool(member.types & {"object", "array"})


def judge_member(
    side: Side, location: str, old: Member | None, new: Member | None, aspects: frozenset[str]
) -> Iterator[Judged]:
    """One member or parameter, in every aspect that both sides describe."""
    if old is None and new is not None:
        demanded = side.request and new.required
        rule = "required-request-member-added" if demanded else side.rule("request-member-added", "member-added")
        yield judged("member", location, rule, "absent", describe_types(new))
    elif new is None and old is not None:
        yield judged(
            "member", location, side.rule("request-member-removed", "member-gone"), describe_types(old), "absent"
        )
    elif old is not None and new is not None:
        yield judged("member", location)
        yield from _required(side, location, old, new)
        yield from _types(side, location, old, new, aspects)
        yield from _limits(side, location, old, new, aspects)
        yield from _values(side, location, old, new, aspects)
        if side.request and "defaults" in aspects:
            yield _default(location, old, new)


def describe_types(member: Member) -> str:
    """The types of a member, in words."""
    if member.types is None:
        return "of an unstated type"
    if member.types >= ANY:
        return "anything"
    names = member.types - {"integer"} if "number" in member.types else member.types
    return " or ".join(sorted(names)) or "nothing"


def _required(side: Side, location: str, old: Member, new: Member) -> Iterator[Judged]:
    if old.required is None or new.required is None:
        return
    words = {True: "required" if side.request else "always", False: "optional" if side.request else "sometimes"}
    if old.required is new.required:
        yield judged("required", location)
    elif new.required:
        rule = side.rule("request-member-became-required", "member-became-constant")
        yield judged("required", location, rule, words[False], words[True])
    else:
        rule = side.rule("request-member-became-optional", "member-became-optional")
        yield judged("required", location, rule, words[True], words[False])


def _types(side: Side, location: str, old: Member, new: Member, aspects: frozenset[str]) -> Iterator[Judged]:
    if old.types is None or new.types is None:
        return
    was, now = old.types, new.types
    if "integer" not in aspects:
        was, now = (types | NUMBERS if types & NUMBERS else types for types in (was, now))
    if "null" not in aspects or not was - {"null"} or not now - {"null"}:
        was, now = was - {"null"} or was, now - {"null"} or now
    elif not (was >= ANY or now >= ANY):
        texts = describe_types(old), describe_types(new)
        if "null" in now - was:
            yield judged("null", location, side.rule("request-null-allowed", "member-became-nullable"), *texts)
        elif "null" in was - now:
            yield judged("null", location, side.rule("request-null-refused", "member-no-longer-null"), *texts)
        was, now = was - {"null"}, now - {"null"}
    yield _type(side, location, Member(was), Member(now))


def _type(side: Side, location: str, old: Member, new: Member) -> Judged:
    was, now = old.types or frozenset(), new.types or frozenset()
    if was == now:
        return judged("type", location)
    kind = "widened" if was < now else "narrowed" if now < was else "changed"
    rule = side.rule(f"request-type-{kind}", f"type-{kind}")
    return judged("type", location, rule, describe_types(old), describe_types(new))


def _limits(side: Side, location: str, old: Member, new: Member, aspects: frozenset[str]) -> Iterator[Judged]:
    prefix = side.rule("request", "answer")
    for key in sorted(old.limits.keys() | new.limits.keys()):
        was, now = old.limits.get(key, ABSENT), new.limits.get(key, ABSENT)
        if ABSENT in (was, now) and not _stated(key, was if now is ABSENT else now, aspects):
            continue
        if was == now or (now is ABSENT and _in_words(key, was, new.numbers, aspects)):
            yield judged(key, location)
            continue
        kind = "added" if was is ABSENT else "removed" if now is ABSENT else _direction(key, was, now)
        yield judged(key, location, f"{prefix}-limit-{kind}", f"{key} {brief(was)}", f"{key} {brief(now)}")


def _stated(key: str, value: JSON, aspects: frozenset[str]) -> bool:
    """Whether a source would name this limit, so that its silence means that there is no such limit."""
    if key == "format":
        kind = "number formats" if value in _NUMBER_FORMATS else "text formats"
        return "formats" in aspects or kind in aspects
    bound = key.rpartition(".")[2] in LIMITS
    return "limits" in aspects or ("limits in words" in aspects and bound)


def _in_words(key: str, limit: JSON, numbers: frozenset[str], aspects: frozenset[str]) -> bool:
    """Whether a description has the number, or its length: it may state the limit in words that we do not know."""
    digits = key in ("minimum", "maximum") and str(len(str(limit))) in numbers
    return "limits in words" in aspects and (str(limit) in numbers or digits)


def _direction(key: str, was: JSON, now: JSON) -> str:
    sign = LIMITS.get(key.rpartition(".")[2])
    if sign is not None:
        return _TIGHTER if (now - was) * sign < 0 else _LOOSER
    for narrow, wide in _ORDERED_FORMATS:
        if [was, now] in ([narrow, wide], [wide, narrow]):
            return _TIGHTER if now == narrow else _LOOSER
    return _OTHER


def _values(side: Side, location: str, old: Member, new: Member, aspects: frozenset[str]) -> Iterator[Judged]:
    if old.values is None and new.values is None:
        return
    prefix = side.rule("request", "answer")
    if old.values is None or new.values is None:
        if "values" in aspects:
            kind = "restricted" if old.values is None else "freed"
            yield judged("values", location, f"{prefix}-values-{kind}", _listed(old.values), _listed(new.values))
        return
    gone = [value for value in old.values if not _among(value, new.values)]
    come = [value for value in new.values if not _among(value, old.values)]
    yield judged("values", location)
    for value in gone:
        yield judged(f"value {brief(value)}", location, f"{prefix}-value-removed", brief(value), "absent")
    for value in come:
        yield judged(f"value {brief(value)}", location, f"{prefix}-value-added", "absent", brief(value))


def _among(value: JSON, values: tuple[JSON, ...]) -> bool:
    """Whether a value is among others. True and 1 are different in JSON, and equal in Python."""
    return any(type(value) is type(other) and value == other for other in values)


def _listed(values: tuple[JSON, ...] | None) -> str:
    return "any value" if values is None else ", ".join(map(brief, values))


def _default(location: str, old: Member, new: Member) -> Judged:
    was, now = old.default, new.default
    if type(was) is type(now) and was == now:
        return judged("default", location)
    kind = "added" if was is ABSENT else "removed" if now is ABSENT else "changed"
    return judged("default", location, f"request-default-{kind}", f"default {brief(was)}", f"default {brief(now)}")
