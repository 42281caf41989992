"""Latency: how long a target took to answer, told as information and never judged."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles

from driftgate.record.record import Record


@dataclass(frozen=True)
class Latency:
    """How long renames took, in milliseconds. ``answers`` are (number of the exchange, milliseconds)."""

    answers: tuple[tuple[int, float], ...]

    @property
    def median(self) -> float:
        return median(elapsed for _, elapsed in self.answers)

    @property
    def p95(self) -> float:
        """The time within which 95 of 100 answers came."""
        times = [elapsed for _, elapsed in self.answers]
        return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]

    def __str__(self) -> str:
        return f"median {self.median:.0f} ms, p95 {self.p95:.0f} ms of {len(self.answers)} renames"


def latency(record: Record) -> Latency | None:
    """The latency of a record's renames; None where none was answered."""
    answers = tuple(
        (row["number"], float(row["answer"]["elapsed_ms"]))
        for row in record.exchanges
        if row["role"] == "rename" and row["answer"] is not None
    )
    return Latency(answers) if answers else None
