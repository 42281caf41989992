"""Why a class of mutants is not killed, and which variants are lenient: reasons.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from driftgate.base import yamlfile

FILE = Path(__file__).parent / "reasons.yaml"


@dataclass(frozen=True)
class Reason:
    """Why the mutants whose ids match one of the patterns are not killed.

    An ``equivalent`` mutant keeps everything that the vendor promises, so that nothing may kill it.
    """

    patterns: tuple[str, ...]
    text: str
    equivalent: bool = False

    def covers(self, mutant: str) -> bool:
        return any(fnmatchcase(mutant, pattern) for pattern in self.patterns)


@dataclass(frozen=True)
class Reasons:
    """The file's content. ``lenient`` says by variant what it lets through that a SHOULD forbids."""

    rows: Sequence[Reason]
    lenient: Mapping[str, str]

    def of(self, mutant: str) -> Reason | None:
        """The first reason for a mutant."""
        return next((row for row in self.rows if row.covers(mutant)), None)

    def unused(self, mutants: Iterable[str]) -> list[str]:
        """The patterns that match none of these mutants."""
        known = list(mutants)
        patterns = (pattern for row in self.rows for pattern in row.patterns)
        return [pattern for pattern in patterns if not any(fnmatchcase(each, pattern) for each in known)]


def read_reasons(path: Path = FILE) -> Reasons:
    """The reasons in a file. Raises KeyError for a row without ``mutants`` or ``reason``, UsageError for no YAML."""
    value = yamlfile.read(path)
    rows = [Reason(tuple(row["mutants"]), row["reason"], row.get("equivalent", False)) for row in value["reasons"]]
    return Reasons(rows, value["lenient"])
