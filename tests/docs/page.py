"""Reading a page: its blocks of code, and the commands of a console block with what they print.

A block ``console`` holds commands after ``$ ``, a line that ends in a backslash goes on in the next one, and the lines
up to the next command are all that it prints; ``…`` stands for any text in a line, and for any lines where it is alone.
A title names another terminal. A block of any other language with a title is the file of that name; ``diff`` is applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

_FENCE = re.compile(r"(?P<indent> *)```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?")
_FRONT = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One command of a page, from this line on, and the lines that it is said to print."""

    line: int
    text: str
    prints: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One block of code of a page."""

    line: int
    language: str
    title: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    def commands(self) -> Iterator[Command]:
        starts = [number for number, line in enumerate(self.lines) if line.startswith("$ ")]
        assert starts[:1] == [0], f"line {self.line}: a console block begins with a command"
        for start, end in zip(starts, [*starts[1:], len(self.lines)], strict=True):
            yield _command(self.lines[start:end], self.line + 1 + start)


@dataclass(frozen=True)
class Page:
    """A page: where it is, what its front matter says, its blocks."""

    path: Path
    settings: dict[str, object]
    blocks: tuple[Block, ...]


def read_page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    front = _FRONT.match(text)
    return Page(path, yaml.safe_load(front[1]) if front else {}, tuple(_blocks(text.splitlines())))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        fence = _FENCE.fullmatch(line)
        if fence:
            indent, inside = fence["indent"], []
            for _, each in numbered:
                if each == f"{indent}```":
                    break
                inside.append(each.removeprefix(indent))
            yield Block(number, fence["language"], fence["title"] or "", tuple(inside))


def _command(lines: Sequence[str], number: int) -> Command:
    last = next(place for place, line in enumerate(lines) if not line.endswith("\\"))
    text = "\n".join([lines[0].removeprefix("$ "), *lines[1 : last + 1]])
    return Command(number, text, tuple(lines[last + 1 :]))


def agree(told: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether what a page tells is all that was printed."""
    reached = {0}
    for line in told:
        if line.strip() == "…":
            reached = set(range(min(reached), len(printed) + 1)) if reached else reached
        else:
            form = re.compile(".*?".join(map(re.escape, line.split("…"))))
            reached = {place + 1 for place in reached if place < len(printed) and form.fullmatch(printed[place])}
    return len(printed) in reached
