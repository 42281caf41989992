"""The way to one target: connections to its origin or its proxy alone, and a deadline over everything on them."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import h11
import httpcore

from driftgate.http.library import httpx
from driftgate.http.network import Network
from driftgate.http.reach import tls_context

# at the level DEBUG it tells the headers of every answer, and a server may have put the key into them
logging.getLogger("httpcore").setLevel(logging.WARNING)

_PIECE = 16 * 1024  # bytes that are written in one go
_NOTHING_MORE = (h11.NEED_DATA, h11.PAUSED)
_INSTANT = 0.01  # seconds for the rest of what has begun to arrive
_PORTS = {"http": 80, "https": 443}


class Late(Exception):
    """The deadline of the exchange is over."""


class Excess(Exception):
    """More bytes came than the answer announced."""


class Connection(httpcore.NetworkBackend):
    """Opens a connection for each exchange, and knows what came over it.

    No connection is used twice: bytes that come after an answer, however late, can then never pass for the next answer.

    Timeouts of the layers above are for single reads, which a server that sends a byte a second never breaks. Here each
    operation gets no more than what is left until the deadline.
    """

    def __init__(self, base_url: str, network: Network, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline = 0.0
        self._address = _address(network.proxy.url if network.proxy else base_url)
        self._pool = _pool(base_url, network, self)
        self._stream: _Stream | None = None

    def close(self) -> None:
        self._pool.close()

    def send(self, request: httpcore.Request, seconds: float) -> httpcore.Response:
        """The answer as far as its headers. Raises Late and the exceptions of httpcore."""
        self._deadline = self._clock() + seconds
        return self._pool.handle_request(request)

    def opened(self, stream: _Stream) -> None:
        """Takes note of the connection of this exchange: the last one opened, which a proxy may tunnel."""
        self._stream = stream

    @property
    def began(self) -> float:
        """When the request began to be sent, as ``time.monotonic`` tells it."""
        assert self._stream is not None
        return self._stream.began

    def check_end(self, method: str) -> None:
        """Raises Excess where more bytes came than the answer announced, as far as they are here already."""
        assert self._stream is not None
        if _trailing(method, self._stream.received()):
            raise Excess("more bytes than announced")

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
        self._received = bytearray()
        self.began = 0.0
        connection.opened(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._connection.left())
        self._received += data
        return data

    def received(self) -> bytes:
        """All that came, also what is here and was not read."""
        with suppress(httpcore.ReadError, httpcore.ReadTimeout, Late):
            if self._stream.get_extra_info("is_readable"):
                self._received += self._stream.read(_PIECE, min(_INSTANT, self._connection.left()))
        return bytes(self._received)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.began = self.began or time.monotonic()
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


def _trailing(method: str, raw: bytes) -> bool:
    """Whether these bytes, which begin with the answer to such a request, go on after its end."""
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method=method, target="/", headers=[("Host", "target")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(raw)
    while not isinstance(event := parser.next_event(), h11.EndOfMessage) and event not in _NOTHING_MORE:
        pass
    return bool(parser.trailing_data[0])


def _address(url: str) -> tuple[str, int]:
    parts = httpx.URL(url)  # gives a host name in its ASCII form, as the layers above do
    return parts.raw_host.decode(), parts.port or _PORTS[parts.scheme]


def _pool(base_url: str, network: Network, connection: Connection) -> httpcore.ConnectionPool:
    context = tls_context(network) if base_url.startswith("https:") else None
    proxy = network.proxy
    if proxy is None:
        return httpcore.ConnectionPool(context, max_keepalive_connections=0, network_backend=connection)
    user, _, password = proxy.login.reveal().partition(":") if proxy.login else ("", "", "")
    # --insecure speaks of the target, not of the proxy
    of_proxy = tls_context(Network(ca_bundle=network.ca_bundle)) if proxy.url.startswith("https:") else None
    return httpcore.HTTPProxy(
        proxy.url,
        proxy_auth=(user.encode(), password.encode()) if proxy.login else None,
        ssl_context=context,
        proxy_ssl_context=of_proxy,
        max_keepalive_connections=0,
        network_backend=connection,
    )
