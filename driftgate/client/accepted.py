"""The waivers of a client: which of its violations are accepted, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.checks.registry import EVERY_ANSWER
from driftgate.contract import Contract
from driftgate.record import waivers
from driftgate.record.verdict import Judgement, Waiver


@dataclass(frozen=True)
class Accepted:
    """The waivers in a file; none where there is no file."""

    path: Path = Path()
    all: tuple[Waiver, ...] = ()
    today: date = date.max

    @property
    def in_force(self) -> tuple[Waiver, ...]:
        return waivers.in_force(self.all, self.today)

    def problems(self, judgements: Sequence[Judgement]) -> list[str]:
        """What is wrong with the waivers: those that have expired or accept nothing."""
        found = waivers.problems(self.all, judgements, self.today, EVERY_ANSWER, cases_alone=True)
        return [f"{self.path}: {problem}" for problem in found]


def accepted_of(name: str, contracts: Sequence[Contract], asked: Path | None) -> Accepted:
    """The waivers of the client of this name: of the file that was asked for, or ``waivers/NAME.yaml``.

    ``asked`` may be a folder, too. ``contracts`` have the requirements that can be waived. Raises UsageError.
    """
    if asked is not None and not asked.exists():
        raise UsageError(f"--waivers {asked}: does not exist")
    path = asked or Path("waivers")
    path = path / f"{name}.yaml" if path.is_dir() else path
    if not path.exists():
        return Accepted()
    today = datetime.now(UTC).date()
    known = [row.id for contract in contracts for row in contract.requirements]
    return Accepted(path, tuple(waivers.read_waivers(path, known, today)), today)
