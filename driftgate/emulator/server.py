"""An HTTP server for emulators, in a thread of this process or in the main thread until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from driftgate.emulator.application import Application
from driftgate.emulator.base import Emulator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 5  # seconds for answers under way when the server is to stop
_SECOND = 1.0
_PAUSE = 0.001
_TURNS = 4  # of the event loop: from a connection that has come in to the request that came with it
_LOG = logging.getLogger(__name__)


class Protocol(H11Protocol):
    """HTTP as uvicorn speaks it. A client that sends no HTTP gets HTTP 400, even while an answer to it is under way."""

    def send_400_response(self, msg: str) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True
        with contextlib.suppress(h11.LocalProtocolError):
            super().send_400_response(msg)
        self.transport.close()


class Server(uvicorn.Server):
    """A server that stops at once and in order: it answers what has arrived, and gives up what is still arriving.

    uvicorn looks every 0.1 s whether it is to stop, and waits 0.1 s when it does; this server is woken instead.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def stop(self) -> None:
        """Tells the server to stop; from any thread, and from a signal handler. Safe to repeat."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
                self._loop.call_soon_threadsafe(self._woken.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets=sockets)
        self._ready()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which also sets the header Date
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _SECOND)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if isinstance(self.config.app, Application):
            self.config.app.give_up_arriving()
        for listener in self.servers:
            listener.close()
        for sock in sockets or ():
            sock.close()
        try:
            await asyncio.wait_for(self._finished(), self.config.timeout_graceful_shutdown)
        except TimeoutError:
            _LOG.error("cancelled %d answers that could not be finished in time", len(self.server_state.tasks))
            for task in self.server_state.tasks:
                task.cancel()

    async def _finished(self) -> None:
        """Waits until every answer is sent and every connection is closed."""
        state, closing, pause = self.server_state, set[object](), 0.0
        while (state.connections or state.tasks) and not self.force_exit:
            for connection in state.connections - closing:  # those accepted last appear while this waits
                connection.shutdown()
                closing.add(connection)
            await asyncio.sleep(pause)
            pause = _PAUSE
        for listener in () if self.force_exit else self.servers:
            await listener.wait_closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        former = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in former.items():
                signal.signal(each, handler)


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.create_server((host, port), family=family, backlog=512)
    # asyncio sets this only on sockets it made itself; without it every answer waits for the client's delayed ACK
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def is_loopback(sock: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    return ipaddress.ip_address(sock.getsockname()[0]).is_loopback


def origin(sock: socket.socket) -> str:
    """The URL of a socket as this machine reaches it."""
    host, port = sock.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("::1" if address.version == 6 else "127.0.0.1")
    return f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"


def base_url(emulator: Emulator, sock: socket.socket) -> str:
    return origin(sock) + emulator.path


def server(app: ASGIApp, *, latency: float = 0.0, ready: Callable[[], None] = lambda: None) -> Server:
    """A server for the application, to be run on a socket. It calls ``ready`` once it answers.

    When it stops, it waits up to five seconds for answers under way, and ``latency`` seconds more.
    """
    config = uvicorn.Config(
        app,
        # the same on every machine, whatever is installed; and this parser limits the size of a request head
        http=Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(latency) + _GRACE,
    )
    return Server(config, ready)
