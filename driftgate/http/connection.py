"""The way to one target: connections to its origin or its proxy alone, and a deadline over everything on them."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from driftgate.http.library import httpx
from driftgate.http.network import Network
from driftgate.http.reach import tls_context

# at the level DEBUG it tells the headers of every answer, and a server may have put the key into them
logging.getLogger("httpcore").setLevel(logging.WARNING)

_PIECE = 16 * 1024  # bytes that are written in one go
_KEPT_OPEN = 5.0  # seconds for which an idle connection is kept
_PORTS = {"http": 80, "https": 443}


class Late(Exception):
    """The deadline of the exchange is over."""


class Connection(httpcore.NetworkBackend):
    """Opens connections and knows of the present exchange what went over them.

    Timeouts of the layers above are for single reads, which a server that sends a byte a second never breaks. Here each
    operation gets no more than what is left until the deadline.
    """

    def __init__(self, base_url: str, network: Network, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline = 0.0
        self._address = _address(network.proxy.url if network.proxy else base_url)
        self._pool = _pool(base_url, network, self)
        self.connected = False
        self.answered = False

    def close(self) -> None:
        self._pool.close()

    def send(self, request: httpcore.Request, seconds: float) -> httpcore.Response:
        """The answer as far as its headers. Raises Late and the exceptions of httpcore."""
        self._deadline = self._clock() + seconds
        self.connected = self.answered = False
        return self._pool.handle_request(request)

    def left(self) -> float:
        """Seconds until the deadline. Raises Late."""
        left = self._deadline - self._clock()
        if left <= 0:
            raise Late
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if (host, port) != self._address:
            raise RuntimeError(f"a connection to {host}:{port} was asked for; the run may only go to {self._address}")
        addresses = self._addresses(host, port)
        for number, address in enumerate(addresses):
            share = self.left() / (len(addresses) - number)
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number + 1 == len(addresses):
                    raise
            else:
                self.connected = True
                return _Stream(stream, self)
        raise httpcore.ConnectError("the host name has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host. A resolver takes no timeout, so it is waited for from outside."""
        found: list[str] = []
        problems: list[OSError] = []

        def resolve() -> None:
            try:
                rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.extend(dict.fromkeys(str(row[4][0]) for row in rows))
            except (OSError, UnicodeError) as problem:
                problems.append(problem if isinstance(problem, OSError) else OSError(f"{host} is no host name"))

        resolver = threading.Thread(target=resolve, daemon=True)
        resolver.start()
        resolver.join(self.left())
        if problems:
            raise httpcore.ConnectError(str(problems[0]))
        self.left()
        return found


class _Stream(httpcore.NetworkStream):
    """A connection whose every operation ends by the deadline of the exchange."""

    def __init__(self, stream: httpcore.NetworkStream, connection: Connection) -> None:
        self._stream = stream
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        received = self._stream.read(max_bytes, self._connection.left())
        self._connection.answered = self._connection.answered or bool(received)
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], self._connection.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._connection.left()), self._connection)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _address(url: str) -> tuple[str, int]:
    parts = httpx.URL(url)  # gives a host name in its ASCII form, as the layers above do
    return parts.raw_host.decode(), parts.port or _PORTS[parts.scheme]


def _pool(base_url: str, network: Network, connection: Connection) -> httpcore.ConnectionPool:
    context = tls_context(network) if base_url.startswith("https:") else None
    proxy = network.proxy
    if proxy is None:
        return httpcore.ConnectionPool(context, keepalive_expiry=_KEPT_OPEN, network_backend=connection)
    user, _, password = proxy.login.reveal().partition(":") if proxy.login else ("", "", "")
    # --insecure speaks of the target, not of the proxy
    of_proxy = tls_context(Network(ca_bundle=network.ca_bundle)) if proxy.url.startswith("https:") else None
    return httpcore.HTTPProxy(
        proxy.url,
        proxy_auth=(user.encode(), password.encode()) if proxy.login else None,
        ssl_context=context,
        proxy_ssl_context=of_proxy,
        keepalive_expiry=_KEPT_OPEN,
        network_backend=connection,
    )
