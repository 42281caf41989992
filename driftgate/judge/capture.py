"""The plain data of exchanges that took place before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from driftgate.base.secret import Redactor
from driftgate.http.exchange import Exchange
from driftgate.record.record import Row
from driftgate.target.model import Target


@dataclass(frozen=True)
class Captured:
    """One exchange, and its row as the record of the judgement will hold it, without secrets.

    ``lost`` says of a part of the answer (body, header, outcome) why it cannot be judged by.
    """

    exchange: Exchange
    row: Row
    lost: Mapping[str, str]


@dataclass(frozen=True)
class Capture:
    """The exchanges of one target, from a file. ``header`` begins the record of the judgement.

    ``redact`` takes the secrets out of what comes from the file; ``left`` exchanges in it are of other operations.
    """

    path: Path
    target: Target
    exchanges: tuple[Captured, ...]
    header: Row
    redact: Redactor
    left: int = 0

    def describe(self) -> str:
        """How much was taken."""
        roles = Counter(each.exchange.request.role for each in self.exchanges)
        kinds = ", ".join(f"{number} {role}" for role, number in roles.items())
        taken = f"{len(self.exchanges)} exchanges taken" + (f" ({kinds})" if kinds else "")
        return f"{self.path}: {taken}, {self.left} left alone"
