"""Reads tables of members from the text of a page, in two layouts, and the values after labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from driftgate.docs.model import Unreadable
from driftgate.docs.words import COLUMNS, OPTIONAL, REQUIRED, TYPE_WORDS

_MOST_COLUMNS = 12
_TYPE = rf"(?P<type>(?:{'|'.join(TYPE_WORDS)})(?:\((?:int|float|double)\w*\))?)"
_NEEDED = rf"(?P<required>{'|'.join(map(re.escape, (*REQUIRED, *OPTIONAL)))})"
_NAME_THEN_TYPE = re.compile(rf"(?P<name>[A-Za-z_][\w.-]*?){_TYPE}{_NEEDED}?(?P<says>.*)", re.ASCII)
_TYPE_AT_END = re.compile(rf"(?P<head>.+?){_NEEDED}?{_TYPE}(?P<schema>[A-Z]\w*)?", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_HEADINGS = sorted(COLUMNS, key=len, reverse=True)
_LONGEST_HEADING = 200
_LONGEST_ROW = 4000


@dataclass(frozen=True)
class Row:
    """One row: its first line, and its cells by the kind of their column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One table: the line of its heading, its title, the kinds of its columns, and its rows."""

    line: int
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def cell(self, row: Row, column: str) -> str:
        return row.cells.get(column, "")


def labelled(text: str, labels: Sequence[str]) -> str | None:
    """The value after a label and a colon on its line, or on the next line that is not blank."""
    for label in labels:
        found = re.search(
            rf"^[ \t]*{re.escape(label)}[ \t]*(?:[:：][ \t]*(\S.*)|[:：]?[ \t]*\n\s*(\S.*))", text, re.MULTILINE
        )
        if found:
            return (found[1] or found[2]).strip()
    return None


def title_of(lines: Sequence[str]) -> str:
    """The title of a table: the last line with text before its heading."""
    return next((line.strip().rstrip(":：").strip() for line in reversed(lines) if line.strip()), "")


# a cell on lines of its own


@dataclass(frozen=True)
class _Chunk:
    """Adjacent lines with text, and how many lines with tabs and blank lines follow them."""

    line: int
    lines: tuple[str, ...]
    tabs: int
    blanks: int

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def with_cells_on_lines(text: str) -> list[Table]:
    """The tables of members in which each cell stands on lines of its own.

    A cell ends with a line that holds a tab, or (in copies that lost their tabs) with one blank line; a row ends with
    two blank lines and a table with three. A cell can have several lines. Raises Unreadable if it is cut off.
    """
    chunks = _chunks(text)
    tabbed = any(chunk.tabs for chunk in chunks)
    found, number = [], 0
    while number < len(chunks):
        columns = _heading_of_cells(chunks[number : number + _MOST_COLUMNS], tabbed)
        if columns:
            before = chunks[number - 1].lines if number else ()
            rows, number = _rows_of_cells(chunks, number + len(columns), columns, tabbed)
            found.append(Table(chunks[number - 1].line, title_of(before), columns, tuple(rows)))
        else:
            number += 1
    return found


def _chunks(text: str) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    lines: list[str] = []
    begin = tabs = blanks = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            if lines and (tabs or blanks):
                chunks.append(_Chunk(begin, tuple(lines), tabs, blanks))
                lines = []
            begin = begin if lines else number
            tabs = blanks = 0
            lines.append(line.strip())
        elif "\t" in line:
            tabs += 1
            blanks = 0
        else:
            blanks += 1
    return [*chunks, _Chunk(begin, tuple(lines), tabs, blanks)] if lines else chunks


def _ends_cell(chunk: _Chunk, tabbed: bool) -> bool:
    return chunk.tabs > 0 if tabbed else chunk.blanks == 1


def _heading_of_cells(chunks: list[_Chunk], tabbed: bool) -> tuple[str, ...]:
    """The kinds of the columns, if the first chunks are the heading of a table; else none."""
    columns = []
    for chunk in chunks:
        if chunk.text not in COLUMNS:
            break
        columns.append(COLUMNS[chunk.text])
        if not _ends_cell(chunk, tabbed):
            break
    return tuple(columns) if columns[:1] == ["name"] and {"type", "value"} & set(columns) else ()


def _rows_of_cells(chunks: list[_Chunk], start: int, columns: tuple[str, ...], tabbed: bool) -> tuple[list[Row], int]:
    """The rows from a chunk on, and the number of the chunk after them."""
    if chunks[start - 1].blanks >= 3:
        return [], start
    rows: list[Row] = []
    cells: list[str] = []
    line, goes_on = 0, False
    for number in range(start, len(chunks)):
        chunk = chunks[number]
        line = line if cells else chunk.line
        cells[-1:] = [f"{cells[-1]}\n{chunk.text}"] if goes_on else [*cells[-1:], chunk.text]
        goes_on = False
        if _ends_cell(chunk, tabbed):
            cells += [""] * (chunk.tabs - 1 if tabbed else 0)
            if not (len(cells) == len(columns) - 1 and chunk.blanks >= 2):
                continue
            cells.append("")
        elif chunk.blanks == 1 and number + 1 < len(chunks):
            goes_on = True
            continue
        if len(cells) != len(columns):
            break
        rows.append(Row(line, dict(zip(columns, cells, strict=True))))
        cells = []
        if chunk.blanks >= 3:
            return rows, number + 1
    if cells:
        raise Unreadable(f"has a row at line {line} with {len(cells)} of {len(columns)} cells: is it cut off?")
    return rows, len(chunks)


# a row on one line


def with_rows_on_lines(text: str, names: Iterable[str]) -> list[Table]:
    """The tables of members in which the cells of a row have run together, so that a row is one line.

    Headings are split by the words of columns, rows by the words of types. ``names`` are members that may be in them.
    Raises Unreadable for a row that cannot be split.
    """
    lines = text.splitlines()
    known = sorted(set(names), key=len, reverse=True)
    found = []
    for number, line in enumerate(lines):
        columns = _heading_of_line(line.strip())
        if columns:
            rows = []
            for below, row in enumerate(lines[number + 1 :], number + 2):
                if not row.strip():
                    break
                rows.append(_row_of_line(row.strip(), below, columns, known))
            found.append(Table(number + 1, title_of(lines[:number]), columns, tuple(rows)))
    return found


def _heading_of_line(line: str) -> tuple[str, ...]:
    """The kinds of the columns, if a line consists of headings of columns; else none."""
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


def _row_of_line(line: str, number: int, columns: Sequence[str], known: Sequence[str]) -> Row:
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
    """The name at the beginning of a row: its first word, if it is known or stands alone; else a known name in it."""
    match = _IDENTIFIER.match(head)
    word = match[0] if match else ""
    if word in known or word == head:
        return word
    return next((name for name in known if word.startswith(name)), word)
