"""Where a result is shown in a file: the target's row in driftgate.toml, or else the requirement's in its catalogue.

The one thing of a report that is not in the record: a tool for source code wants a line to point at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from driftgate.base.paths import CONTRACTS, TARGETS_FILE


@dataclass(frozen=True)
class Line:
    """A line of a file: ``path`` from the top of the repository or, ``of_ours``, of driftgate's own files."""

    path: str
    number: int = 1
    length: int = 0
    of_ours: bool = False

    @property
    def uri(self) -> str:
        return quote(self.path)


class Declared:
    """The lines of what one target is judged by; ``directory`` is where driftgate.toml stands."""

    def __init__(self, target: str, vendor: str, directory: Path) -> None:
        self._target, self._vendor = target, vendor
        self._directory = directory.resolve()

    def line(self, requirement: str) -> Line:
        """The line for a finding of a requirement; the catalogue's first for what is none of its rows."""
        return self._row_of_target or self._row_of(requirement)

    @cached_property
    def _row_of_target(self) -> Line | None:
        path = self._directory / TARGETS_FILE
        name = re.escape(self._target)
        return _found(_lines(path), rf"\s*\[\s*targets\s*\.\s*([\"']?){name}\1\s*\]", _from_the_top(path))

    def _row_of(self, requirement: str) -> Line:
        path = f"{CONTRACTS.name}/{self._vendor}/requirements.yaml"
        row = rf"\s*- id:\s*[\"']?{re.escape(requirement)}[\"']?\s*$"
        return _found(self._catalogue, row, path, of_ours=True) or Line(path, of_ours=True)

    @cached_property
    def _catalogue(self) -> Sequence[str]:
        return _lines(CONTRACTS / self._vendor / "requirements.yaml")


def _found(lines: Sequence[str], pattern: str, path: str, *, of_ours: bool = False) -> Line | None:
    found = next(((number, line) for number, line in enumerate(lines, 1) if re.match(pattern, line)), None)
    return Line(path, found[0], len(found[1]), of_ours=of_ours) if found else None


def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()


def _from_the_top(path: Path) -> str:
    """The path from the top of the repository that it is in; its name outside of one."""
    top = next((parent for parent in path.parents if (parent / ".git").exists()), path.parent)
    return path.relative_to(top).as_posix()
