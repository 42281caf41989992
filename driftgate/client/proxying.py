"""A proxy that judges both sides of what passes through it, when nothing is under way."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.client.call import Call
from driftgate.client.har import render as render_har
from driftgate.client.judge import ClientJudge
from driftgate.client.proxy import Proxy, Upstream
from driftgate.http.reach import tls_context
from driftgate.report import json_format
from driftgate.report.result import Result
from driftgate.target.model import Target

_PAUSE = 0.2  # seconds without an exchange, after which there is time to judge
_MOST_WAITING = 20_000  # exchanges that wait to be judged, and are in no record yet


class JudgingProxy:
    """A proxy in front of a target. Exchanges are judged when none is under way, so that none waits for it."""

    def __init__(self, target: Target, judge: ClientJudge, path: Path) -> None:
        if target.base_url is None:
            raise UsageError(f"target {target.name} is the embedded emulator: use driftgate emulate --judge-client")
        if target.network.proxy is not None:
            raise UsageError(
                f"target {target.name}: is reached through the proxy {target.network.proxy.url}; driftgate proxy "
                "connects to the target itself, leave the proxy out"
            )
        context = tls_context(target.network) if target.base_url.startswith("https:") else None
        self._judge = judge
        self._path = path
        self._waiting: deque[Call] = deque()
        self._proxy = Proxy(Upstream.of(target.base_url, context), self._waiting.append, self._verdict)
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        """Serves until ``stop`` is called."""
        self._loop = asyncio.get_running_loop()
        judging = asyncio.create_task(self._judge_in_pauses())
        with self._judge.keeping(self._path):
            try:
                await self._proxy.serve(sock, self._stop, ready)
            finally:
                judging.cancel()
                self._judge_all()

    def stop(self) -> None:
        """Tells it to stop; from any thread, and from a signal handler."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def result(self) -> Result:
        """The verdicts on everything that passed. Writes the record, and a HAR file beside it. Raises UsageError."""
        if self._loop is not None and self._loop.is_running():
            # by the thread that passes exchanges on, between two steps of its own
            asyncio.run_coroutine_threadsafe(self._judged_all(), self._loop).result()
        result = self._judge.result(self._path)
        har = self._path.with_suffix(".har")
        try:
            har.write_text(render_har(result.record, self._judge.times), encoding="utf-8")
        except OSError as problem:
            raise UsageError(f"{har}: cannot be written to ({problem.strerror})") from None
        return result

    def remarks(self) -> list[str]:
        """What else is to be said of the client's requests."""
        return self._judge.remarks()

    def _verdict(self) -> str:
        self._judge_all()
        return json_format.render([self._judge.snapshot(self._path)])

    async def _judge_in_pauses(self) -> None:
        while True:
            await asyncio.sleep(0 if self._waiting and self._may_judge() else _PAUSE)
            if self._waiting and self._may_judge():
                self._judge(self._waiting.popleft())

    def _may_judge(self) -> bool:
        return self._proxy.idle_for() > _PAUSE or len(self._waiting) > _MOST_WAITING

    async def _judged_all(self) -> None:
        self._judge_all()

    def _judge_all(self) -> None:
        while self._waiting:
            self._judge(self._waiting.popleft())
