"""JSON values: parsing what a target sent without trusting it, pointers into it, and short texts for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

JSON = Any

_TOO_LONG = 200
_DEEPEST = 100
_TOO_DEEP = f"nested deeper than {_DEEPEST} levels"
_MOST_DIGITS = 1000


class _Absent:
    """The value at a pointer that leads nowhere."""

    def __repr__(self) -> str:
        return "absent"

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()


def parse(raw: bytes) -> JSON:
    """The JSON value in ``raw`` (RFC 8259: UTF-8, no NaN or Infinity). Raises ValueError for anything else.

    A value that is nested too deep is refused, as is a member that is given twice with different values: readers of
    JSON do not agree on what it says.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_constant=_no_constant, parse_int=_integer, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except UnicodeDecodeError as problem:
        raise ValueError(f"no UTF-8 at byte {problem.start}") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"{problem.msg} at character {problem.pos}") from None
    check_depth(value)
    return value


def _no_constant(text: str) -> JSON:
    raise ValueError(f"{text} is not JSON")


def _integer(text: str) -> int | float:
    """A number; one of more digits than Python takes for an integer is one that nobody takes for one."""
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise ValueError(f"the member {brief(key)} is given twice, with different values")
        found[key] = value
    return found


def check_depth(value: JSON) -> None:
    """Raises ValueError for a value deeper than what walks through values by recursion can take."""
    level = [value]
    for _ in range(_DEEPEST):
        # what holds nothing needs no look into, and a server can send very many such
        level = [item for each in level for item in _items(each) if isinstance(item, (dict, list)) and item]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _items(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def at(value: JSON, pointer: str) -> JSON:
    """The value at a JSON pointer (RFC 6901), or ``ABSENT``."""
    for escaped in pointer.split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return ABSENT
    return value


def put(value: JSON, pointer: str, new: JSON) -> JSON:
    """A copy of a value with ``new`` at a JSON pointer; objects that lead there are made where there are none."""
    first, _, rest = pointer[1:].partition("/")
    token = first.replace("~1", "/").replace("~0", "~")
    known = value if isinstance(value, Mapping) else {}
    return {**known, token: new if "/" not in pointer[1:] else put(known.get(token), f"/{rest}", new)}


def without(value: JSON, pointer: str) -> JSON:
    """A copy of a value without what is at a JSON pointer."""
    first, _, rest = pointer[1:].partition("/")
    token = first.replace("~1", "/").replace("~0", "~")
    if not isinstance(value, Mapping) or token not in value:
        return value
    if "/" not in pointer[1:]:
        return {key: item for key, item in value.items() if key != token}
    return {**value, token: without(value[token], f"/{rest}")}


def pointer_to(member: str) -> str:
    """The JSON pointer of a member that is named, or told by a pointer already."""
    return member if member.startswith("/") else pointer_of([member])


def with_members(body: Mapping[str, JSON], members: Mapping[str, JSON]) -> dict[str, JSON]:
    """A body with other values of some members, which are named or told by JSON pointers."""
    found: dict[str, JSON] = dict(body)
    for member, value in members.items():
        found = put(found, pointer_to(member), value)
    return found


def without_members(body: Mapping[str, JSON], members: Iterable[str]) -> dict[str, JSON]:
    """A body without some members, which are named or told by JSON pointers."""
    found: dict[str, JSON] = dict(body)
    for member in members:
        found = without(found, pointer_to(member))
    return found


def pointer_of(path: Sequence[str | int]) -> str:
    """The JSON pointer of a path of keys and indexes; a key that is longer than any real one is cut."""
    return "".join("/" + _cut(str(step)).replace("~", "~0").replace("/", "~1") for step in path)


def _cut(key: str) -> str:
    return key if len(key) <= _TOO_LONG else f"{key[:_TOO_LONG]}…"


def type_name(value: JSON) -> str:
    """The JSON type of a value; a number is ``integer`` when it is written as one."""
    if value is ABSENT:
        return "absent"
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"


def printable(text: str) -> str:
    """A text with everything escaped that a terminal or a page would act on: controls, line ends, bidi marks."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    return char if char.isprintable() else ascii(char)[1:-1]


def brief(value: JSON) -> str:
    """A value in one line for people: JSON in ASCII escapes where it could not be told apart, cut when long."""
    return "absent" if value is ABSENT else one_line(json.dumps(value, ensure_ascii=False))


def is_cut(value: JSON) -> bool:
    """Whether ``brief`` tells a part of the value alone."""
    return value is not ABSENT and len(printable(json.dumps(value, ensure_ascii=False))) > _TOO_LONG


def one_line(text: str) -> str:
    """A text of somebody else's in one line for people: what does not show is escaped, what is long is cut."""
    shown = printable(text[: _TOO_LONG + 1])
    return shown if len(shown) <= _TOO_LONG else f"{shown[: _TOO_LONG - 20]}… ({len(text)} characters)"
