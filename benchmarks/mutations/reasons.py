"""Why a class of mutants is not killed, and which variants are lenient: reasons.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from driftgate.base import yamlfile
from driftgate.contract import Level, load_contract

FILE = Path(__file__).parent / "reasons.yaml"


@dataclass(frozen=True)
class Reason:
    """Why the mutants whose ids match one of the patterns are not killed.

    ``left_open_by`` are requirements that say what the page leaves open: such a mutant keeps every promise.
    """

    patterns: tuple[str, ...]
    text: str
    left_open_by: tuple[str, ...] = ()

    @property
    def equivalent(self) -> bool:
        return bool(self.left_open_by)

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
    """The reasons in a file. Raises UsageError for no YAML.

    Raises KeyError for a row without ``mutants`` or ``reason``, and for one whose ``left_open_by`` is no MAY.
    """
    value = yamlfile.read(path)
    rows = [
        Reason(tuple(row["mutants"]), row["reason"], tuple(row.get("left_open_by", ()))) for row in value["reasons"]
    ]
    for each in (each for row in rows for each in row.left_open_by):
        if load_contract(each.partition(".")[0]).requirement(each).level is not Level.MAY:
            raise KeyError(f"{path}: {each} is no MAY: the page does not leave it open")
    return Reasons(rows, value["lenient"])
