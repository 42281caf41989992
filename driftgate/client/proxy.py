"""A proxy in front of one server: passes bytes on as they come, and hands each exchange over to be judged.

It connects to the server's origin alone and never answers in its stead: where it cannot pass something on, it closes
the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h11

from driftgate.client.call import VERDICT, Call
from driftgate.http.decoding import TooLarge, Unreadable, whole
from driftgate.http.exchange import Answer, media_type_of

if TYPE_CHECKING:
    from h11._headers import Headers

_PIECE = 64 * 1024  # bytes that are read in one go
_LONGEST_KEPT = 2**20  # bytes of a body that is judged
_LONGEST_HEAD = 64 * 1024  # bytes of the head of a request or an answer
_IDLE = 75.0  # seconds for which a connection without a request is kept
_GRACE = 5.0  # seconds for exchanges under way when the proxy is to stop
# RFC 9110, section 7.6.1; h11 frames each message anew, by the headers that say how
_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"})


@dataclass(frozen=True)
class Upstream:
    """The one server that the proxy connects to."""

    scheme: str
    host: str
    port: int
    context: ssl.SSLContext | None = None

    @classmethod
    def of(cls, base_url: str, context: ssl.SSLContext | None) -> Upstream:
        parts = urlsplit(base_url)
        return cls(parts.scheme, parts.hostname or "", parts.port or (443 if context else 80), context)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.context else 80)
        return host if usual else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"


class _Cannot(Exception):
    """The connection cannot be used any further."""


@dataclass
class _Side:
    """One side of an exchange: a connection, and HTTP on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection

    async def event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # h11's types have the sentinels as metaclasses
            self.http.receive_data(await self.reader.read(_PIECE))

    async def send(self, event: h11.Event) -> None:
        data = self.http.send(event)
        if data:
            self.writer.write(data)
            await self.writer.drain()

    def abort(self) -> None:
        self.writer.transport.abort()


@dataclass
class _Passing:
    """What is known of an exchange that is being passed on."""

    request: h11.Request
    began: float = field(default_factory=time.monotonic)
    sent: bytearray = field(default_factory=bytearray)
    answer: h11.Response | None = None
    received: bytearray = field(default_factory=bytearray)
    complete: bool = False

    def call(self, origin: str) -> Call:
        ended = time.monotonic()
        path, _, query = self.request.target.decode("latin-1").partition("?")
        answer = self._answer(ended - self.began) if self.answer is not None and self.complete else None
        method, headers = self.request.method.decode(), _texts(self.request.headers)
        return Call(method, origin, path, query, headers, bytes(self.sent), answer, self.began, ended)

    def _answer(self, elapsed: float) -> Answer:
        assert self.answer is not None
        headers = _texts(self.answer.headers)
        named = {name.lower(): value for name, value in headers}
        media_type, unreadable = media_type_of(named.get("content-type", "")), ""
        try:
            body = whole([bytes(self.received)], named.get("content-encoding", ""), _LONGEST_KEPT)
        except Unreadable as problem:
            body, unreadable = problem.raw, str(problem)
        except TooLarge as problem:
            body, unreadable = b"", str(problem)
        return Answer(self.answer.status_code, media_type, headers, body, elapsed, unreadable)


