"""Tables in a text in which each cell stands on lines of its own.

A cell ends with a line that holds a tab, or (in copies that lost their tabs) with one blank line; a row ends with two
blank lines and a table with three. Within a cell there can be several lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.docs.model import Unreadable
from driftgate.docs.table import Row, Table, title_of
from driftgate.docs.words import COLUMNS

_MOST_COLUMNS = 12


@dataclass(frozen=True)
class _Chunk:
    """Lines without a blank one between, and how many lines with tabs and blank ones follow."""

    line: int
    lines: tuple[str, ...]
    tabs: int
    blanks: int

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def tables(text: str) -> list[Table]:
    """All tables of members. Raises Unreadable for one that ends in the middle."""
    chunks = _chunks(text)
    tabbed = any(chunk.tabs for chunk in chunks)
    found, number = [], 0
    while number < len(chunks):
        columns = _heading(chunks[number : number + _MOST_COLUMNS], tabbed)
        if columns:
            before = chunks[number - 1].lines if number else ()
            rows, number = _rows(chunks, number + len(columns), columns, tabbed)
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


def _heading(chunks: list[_Chunk], tabbed: bool) -> tuple[str, ...]:
    """What the columns hold when a table's heading begins with the first chunk."""
    columns = []
    for chunk in chunks:
        if chunk.text not in COLUMNS:
            break
        columns.append(COLUMNS[chunk.text])
        if not _ends_cell(chunk, tabbed):
            break
    return tuple(columns) if columns[:1] == ["name"] and {"type", "value"} & set(columns) else ()


def _rows(chunks: list[_Chunk], start: int, columns: tuple[str, ...], tabbed: bool) -> tuple[list[Row], int]:
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
