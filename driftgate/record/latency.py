"""Latency: how long a target took to answer. Information, never judged."""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.record.record import Record


@dataclass(frozen=True)
class Latency:
    """How long renames took, in milliseconds. ``answers`` are (number of the exchange, milliseconds)."""

    answers: tuple[tuple[int, float], ...]

    @property
    def median(self) -> float:
        return self._quantile(0.5)

    @property
    def p95(self) -> float:
        """The time within which 95 of 100 answers came."""
        return self._quantile(0.95)

    def _quantile(self, part: float) -> float:
        """The time within which this part of the answers came, between the two nearest ones."""
        times = sorted(elapsed for _, elapsed in self.answers)
        below, rest = divmod(part * (len(times) - 1), 1)
        least, most = times[int(below)], times[min(int(below) + 1, len(times) - 1)]
        return least + (most - least) * rest

    def __str__(self) -> str:
        return f"median {self.median:.0f} ms, p95 {self.p95:.0f} ms of {len(self.answers)} renames"


def latency(record: Record) -> Latency | None:
    """The latency of a record's renames; None where none was answered."""
    answers = tuple(
        (row.number, float(row.answer.elapsed_ms))
        for row in record.exchanges
        if row.role == "rename" and row.answer is not None
    )
    return Latency(answers) if answers else None
