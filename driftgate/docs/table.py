"""Tables of members as they stand in a page's text, and the values that are labelled in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row: the line it begins at, and its cells by what their columns hold."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One table: the line of its heading, its title, what its columns hold, and its rows."""

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
