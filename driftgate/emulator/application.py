"""An emulator as an ASGI application: its operations, and plain answers to everything else that can come over HTTP."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TextIO

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from driftgate.emulator.base import Emulator

READY = "/_driftgate/ready"
LONGEST_BODY = 16 * 2**20


class Application:
    """The operations of an emulator, which can be replaced by a fresh one between two requests.

    ``latency`` in seconds goes before each answer; ``log`` gets a line for each request. Requests that are still coming
    in can be given up.
    """

    def __init__(self, emulator: Emulator, latency: float = 0.0, log: TextIO | None = None) -> None:
        self._latency = latency
        self._log = log
        self._arriving: set[asyncio.Task[None]] = set()
        self.use(emulator)

    def use(self, emulator: Emulator) -> None:
        """Answers with this emulator from now on."""
        self.emulator = emulator
        self._operations = _operations(emulator)

    def give_up_arriving(self) -> None:
        """Answers the requests whose bodies have not come in yet with HTTP 503."""
        for task in self._arriving:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == READY:
            await JSONResponse({"vendor": self.emulator.vendor, "ready": True})(scope, receive, send)
            return
        if self._log is not None:
            send = _logged(self._log, scope, send)
        if self._latency:
            await asyncio.sleep(self._latency)
        await self._operations(scope, self._measured(receive), send)

    def _measured(self, receive: Receive) -> Receive:
        """Receives a body up to its longest, and as long as it is waited for."""
        received, complete = 0, False

        async def measured() -> Message:
            nonlocal received, complete
            if complete:  # an answer that is streamed waits here for its client to go away
                return await receive()
            task = asyncio.current_task()
            assert task is not None
            self._arriving.add(task)
            try:
                message = await receive()
            except asyncio.CancelledError:
                raise HTTPException(503) from None
            finally:
                self._arriving.discard(task)
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > LONGEST_BODY:
                raise HTTPException(413)
            return message

        return measured


def _operations(emulator: Emulator) -> ASGIApp:
    async def misdirected(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)
        answer = emulator.reply(*emulator.misdirected(problem.status_code))
        answer.headers.update(problem.headers or {})
        return answer

    async def mistaken(request: Request, problem: Exception) -> Response:
        return emulator.reply(*emulator.misdirected(500))

    async def gone(request: Request, problem: Exception) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    app = Starlette(
        routes=emulator.routes(),
        exception_handlers={HTTPException: misdirected, ClientDisconnect: gone, Exception: mistaken},
    )
    app.router.redirect_slashes = False
    return app


def _logged(log: TextIO, scope: Scope, send: Send) -> Send:
    """Writes time, method, path, status and milliseconds; of a query the names alone, for its values may be keys."""
    began = time.monotonic()

    async def logged(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = [pair.partition("=")[0] for pair in scope["query_string"].decode("latin-1").split("&") if pair]
            query = f"?{'&'.join(f'{name}=…' for name in names)}" if names else ""
            target = ascii(scope["raw_path"].decode("latin-1"))[1:-1] + query
            took = (time.monotonic() - began) * 1000
            moment = time.strftime("%H:%M:%S")
            with suppress(OSError):  # a full disk is no reason not to answer
                log.write(f"{moment} {scope['method']} {target} {message['status']} {took:.0f} ms\n")
                log.flush()
        await send(message)

    return logged
