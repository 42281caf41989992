"""A proxy in front of an emulator: every request and answer passes a mutation, and what that changed is counted."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.mutations.messages import Call, Headers, Reader, Reply
from benchmarks.mutations.mutations import Mutation
from driftgate.emulator import Emulator, dify_messages, nuwax
from driftgate.emulator.application import Application
from driftgate.emulator.server import base_url, listen, server

_OF_THE_CONNECTION = ("content-length", "transfer-encoding", "connection", "date", "server")


@dataclass
class Proxy:
    """An ASGI application. ``seen`` are the requests as they came and the answers as they left; ``changed`` how many
    exchanges the mutation changed, ``mistake`` what went wrong in the mutation itself."""

    app: ASGIApp
    reader: Reader
    mutation: Mutation
    seen: list[tuple[Call, Reply]] = field(default_factory=list)
    changed: int = 0
    mistake: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, await self._call(scope, receive))
        except Exception as mistake:  # would be taken for a mistake of the server that is judged
            self.mistake = mistake
            raise
        await self._send(reply, send)

    async def _reply(self, scope: Scope, call: Call) -> Reply:
        asked = self.mutation.asked(call)
        genuine = asked if isinstance(asked, Reply) else await self._ask(scope, asked)
        reply = self.mutation.answered(call, genuine)
        self.changed += asked != call or reply != genuine
        self.seen.append((call, reply))
        return reply

    async def _call(self, scope: Scope, receive: Receive) -> Call:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        role = self.reader.role(scope["method"], target)
        return Call(role, scope["method"], target, _text(scope["headers"]), body)

    async def _ask(self, scope: Scope, call: Call) -> Reply:
        """The emulator's answer."""
        path, _, query = call.target.partition("?")
        headers = [*call.headers, ("content-length", str(len(call.body)))] if call.body else call.headers
        asked = {
            **scope,
            "method": call.method,
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
        answer: dict[str, Any] = {"body": b""}

        async def receive() -> Message:
            return {"type": "http.request", "body": call.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.update(status=message["status"], headers=_text(message["headers"]))
            else:
                answer["body"] += message.get("body", b"")

        await self.app(asked, receive, send)
        return Reply(answer["status"], answer["headers"], answer["body"])

    @staticmethod
    async def _send(reply: Reply, send: Send) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
        if reply.status != 204:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if reply.status == 204 else reply.body})


def _text(headers: Any) -> Headers:
    told = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return tuple((name, value) for name, value in told if name.lower() not in _OF_THE_CONNECTION)


class SlowClock:
    """A clock that moves on by a second whenever it is looked at, so that no two times are alike by chance."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1_800_000_000)

    def time(self) -> float:
        return float(next(self._seconds))


@contextmanager
def serving(emulator: Emulator, reader: Reader, mutation: Mutation) -> Iterator[tuple[str, Proxy]]:
    """The base URL of a proxy in front of the emulator, and the proxy; it ends with the block."""
    sock = listen()
    proxy = Proxy(Application(emulator), reader, mutation)
    serves = server(proxy)
    thread = threading.Thread(target=serves.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        with ExitStack() as patched:
            clock = SlowClock()
            patched.enter_context(patch.object(emulator, "clock", clock.time))
            for module in (dify_messages, nuwax):  # they look at no clock of the emulator's
                patched.enter_context(patch.object(module, "time", clock))
            yield base_url(emulator, sock), proxy
    finally:
        serves.should_exit = True
        thread.join()
        sock.close()
