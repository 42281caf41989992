"""Finding OpenAPI blocks in a page of Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from driftgate.docs.model import Unreadable

_FENCE = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_OPENAPI = re.compile(r"^[ \t]*[\"']?(openapi|swagger)[\"']?[ \t]*:[ \t]*[\"']?\d", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of code: the line it begins at, its text, and whether its end is there."""

    line: int
    text: str
    whole: bool


def openapi_blocks(text: str) -> list[Block]:
    """The blocks that hold an OpenAPI document. Raises Unreadable when a block has no end."""
    blocks = list(_blocks(text))
    if blocks and not blocks[-1].whole:
        raise Unreadable(f"has a block of code that begins at line {blocks[-1].line} and has no end: is it cut off?")
    return [block for block in blocks if _OPENAPI.search(block.text)]


def is_a_document_itself(text: str) -> bool:
    """Whether a text says that it is an OpenAPI document before any block of code begins."""
    found = re.search(_OPENAPI.pattern.replace(r"^[ \t]*", "^"), text, re.MULTILINE)
    fence = re.search(r"^[ \t]*(`{3,}|~{3,})", text, re.MULTILINE)
    return bool(found) and (not fence or (found is not None and found.start() < fence.start()))


def _blocks(text: str) -> Iterator[Block]:
    fence, line, inside = "", 0, list[str]()
    for number, row in enumerate(text.splitlines(), 1):
        match = _FENCE.fullmatch(row)
        if not fence:
            if match and not (match["fence"][0] == "`" and "`" in match["info"]):
                fence, line, inside = match["fence"], number, []
        elif match and match["fence"].startswith(fence) and not match["info"].strip():
            yield Block(line, textwrap.dedent("\n".join(inside)), whole=True)
            fence = ""
        else:
            inside.append(row)
    if fence:
        yield Block(line, "\n".join(inside), whole=False)
