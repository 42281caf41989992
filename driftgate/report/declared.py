"""The line that a result points at: the target's in driftgate.toml, or else the requirement's in its catalogue.

A tool for source code wants such a line. It is the one thing of a report that is not in the record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from driftgate.base.paths import CONTRACTS, TARGETS_FILE


@dataclass(frozen=True)
class SourceLine:
    """A line of a file: ``path`` from the top of the repository or, ``of_ours``, of driftgate's own files."""

    path: str
    number: int = 1
    length: int = 0
    of_ours: bool = False

    @property
    def uri(self) -> str:
        return quote(self.path)


class Declared:
    """The lines of what one target is judged by; ``directory`` is where driftgate.toml is."""

    def __init__(self, target: str, vendor: str, directory: Path) -> None:
        self._target, self._vendor = target, vendor
        self._directory = directory.resolve()

    def line(self, requirement: str) -> SourceLine:
        """The line for a finding of a requirement; the catalogue's first for what is none of its rows."""
        return self._row_of_target or self._row_of(requirement)

    @cached_property
    def _row_of_target(self) -> SourceLine | None:
        path = self._directory / TARGETS_FILE
        name = re.escape(self._target)
        return _found(_lines(path), rf"\s*\[\s*targets\s*\.\s*([\"']?){name}\1\s*\]", _from_the_top(path))

    def _row_of(self, requirement: str) -> SourceLine:
        folder = f"{CONTRACTS.name}/{self._vendor}"
        row = rf"\s*- id:\s*[\"']?{re.escape(requirement)}[\"']?\s*$"
        for name, lines in (("requirements.yaml", self._catalogue), ("client.yaml", self._of_clients)):
            found = _found(lines, row, f"{folder}/{name}", of_ours=True)
            if found is not None:
                return found
        return SourceLine(f"{folder}/requirements.yaml", of_ours=True)

    def address(self, source: str) -> str | None:
        """The URL of the vendor's page that a requirement's source names, if the catalogue has it."""
        return next((url for title, url in self._pages.items() if source.startswith(f"{title}:")), None)

    @cached_property
    def _pages(self) -> Mapping[str, str]:
        """The URLs of the pages by their titles."""
        titles = (re.match(r"    title:\s*(.+?)\s*$", line) for line in self._catalogue)
        urls = (re.match(r"    url:\s*(https?://\S+)\s*$", line) for line in self._catalogue[1:])
        return {title[1].strip("\"'"): url[1] for title, url in zip(titles, urls, strict=False) if title and url}

    @cached_property
    def _of_clients(self) -> Sequence[str]:
        return _lines(CONTRACTS / self._vendor / "client.yaml")

    @cached_property
    def _catalogue(self) -> Sequence[str]:
        return _lines(CONTRACTS / self._vendor / "requirements.yaml")


def _found(lines: Sequence[str], pattern: str, path: str, *, of_ours: bool = False) -> SourceLine | None:
    found = next(((number, line) for number, line in enumerate(lines, 1) if re.match(pattern, line)), None)
    return SourceLine(path, found[0], len(found[1]), of_ours=of_ours) if found else None


def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()


def _from_the_top(path: Path) -> str:
    """The path from the top of the repository that it is in; its name outside of one."""
    top = next((parent for parent in path.parents if (parent / ".git").exists()), path.parent)
    return path.relative_to(top).as_posix()
