"""Emulators for other people's clients, which get a base URL and a key and are otherwise unchanged."""

from __future__ import annotations

import contextlib
import socket

import pytest

from driftgate.emulator import start
from tests.clients.cozepy_twins import Asynchronous, Synchronous


@pytest.fixture
def serves():
    """Serves an emulator until the test ends."""
    with contextlib.ExitStack() as running:

        def serves(emulator):
            served = start(emulator)
            running.callback(served.stop)
            return served

        yield serves


@pytest.fixture(params=[Synchronous, Asynchronous])
def cozepy_for(request):
    """cozepy, synchronous and asynchronous, for an emulator that is served."""
    clients = []

    def cozepy_for(served, key=None):
        clients.append(request.param(served.base_url, key or served.api_key))
        return clients[-1]

    yield cozepy_for
    for client in clients:
        client.close()


@pytest.fixture(autouse=True)
def _loopback_alone(monkeypatch):
    """Stops a client that connects to a vendor or a proxy instead of its base URL."""
    connect = socket.socket.connect

    def guarded(self, address):
        assert self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1"), f"connects to {address}"
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
