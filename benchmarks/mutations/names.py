"""The ways to spoil a name: functions from text to text, such as careless servers apply."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import unquote

Spoil = Callable[[str], str]


def collapse(name: str) -> str:
    return re.sub(r"\s+", " ", name)


def within_the_bmp(name: str) -> str:
    return "".join(char for char in name if ord(char) < 0x10000)


def without_controls(name: str) -> str:
    return "".join(char for char in name if unicodedata.category(char) != "Cc")


SPOILS: Mapping[str, Spoil] = {
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "collapse-blanks": collapse,
    "cut-at-20": lambda name: name[:20],
    "cut-at-50": lambda name: name[:50],
    "cut-at-100": lambda name: name[:100],
    "html-escape": html.escape,
    "strip-quotes": lambda name: name.replace('"', "").replace("'", ""),
    "strip-non-bmp": within_the_bmp,
    "decompose": lambda name: unicodedata.normalize("NFD", name),
    "double-backslash": lambda name: name.replace("\\", "\\\\"),
    "percent-decode": unquote,
    "drop-controls": without_controls,
    "reverse": lambda name: name[::-1],
    "append-blank": lambda name: f"{name} ",
}
