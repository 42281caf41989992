"""How a target is reached: at which base URL, through which proxy, trusting whose certificates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from driftgate.base.errors import UsageError
from driftgate.base.secret import Secret


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy: its URL without credentials; the user and password that it wants, as ``user:password``."""

    url: str
    login: Secret | None = None


@dataclass(frozen=True)
class Network:
    """How a target is reached. ``ca_bundle`` stands in for the usual certificate authorities."""

    proxy: Proxy | None = None
    ca_bundle: Path | None = None
    insecure: bool = False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The login of the proxy, and its password by itself; a user without a password is a token."""
        login = self.proxy.login if self.proxy else None
        if login is None:
            return ()
        user, _, password = login.reveal().partition(":")
        return login, Secret("PROXY_PASSWORD", password or user)

    def describe(self) -> str:
        """What is out of the ordinary, to be said after the URL of the target."""
        proxy = f" through the proxy {self.proxy.url}" if self.proxy else ""
        return proxy + (", certificates are NOT VERIFIED (--insecure)" if self.insecure else "")


def check_base_url(url: str, context: str) -> str:
    """``url`` when it is one that requests can be sent to. Raises UsageError."""
    # none of these is shown: it may hold a key
    if "@" in url:
        raise UsageError(f"{context}: carries credentials; give the key with --api-key or DRIFTGATE_API_KEY")
    if "?" in url or "#" in url:
        raise UsageError(f"{context}: carries a query or a fragment; leave it out")
    if not re.fullmatch(r"[\x21-\x7e]+", url):
        raise UsageError(
            f"{context} {url!r}: holds a character that no URL may hold (a host name goes in its xn-- form)"
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        raise UsageError(f"{context} {url!r}: {problem}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{context} {url!r}: is not an http:// or https:// URL")
    return url.rstrip("/")
