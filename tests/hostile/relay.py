"""A raw server in front of an emulator: passes requests on, and where it strikes it answers as a hostile server does."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from driftgate.contract import load_contract

_HOP_BY_HOP = {"connection", "transfer-encoding", "date", "server"}


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Genuine:
    """The answer that the emulator gives, to which request, and by what address the relay is called."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    url: str
    request: Received | None = None

    def raw(self, body: bytes | None = None, *, status: int | str | None = None, more: bytes = b"") -> bytes:
        """The answer as bytes, with another body, status or more headers."""
        body = self.body if body is None else body
        kept = [(name, value) for name, value in self.headers if name.lower() != "content-length"]
        lines = [f"HTTP/1.1 {self.status if status is None else status} Told"]
        lines += [f"{name}: {value}" for name, value in kept]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", ""]).encode("latin-1")
        return head + more + b"\r\n" + body


Strike = Callable[[socket.socket, Genuine], bool | None]


@dataclass
class Relay:
    """Serves until ``stop``. ``strikes`` picks the requests that ``strike`` answers; what it returns keeps a connection.

    Nothing is asked of ``upstream`` for a request that is answered before it is understood (``blind``).
    """

    upstream: str
    strike: Strike
    strikes: Callable[[Received], bool]
    tls: ssl.SSLContext | None = None
    blind: bool = False
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        parts = urlsplit(self.upstream)
        self._host, self._port = parts.hostname or "", parts.port
        scheme = "https" if self.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.getsockname()[1]}{parts.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self.refuse()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def refuse(self) -> None:
        """Takes no further connections."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        # the other side closes when it has had enough, which is what these servers are for
        with contextlib.suppress(OSError), connection:
            if self.blind:
                self.strike(connection, Genuine(0, (), b"", self.url))
            elif self.tls:
                with self.tls.wrap_socket(connection, server_side=True) as secured:
                    self._talk(secured)
            else:
                self._talk(connection)
        self._open.discard(connection)

    def _talk(self, connection: socket.socket) -> None:
        for request in _requests(connection):
            self.received.append(request)
            genuine = self._ask(request)
            # an answer without a body holds nothing to change
            if genuine.status == 204 or not self.strikes(request):
                connection.sendall(genuine.raw())
            elif not self.strike(connection, genuine):
                return

    def _ask(self, request: Received) -> Genuine:
        upstream = http.client.HTTPConnection(self._host, self._port, timeout=10)
        kept = {name: value for name, value in request.headers.items() if name != "host"}
        upstream.request(request.method, request.target, request.body, kept)
        answer = upstream.getresponse()
        headers = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP)
        body = answer.read()
        upstream.close()
        return Genuine(answer.status, headers, body, self.url, request)


def _requests(connection: socket.socket) -> Iterator[Received]:
    """The requests on a connection, until it is closed."""
    with connection.makefile("rb") as lines:
        while first := lines.readline():
            method, target, _ = first.decode("latin-1").split(" ", 2)
            headers = {}
            while (line := lines.readline().decode("latin-1").strip()) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            yield Received(method, target, headers, lines.read(int(headers.get("content-length", "0"))))


def renames(vendor: str, path: str) -> Callable[[Received], bool]:
    """Tells the renames of a vendor from its other requests; ``path`` is that of the base URL."""
    operation = load_contract(vendor).rename
    pattern = re.compile(re.escape(path) + re.sub(r"\\{\w+\\}", "[^/?]+", re.escape(operation.url)))
    return lambda request: request.method == operation.method and bool(pattern.fullmatch(request.target))
