"""Serves an emulator over HTTP on a loopback port, in a thread of this process or until the process is told to stop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from driftgate.emulator.base import Emulator


class Latency:
    """ASGI middleware that waits before each request is handled; ``seconds``."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(self._seconds)
        await self._app(scope, receive, send)


@dataclass(frozen=True)
class Running:
    """An emulator that is being served. ``stop`` ends it."""

    base_url: str
    api_key: str
    params: Mapping[str, str | int]
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


def application(emulator: Emulator, latency: float = 0.0) -> ASGIApp:
    """The emulator as an ASGI application; ``latency`` in seconds."""
    app: ASGIApp = Starlette(routes=emulator.routes())
    return Latency(app, latency) if latency else app


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError."""
    sock = socket.create_server((host, port), backlog=512)
    # asyncio sets this only on sockets it made itself; without it every answer waits for the client's delayed ACK
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def server(app: ASGIApp, *, log_level: str = "critical") -> uvicorn.Server:
    """A server for the application, to be run on a socket."""
    return uvicorn.Server(
        uvicorn.Config(app, log_level=log_level, lifespan="off", access_log=log_level == "info", ws="none")
    )


def base_url(emulator: Emulator, sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://{host}:{port}{emulator.path}"


def start(emulator: Emulator, *, port: int = 0, latency: float = 0.0) -> Running:
    """Serves an emulator in a thread; requests can be sent as soon as this returns."""
    sock = listen(port=port)
    serving = server(application(emulator, latency))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    return Running(base_url(emulator, sock), emulator.api_key, emulator.params, serving, thread)
