"""What a run came to: its record, the exit code, and its drift from a baseline. All that a report is made of."""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.drift import Drift
from driftgate.record import Record
from driftgate.verdict import Exit


@dataclass(frozen=True)
class Result:
    """One target's result. With a baseline ``exit`` is that of the drift, and not the one in the record."""

    record: Record
    exit: Exit
    drift: Drift | None = None
    baseline: Record | None = None
