"""Observations: what a target does where the vendor's page is silent. Recorded and compared, never failed."""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.http.exchange import Exchange


@dataclass(frozen=True)
class Observation:
    """What was seen for one case of a requirement, in words that can be compared between runs."""

    requirement: str
    case: str
    outcome: str
    status: int | None
    code: str | None
    name: str | None = None

    def describe(self) -> str:
        """The observation in a few words."""
        parts = [
            self.outcome,
            *([f"HTTP {self.status}"] if self.status else []),
            *([f"code {self.code}"] if self.code else []),
        ]
        return ", ".join(parts) + (f"; name {self.name}" if self.name else "")


def observed(requirement: str, case: str, exchange: Exchange, name: str | None = None) -> Observation:
    """The observation that an exchange makes."""
    status = exchange.answer.status if exchange.answer else None
    return Observation(requirement, case, str(exchange.outcome), status, exchange.code, name)
