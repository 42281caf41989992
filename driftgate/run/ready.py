"""Waits until a target answers, before the first request of a run: a deployment may have only just begun to start."""

from __future__ import annotations

import time

from driftgate.http.client import Budget, Client
from driftgate.http.exchange import Exchange, Request
from driftgate.http.retry import RetryPolicy
from driftgate.session.conversations import SetupError
from driftgate.target.model import Target

_BETWEEN = 1.0  # seconds from one look to the next
_NOT_YET = frozenset({502, 503, 504})  # what a gateway answers for a server that is not there (RFC 9110, 15.6)


def wait_until_ready(target: Target, seconds: float, timeout: float) -> None:
    """Asks for the base URL, without a key, until something answers. Raises SetupError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        why = _not_ready(target, min(timeout, max(deadline - time.monotonic(), _BETWEEN)))
        if not why:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise SetupError(f"it was not ready after {seconds:g} s (--wait-ready): {why}")
        time.sleep(min(_BETWEEN, left))


def _not_ready(target: Target, timeout: float) -> str:
    """Why a target is not ready; empty where it is."""
    client = Client(
        target.base_url or "",
        target.contract.outcomes,
        budget=Budget(1),
        timeout=timeout,
        retry=RetryPolicy(0),
        network=target.network,
    )
    try:
        return _described(client.send(Request("ready", "GET", "/")))
    finally:
        client.close()


def _described(exchange: Exchange) -> str:
    if exchange.answer is None:
        return exchange.transport_error or "no answer"
    return f"HTTP {exchange.answer.status}" if exchange.answer.status in _NOT_YET else ""
