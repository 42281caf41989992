"""Sends one JSON document to a webhook, within a bounded time, and never says where to."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Mapping
from typing import Any

import httpx

from driftgate.base.secret import Secret

_SECONDS = 10.0


def check_url(url: str) -> str | None:
    """Why nothing is sent to this address; it is a secret, so the reason does not name it."""
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return "is no URL"
    if read.host and (read.scheme == "https" or (read.scheme == "http" and _is_loopback(read.host))):
        return None
    return "is neither an https:// URL nor on this machine (http://127.0.0.1)"


def post(hook: Secret, value: Mapping[str, Any], seconds: float = _SECONDS) -> str | None:
    """Sends the document; why it did not arrive, or None. An answer that takes too long did not arrive."""
    outcome: list[str | None] = []
    # a timeout of the client holds for each read alone: a server that drips would never end
    thread = threading.Thread(target=lambda: outcome.append(_sent(hook.reveal(), value, seconds)), daemon=True)
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else f"no answer within {seconds:g} s"


def _sent(url: str, value: Mapping[str, Any], seconds: float) -> str | None:
    local = _is_loopback(httpx.URL(url).host)
    try:
        with (
            httpx.Client(timeout=seconds, follow_redirects=False, trust_env=not local) as client,
            client.stream("POST", url, json=value) as answer,
        ):
            return None if answer.is_success else f"answered with HTTP status {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as problem:
        return f"cannot be reached ({type(problem).__name__})"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
