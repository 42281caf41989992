"""What a target does where the vendor's page is silent. Recorded and compared, never failed."""

from __future__ import annotations

from driftgate.http.exchange import Exchange
from driftgate.record.rows import Observation

__all__ = ["Observation", "observed"]


def observed(requirement: str, case: str, exchange: Exchange, name: str | None = None) -> Observation:
    """The observation that an exchange makes."""
    status = exchange.answer.status if exchange.answer else None
    return Observation(requirement, case, str(exchange.outcome), status, exchange.code, name)
