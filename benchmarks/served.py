"""Serves emulators on loopback for a tool to judge, and counts the requests that reach them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from driftgate.contract import Contract, load_contract
from driftgate.emulator import Emulator
from driftgate.emulator.application import Application
from driftgate.emulator.server import base_url, listen, server


class Counter:
    """ASGI middleware that counts requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests += 1
        await self._app(scope, receive, send)


@dataclass(frozen=True)
class Subject:
    """A served emulator as a tool is told of it; ``conversation`` exists there and may be renamed."""

    contract: Contract
    base_url: str
    api_key: str
    params: Mapping[str, str | int]
    conversation: str
    counter: Counter

    @property
    def vendor(self) -> str:
        return self.contract.vendor


@contextmanager
def served(emulator: Emulator) -> Iterator[Subject]:
    """The emulator, with two conversations in it, over HTTP until the block is left."""
    conversation = emulator.ready_made()[0].id
    counter = Counter(Application(emulator))
    sock = listen()
    serving = server(counter)
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield Subject(
            load_contract(emulator.vendor),
            base_url(emulator, sock),
            emulator.api_key,
            emulator.params,
            conversation,
            counter,
        )
    finally:
        serving.stop()
        thread.join(timeout=10)
