"""JSON values: parsing what a target sent without trusting it, pointers into it, and short texts for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

JSON = Any

_TOO_LONG = 200


class _Absent:
    """The value at a pointer that leads nowhere."""

    def __repr__(self) -> str:
        return "absent"

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()


def parse(raw: bytes) -> JSON:
    """The JSON value in ``raw`` (RFC 8259: UTF-8, no NaN or Infinity). Raises ValueError for anything else."""
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _no_constant(text: str) -> JSON:
    raise ValueError(f"{text} is not JSON")


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


def pointer_of(path: Sequence[str | int]) -> str:
    """The JSON pointer of a path of keys and indexes."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


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


def one_line(text: str) -> str:
    """A text of somebody else's in one line for people, cut when long."""
    cleaned = "".join(char if char.isprintable() else " " for char in text)
    return cleaned if len(cleaned) <= 120 else f"{cleaned[:119]}…"


def printable(text: str) -> str:
    """A text with everything escaped that a terminal or a page would act on: controls, line ends, bidi marks."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    return char if char.isprintable() else ascii(char)[1:-1]


def brief(value: JSON) -> str:
    """A value in one line for people: JSON in ASCII escapes where it could not be told apart, cut when long."""
    if value is ABSENT:
        return "absent"
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _TOO_LONG else f"{text[: _TOO_LONG - 20]}… ({len(text)} characters)"