class Proxy:
    """Passes the requests of any number of clients on to one server, until it is told to stop.

    Only a request for ``VERDICT`` is for the proxy: it is answered with the JSON of ``verdict``.
    """

    def __init__(self, upstream: Upstream, judge: Callable[[Call], None], verdict: Callable[[], str]) -> None:
        self._upstream = upstream
        self._judge = judge
        self._verdict = verdict
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0  # exchanges
        self._last = time.monotonic()

    def idle_for(self) -> float:
        """The seconds since the last exchange; 0 while one is under way."""
        return 0.0 if self._under_way else time.monotonic() - self._last

    async def serve(self, sock: socket.socket, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Serves on a listening socket until ``stop`` is set, and finishes what is under way then."""
        server = await asyncio.start_server(self._connected, sock=sock, limit=_PIECE)
        async with server:
            ready()
            await stop.wait()
            server.close()
            await self._finished()

    async def _finished(self) -> None:
        deadline = time.monotonic() + _GRACE
        while self._under_way and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        client = _Side(reader, writer, h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD))
        try:
            async with contextlib.aclosing(self._server()) as servers:
                await self._conversation(client, servers)
        except (_Cannot, h11.ProtocolError, OSError, EOFError, TimeoutError, asyncio.CancelledError):
            client.abort()  # not answered: no answer of the server's came
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _server(self) -> AsyncGenerator[_Side, None]:
        """The connection to the server: the same one for as long as it can be used, then another one."""
        side: _Side | None = None
        try:
            while True:
                if side is None or side.http.our_state is not h11.IDLE or side.reader.at_eof():
                    if side is not None:
                        side.abort()
                    side = await self._connect()
                yield side
        finally:
            if side is not None:
                side.abort()

    async def _connect(self) -> _Side:
        to = self._upstream
        reader, writer = await asyncio.open_connection(to.host, to.port, ssl=to.context)
        return _Side(reader, writer, h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD))

    async def _conversation(self, client: _Side, servers: AsyncGenerator[_Side, None]) -> None:
        """All exchanges of one client's connection, one after the other."""
        while True:
            request = await asyncio.wait_for(client.event(), _IDLE)
            if not isinstance(request, h11.Request):
                return  # the client has closed the connection
            if not request.target.startswith(b"/"):
                raise _Cannot  # of another server, which this proxy does not connect to
            if request.target.partition(b"?")[0].endswith(VERDICT.encode()):
                await _answer_verdict(client, self._verdict())
                return
            passing = _Passing(request)
            self._under_way += 1
            try:
                server = await anext(servers)
                await self._exchange(client, server, passing)
            finally:
                self._under_way -= 1
                self._last = time.monotonic()
                self._judge(passing.call(self._upstream.origin))
            if client.http.our_state is not h11.DONE or client.http.their_state is not h11.DONE:
                return
            client.http.start_next_cycle()
            if server.http.our_state is h11.DONE and server.http.their_state is h11.DONE:
                server.http.start_next_cycle()

    async def _exchange(self, client: _Side, server: _Side, passing: _Passing) -> None:
        request = passing.request
        await server.send(
            h11.Request(
                method=request.method, target=request.target, headers=_passed_on(request.headers, self._upstream)
            )
        )
        sending = asyncio.create_task(_pass_request(client, server, passing))
        try:
            await _pass_answer(server, client, passing)
        finally:
            if not sending.done():
                sending.cancel()  # the server answered, or broke, before it had the whole request
            with contextlib.suppress(asyncio.CancelledError, h11.ProtocolError, OSError, _Cannot):
                await sending


async def _pass_request(client: _Side, server: _Side, passing: _Passing) -> None:
    while True:
        event = await client.event()
        if isinstance(event, h11.Data):
            passing.sent += event.data[: _LONGEST_KEPT - len(passing.sent)]
            await server.send(h11.Data(data=event.data))
        elif isinstance(event, h11.EndOfMessage):
            await server.send(h11.EndOfMessage(headers=_raw(event.headers)))
            return
        else:
            server.abort()  # the client broke off, and the server must not take what it has for all
            raise _Cannot


async def _pass_answer(server: _Side, client: _Side, passing: _Passing) -> None:
    while True:
        event = await server.event()
        if isinstance(event, h11.InformationalResponse):
            if event.status_code != 100 or client.http.they_are_waiting_for_100_continue:
                await client.send(h11.InformationalResponse(status_code=event.status_code, headers=_raw(event.headers)))
        elif isinstance(event, h11.Response):
            passing.answer = event
            headers = [pair for pair in _raw(event.headers) if pair[0].lower() not in _HOP_BY_HOP]
            await client.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
        elif isinstance(event, h11.Data):
            passing.received += event.data[: _LONGEST_KEPT + 1 - len(passing.received)]
            await client.send(h11.Data(data=event.data))
        elif isinstance(event, h11.EndOfMessage):
            passing.complete = True
            await client.send(h11.EndOfMessage(headers=_raw(event.headers)))
            return
        else:
            raise _Cannot  # the server broke off


async def _answer_verdict(client: _Side, verdict: str) -> None:
    body = verdict.encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")]
    await client.send(h11.Response(status_code=200, headers=headers))
    await client.send(h11.Data(data=body))
    await client.send(h11.EndOfMessage())


def _passed_on(headers: Headers, upstream: Upstream) -> list[tuple[bytes, bytes]]:
    """The headers of a request without those of this connection, and for the server's host."""
    kept = [pair for pair in _raw(headers) if pair[0].lower() not in _HOP_BY_HOP]
    host = upstream.authority.encode("ascii")
    return [(name, host if name.lower() == b"host" else value) for name, value in kept]


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers as they were written, in their order."""
    return list(headers.raw_items())


def _texts(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw_items())
