"""Markdown for people, for MkDocs and for code hosts: headings, tables, texts that are no markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")

_MARKUP_OR_HTML = re.compile(r"[\\`*_\[\]<>|#&]")


def plain(text: object) -> str:
    """A text that stands for itself, whatever characters it has, in one line; code in it stays code."""
    parts = re.split(r"(`[^`]+`)", " ".join(str(text).split()))
    return "".join(part.replace("|", "\\|") if part.startswith("`") else _MARKUP.sub(r"\\\1", part) for part in parts)


def code(text: object) -> str:
    """A text as code. Where it has a bar, which ends a cell, as HTML: there is no other form that all renderers know."""
    shown = str(text)
    if "|" in shown:
        return f"<code>{_MARKUP_OR_HTML.sub(lambda each: f'&#{ord(each[0])};', shown)}</code>"
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def heading(level: int, text: str) -> list[str]:
    """A heading. Its anchor is what MkDocs and code hosts alike make of its text; anchor_of tells it."""
    return [f"{'#' * level} {text}", ""]


def anchor_of(text: str) -> str:
    """The anchor of a heading, or of code as a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; none without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield f"| {' | '.join(heads)} |"
        yield f"| {' | '.join(['---'] * len(heads))} |"
        yield from lines
        yield ""
