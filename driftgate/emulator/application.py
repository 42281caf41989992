"""An emulator as an ASGI application: its operations, and a plain answer to any other request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
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

Around = Callable[[ASGIApp], ASGIApp]


class Application:
    """Serves the operations of an emulator. The emulator can be replaced between two requests.

    ``latency``: seconds to wait before each answer. ``log``: gets a line for each request. ``around`` makes of its
    operations what is served in their stead.
    """

    def __init__(
        self, emulator: Emulator, latency: float = 0.0, log: TextIO | None = None, around: Around | None = None
    ) -> None:
        self._around = around
        self._latency = latency
        self._log = log
        self._arriving: set[asyncio.Task[None]] = set()
        self.use(emulator)

    def use(self, emulator: Emulator) -> None:
        """Replaces the emulator, from the next request on."""
        self.emulator = emulator
        operations = _operations(emulator)
        self._operations = self._around(operations) if self._around else operations

    def give_up_arriving(self) -> None:
        """Answers requests whose bodies have not arrived completely with HTTP 503."""
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
        """Receives a body. One that is too long, or given up while it arrives, gets an HTTP error."""
        received, complete = 0, False

        async def measured() -> Message:
            nonlocal received, complete
            if complete:  # a streamed answer waits here until its client disconnects
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

    async def failed(request: Request, problem: Exception) -> Response:
        return emulator.reply(*emulator.misdirected(500))

    async def gone(request: Request, problem: Exception) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    app = Starlette(
        routes=emulator.routes(),
        exception_handlers={HTTPException: misdirected, ClientDisconnect: gone, Exception: failed},
    )
    app.router.redirect_slashes = False
    return app


def _logged(log: TextIO, scope: Scope, send: Send) -> Send:
    """Logs time, method, path, status and milliseconds. Of a query only the names, since a value may be a key."""
    began = time.monotonic()

    async def logged(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = [pair.partition("=")[0] for pair in scope["query_string"].decode("latin-1").split("&") if pair]
            query = f"?{'&'.join(f'{name}=…' for name in names)}" if names else ""
            target = ascii(scope["raw_path"].decode("latin-1"))[1:-1] + query
            took = (time.monotonic() - began) * 1000
            moment = time.strftime("%H:%M:%S")
            with suppress(OSError):  # the answer matters more than the log, if the disk is full
                log.write(f"{moment} {scope['method']} {target} {message['status']} {took:.0f} ms\n")
                log.flush()
        await send(message)

    return logged
