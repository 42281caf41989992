"""Watching a server of ours: every request that it gets is judged, at no change for the client."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from driftgate.client.call import VERDICT, Call
from driftgate.http.exchange import Answer, media_type_of

_LONGEST_KEPT = 2**20  # bytes of an answer


class Watched:
    """ASGI middleware that hands each request with its answer to ``judge``.

    It answers ``VERDICT`` itself, with the JSON of ``verdict``.
    """

    def __init__(self, app: ASGIApp, judge: Callable[[Call], None], verdict: Callable[[], str]) -> None:
        self._app = app
        self._judge = judge
        self._verdict = verdict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith(VERDICT):  # below the base URL, too
            await Response(self._verdict(), media_type="application/json")(scope, receive, send)
            return
        exchange = _Exchange(scope, self._judge)
        # a server may answer before it has read what its client sent
        replay = await exchange.received(receive)
        try:
            await self._app(scope, replay, exchange.sending(send))
        finally:
            exchange.end()


class _Exchange:
    """One request and its answer while they pass."""

    def __init__(self, scope: Scope, judge: Callable[[Call], None]) -> None:
        self._scope = scope
        self._judge = judge
        self._ended = False
        self._request = bytearray()
        self._answer = bytearray()
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._whole = False
        self._began = time.monotonic()

    async def received(self, receive: Receive) -> Receive:
        """Receives the body, and returns what gives it once more; an error while it arrives is raised there."""
        messages: list[Message] = []
        problem: Exception | None = None
        try:
            while not messages or messages[-1].get("more_body", False):
                messages.append(await receive())
                self._request += messages[-1].get("body", b"")
        except Exception as raised:
            problem = raised

        async def replay() -> Message:
            if messages:
                return messages.pop(0)
            if problem is not None:
                raise problem
            return await receive()

        return replay

    def sending(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status, self._headers = message["status"], _texts(message["headers"])
            elif message["type"] == "http.response.body":
                self._answer += message.get("body", b"")[: _LONGEST_KEPT - len(self._answer)]
                if not message.get("more_body", False):
                    self._whole = True
                    self.end()  # who has the answer may ask for the verdicts at once
            await send(message)

        return sending

    def end(self) -> None:
        """Hands the exchange over, once."""
        if not self._ended:
            self._ended = True
            self._judge(self._call())

    def _call(self) -> Call:
        ended = time.monotonic()
        host, port = self._scope["server"]
        answer = None
        if self._whole:
            media_type = next((media_type_of(value) for name, value in self._headers if name == "content-type"), "")
            answer = Answer(self._status, media_type, self._headers, bytes(self._answer), ended - self._began)
        return Call(
            self._scope["method"],
            f"{self._scope['scheme']}://{host}:{port}",
            self._scope["raw_path"].decode("latin-1"),
            self._scope["query_string"].decode("latin-1"),
            _texts(self._scope["headers"]),
            bytes(self._request),
            answer,
            self._began,
            ended,
        )


def _texts(headers: list[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
