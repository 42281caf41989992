"""Serves an emulator in a thread of this process."""

from __future__ import annotations

import asyncio
import concurrent.futures
import copy
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from driftgate.base.errors import UsageError
from driftgate.emulator.application import Application, Around
from driftgate.emulator.base import Emulator
from driftgate.emulator.choice import chosen
from driftgate.emulator.seed import Rows, furnished
from driftgate.emulator.server import Server, base_url, listen, server
from driftgate.emulator.store import Conversation

T = TypeVar("T")


@dataclass(frozen=True)
class Running:
    """A running emulator. ``conversations``: the ids that it offered when it began."""

    base_url: str
    api_key: str
    params: Mapping[str, str | int]
    conversations: tuple[str, ...]
    _application: Application = field(repr=False)
    _fresh: Callable[[], Emulator] = field(repr=False)
    _server: Server = field(repr=False)
    _thread: threading.Thread = field(repr=False)
    _loop: asyncio.AbstractEventLoop = field(repr=False)
    _socket: socket.socket = field(repr=False)

    def conversation(self, conversation_id: str | int) -> Conversation:
        """A copy of a conversation as it is stored now. Raises KeyError for an unknown id."""
        return self._between_requests(
            lambda: copy.deepcopy(self._application.emulator.conversations[str(conversation_id)])
        )

    def stored(self) -> list[Conversation]:
        """Copies of all conversations as they are stored now, in the order of their creation."""
        return self._between_requests(lambda: copy.deepcopy(list(self._application.emulator.conversations.values())))

    def reset(self) -> None:
        """Goes back to the beginning: resets what is stored, and what a fault remembers."""
        fresh = self._fresh()
        self._between_requests(lambda: self._application.use(fresh))

    def stop(self) -> None:
        """Stops it, after answering the requests that have arrived. Frees port and thread. Safe to repeat."""
        self._server.stop()
        self._thread.join()
        self._socket.close()

    def _between_requests(self, act: Callable[[], T]) -> T:
        """The result of ``act``, called in the thread that answers requests. Raises RuntimeError after the end."""

        async def acted() -> T:
            return act()

        if not self._thread.is_alive():
            raise RuntimeError("the emulator was stopped")
        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result()


def start(
    emulator: Emulator,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    latency: float = 0.0,
    fresh: Callable[[], Emulator] | None = None,
    around: Around | None = None,
) -> Running:
    """Serves an emulator in a thread. It answers as soon as this returns.

    ``latency`` is in seconds; ``fresh`` makes the emulator that ``reset`` goes on with; ``around`` makes of its
    application what is served. Raises OSError for a port that cannot be used.
    """
    sock = listen(host, port)
    app = Application(emulator, latency, around=around)
    serving: concurrent.futures.Future[asyncio.AbstractEventLoop] = concurrent.futures.Future()
    its_server = server(app, latency=latency, ready=lambda: serving.set_result(asyncio.get_running_loop()))
    name = f"{emulator.vendor} emulator"
    thread = threading.Thread(target=its_server.run, kwargs={"sockets": [sock]}, name=name, daemon=True)
    conversations = tuple(emulator.offered_conversations())
    thread.start()
    return Running(
        base_url(emulator, sock),
        emulator.api_key,
        emulator.params,
        conversations,
        app,
        fresh or type(emulator),
        its_server,
        thread,
        serving.result(),
        sock,
    )


@contextmanager
def emulate(
    vendor: str,
    *,
    fault: Sequence[str] = (),
    as_built: str | None = None,
    model_fails: bool = False,
    latency: float = 0.0,
    seed_data: str | Path | Rows | None = None,
    port: int = 0,
    around: Around | None = None,
) -> Iterator[Running]:
    """A vendor's emulator, served on loopback until the block ends.

    ``fault``: names of faults. ``as_built``: a version of the product, which it then imitates, and ``model_fails``
    whether that product's model fails. ``latency``: in seconds. ``seed_data``: a file, or its rows. ``around``: makes
    of its ASGI application what is served. Raises UsageError for an argument that cannot be used.
    """
    faults = (fault,) if isinstance(fault, str) else fault
    fresh = furnished(chosen(vendor, faults=faults, as_built=as_built, model_fails=model_fails), seed_data)
    try:
        running = start(fresh(), port=port, latency=latency, fresh=fresh, around=around)
    except OSError as problem:
        raise UsageError(f"port {port}: cannot be used ({problem.strerror})") from None
    try:
        yield running
    finally:
        running.stop()
