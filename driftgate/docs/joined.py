"""Tables in a text in which the cells of a row have run together, so that a row is one line.

Headings are taken apart by the words of columns, rows by the words of types.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from driftgate.docs.model import Unreadable
from driftgate.docs.table import Row, Table, title_of
from driftgate.docs.words import COLUMNS, OPTIONAL, REQUIRED, TYPE_WORDS

_TYPE = rf"(?P<type>(?:{'|'.join(TYPE_WORDS)})(?:\((?:int|float|double)\w*\))?)"
_NEEDED = rf"(?P<required>{'|'.join(map(re.escape, (*REQUIRED, *OPTIONAL)))})"
_NAME_THEN_TYPE = re.compile(rf"(?P<name>[A-Za-z_][\w.-]*?){_TYPE}{_NEEDED}?(?P<says>.*)", re.ASCII)
_TYPE_AT_END = re.compile(rf"(?P<head>.+?){_NEEDED}?{_TYPE}(?P<schema>[A-Z]\w*)?", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_HEADINGS = sorted(COLUMNS, key=len, reverse=True)
_LONGEST_HEADING = 200
_LONGEST_ROW = 4000


def tables(text: str, names: Iterable[str]) -> list[Table]:
    """All tables of members; ``names`` are members that may be in them. Raises Unreadable for a row that is none."""
    lines = text.splitlines()
    known = sorted(set(names), key=len, reverse=True)
    found = []
    for number, line in enumerate(lines):
        columns = _heading(line.strip())
        if columns:
            rows = []
            for below, row in enumerate(lines[number + 1 :], number + 2):
                if not row.strip():
                    break
                rows.append(_row(row.strip(), below, columns, known))
            found.append(Table(number + 1, title_of(lines[:number]), columns, tuple(rows)))
    return found


def _heading(line: str) -> tuple[str, ...]:
    """What the columns hold when a line is made of the words of columns alone."""
    columns: list[str] = []
    while line:
        if len(line) > _LONGEST_HEADING:
            return ()
        word = next((word for word in _HEADINGS if line.startswith(word)), None)
        if word is None:
            return ()
        columns.append(COLUMNS[word])
        line = line[len(word) :].strip()
    return tuple(columns) if columns[:1] == ["name"] and "type" in columns else ()


def _row(line: str, number: int, columns: Sequence[str], known: Sequence[str]) -> Row:
    if len(line) > _LONGEST_ROW:
        raise Unreadable(f"has a row at line {number} of more than {_LONGEST_ROW} characters")
    if columns.index("type") == 1:
        match = _NAME_THEN_TYPE.fullmatch(line)
        cells = match.groupdict("") if match else {}
    else:
        match = _TYPE_AT_END.fullmatch(line)
        cells = match.groupdict("") if match else {}
        if cells:
            head = cells.pop("head")
            cells["name"] = _name(head, known)
            cells["says"] = head[len(cells["name"]) :]
    if not cells.get("name"):
        raise Unreadable(f"has a row at line {number} that is not understood: is it cut off?")
    return Row(number, {column: cells.get(column, "") for column in {*columns, "says"}})


def _name(head: str, known: Sequence[str]) -> str:
    """The name at the beginning of a row: the whole word if it is known or stands alone, else a known one in it."""
    match = _IDENTIFIER.match(head)
    word = match[0] if match else ""
    if word in known or word == head:
        return word
    return next((name for name in known if word.startswith(name)), word)
