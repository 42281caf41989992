"""Serves an application over HTTP, in a thread of this process or until the process is told to stop."""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from driftgate.emulator.application import Application
from driftgate.emulator.base import Emulator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 5


class Protocol(H11Protocol):
    """HTTP as uvicorn speaks it; a client that does not is told so, whatever answer to it was under way."""

    def send_400_response(self, msg: str) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True
        with contextlib.suppress(h11.LocalProtocolError):
            super().send_400_response(msg)
        self.transport.close()


class Server(uvicorn.Server):
    """A server that ends well: what has come in is answered, what has not is given up, and a signal is no failure."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if isinstance(self.config.app, Application):
            self.config.app.give_up_arriving()
        await super().shutdown(sockets=sockets)

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


def server(app: ASGIApp, *, patience: float = 0.0, ready: Callable[[], None] = lambda: None) -> Server:
    """A server for the application, to be run on a socket. It calls ``ready`` once it answers.

    Told to stop, it waits for the answers under way, ``patience`` seconds longer than it takes to send them.
    """
    config = uvicorn.Config(
        app,
        # the same on every machine, whatever else is installed; and this parser bounds what it keeps of a request
        http=Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(patience) + _PATIENCE,
    )
    return Server(config, ready)
