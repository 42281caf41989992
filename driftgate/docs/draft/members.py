"""Finds the name, the id and the place of a conversation among the members of bodies and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from driftgate.docs.model import Body, Description, Member

_NAMES = ("name", "title", "display_name", "displayName", "subject", "topic", "label", "summary")
_IDS = ("id", "uuid", "key")
_ID = re.compile(r"(?i)(^|_|[a-z])id$")
_DEEPEST = 3  # names below which a conversation is looked for in an answer

Members = Mapping[str, Member]


@dataclass(frozen=True)
class Position:
    """Where an answer has a conversation: ``base`` points to it (or to a list), the others from it to id and name."""

    base: str
    id: str
    name: str


def sent(description: Description) -> Members:
    """The members of an operation's body."""
    return description.request.members if description.request else {}


def answered(description: Description) -> Members:
    """The members of the answer to a success; none where the document does not describe it."""
    body: Body | None = description.answers.get("success")
    if body is None or body.members[""].opaque:
        return {}
    return body.members


def name_in(members: Members) -> str | None:
    """The pointer to what looks like the name in a body."""
    texts = [pointer for pointer, member in members.items() if "*" not in pointer and is_text(member)]
    ranked = [
        (pointer.count("/"), _NAMES.index(_last(pointer)), pointer) for pointer in texts if _last(pointer) in _NAMES
    ]
    return min(ranked)[2] if ranked else None


def id_in(members: Members) -> str | None:
    """The pointer to what looks like the id of a conversation in a body, or among the parameters of a query."""
    found = [pointer for pointer in members if pointer.count("/") == 1 and _ID.search(_last(pointer))]
    preferred = [pointer for pointer in found if re.search("conv|sess|thread|chat", pointer.lower())]
    plain = [pointer for pointer in found if _last(pointer) in _IDS]
    return next(iter([*plain, *preferred, *found]), None)


def conversation_in(members: Members, subject: str | None, name: str, *, listed: bool = False) -> Position | None:
    """Where an answer has a conversation with its id and its name."""
    for base in sorted(_bases(members, listed=listed), key=lambda each: (each.count("/"), each)):
        inside = f"{base}/*" if listed else base
        identifier = _first(members, inside, [f"/{each}" for each in (subject, *_IDS) if each]) or _some_id(
            members, inside
        )
        named = _first(members, inside, [name, *(f"/{each}" for each in _NAMES)]) or _within_map(members, inside, name)
        if identifier and named:
            return Position(base, identifier, named)
    return None


def _bases(members: Members, *, listed: bool) -> Iterator[str]:
    for pointer in members:
        if "*" in pointer or pointer.count("/") > _DEEPEST:
            continue
        if (f"{pointer}/*" in members) == listed:
            yield pointer


def _first(members: Members, base: str, pointers: list[str]) -> str | None:
    return next((each for each in pointers if base + each in members), None)


def _some_id(members: Members, base: str) -> str | None:
    below = [pointer.removeprefix(base) for pointer in members if pointer.startswith(f"{base}/")]
    return next((each for each in below if each.count("/") == 1 and _ID.search(each)), None)


def _within_map(members: Members, base: str, name: str) -> str | None:
    """The name, where it is in an object whose members the document does not describe."""
    above = name.rpartition("/")[0]
    inside = base + above
    described = any(pointer.startswith(f"{inside}/") and not pointer.endswith("/*") for pointer in members)
    return name if above and inside in members and not described else None


def is_text(member: Member) -> bool:
    return member.types is not None and "string" in member.types


def last(pointer: str) -> str:
    """The name of the member that a pointer leads to."""
    return _last(pointer)


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
