"""What is wrong with the files of a contract: each problem with its file, line and row, and all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftgate.base import yamlfile
from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import at

if TYPE_CHECKING:
    from driftgate.contract.editions import Sources

DOCUMENT, CATALOGUE, EXAMPLES = "contract.yaml", "requirements.yaml", "examples.yaml"
FILES = (DOCUMENT, CATALOGUE, EXAMPLES)


@dataclass(frozen=True)
class Problem:
    """One mistake: the file, the JSON pointer in it, what is wrong with which value, and how to mend it."""

    file: str
    pointer: str
    says: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.says}; {self.mend}" if self.mend else self.says


class ContractError(UsageError):
    """A contract's files do not hold together. ``lines`` has a line for each problem."""

    def __init__(self, vendor: str, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        several = f"the contract of {vendor} has {len(lines)} problems:"
        super().__init__(lines[0] if len(lines) == 1 else "\n".join((several, *lines)))


class Location:
    """Finds the lines of problems in the files of an edition."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe_all(self, problems: Iterable[Problem]) -> list[str]:
        """Each problem once, in the order of the files and their lines."""
        found = dict.fromkeys(problems)
        return list(dict.fromkeys(self.describe(each) for each in sorted(found, key=self._order)))

    def _order(self, problem: Problem) -> tuple[int, int]:
        path = self._sources.folder / problem.file
        return FILES.index(problem.file), 0 if self._sources.delta else self._line(path, problem.pointer)

    def describe(self, problem: Problem) -> str:
        """The problem in one line, with its position."""
        row = self._row(problem)
        says = f"{row}: {problem}" if row else str(problem)
        delta = self._sources.delta
        if delta is not None:
            line = self._delta_lines.get(row)
            position = f"{delta}, line {line}" if line else str(delta)
            return f"{position}: as changed, {problem.file}: {says}"
        path = self._sources.folder / problem.file
        return f"{path}, line {self._line(path, problem.pointer)}: {says}"

    def _row(self, problem: Problem) -> str:
        """The id of the row that a problem is in; empty for one that is in no row."""
        texts: Mapping[str, Any] = {CATALOGUE: self._sources.catalogue, EXAMPLES: self._sources.examples}
        row = at(texts.get(problem.file), "/".join(problem.pointer.split("/")[:3]))
        return str(row.get("id", "")) if isinstance(row, Mapping) else ""

    def _line(self, path: Path, pointer: str) -> int:
        lines = self._lines(path)
        while pointer and pointer not in lines:
            pointer = pointer.rpartition("/")[0]
        return lines.get(pointer, 1)

    def _lines(self, path: Path) -> Mapping[str, int]:
        if path.name not in self._known:
            self._known[path.name] = yamlfile.lines(yamlfile.text_of(path))
        return self._known[path.name]

    @cached_property
    def _known(self) -> dict[str, Mapping[str, int]]:
        return {}

    @cached_property
    def _delta_lines(self) -> Mapping[str, int]:
        """The lines of the rows of a delta, by their ids."""
        assert self._sources.delta is not None
        text = yamlfile.text_of(self._sources.delta)
        value = yamlfile.parse(text, str(self._sources.delta))
        return {
            str(at(value, pointer)): line for pointer, line in yamlfile.lines(text).items() if pointer.endswith("/id")
        }
