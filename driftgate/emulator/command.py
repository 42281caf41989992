"""Serves one emulator in the foreground, for people who develop against it."""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from driftgate.base.errors import UsageError
from driftgate.emulator.application import READY, Application, Around
from driftgate.emulator.base import Emulator
from driftgate.emulator.server import base_url, is_loopback, listen, origin, server

_SHOWN = 5


def serve(
    emulator: Emulator,
    *,
    host: str,
    port: int,
    latency: float,
    access_log: str | None,
    as_json: bool,
    around: Around | None = None,
    contracts: Sequence[str] = (),
) -> None:
    """Serves an emulator until a signal stops it. Prints how to reach it as soon as it answers.

    ``latency`` is in seconds; ``access_log`` is a file, or "-" for stderr; ``around`` makes of its application what is
    served; ``contracts``: the folders that judging it
    needs. Raises UsageError for an address or a file that cannot be used.
    """
    with _log(access_log) as log, _listening(host, port) as sock:
        if not is_loopback(sock):
            _print(
                [f"driftgate: warning: {host} is not a loopback address: other machines can reach the emulator"],
                sys.stderr,
            )
        facts = _facts(emulator, sock)
        lines = [json.dumps(facts, ensure_ascii=False)] if as_json else _for_people(emulator, facts, contracts)
        app = Application(emulator, latency, log, around)
        server(app, latency=latency, ready=lambda: _print(lines, sys.stdout)).run(sockets=[sock])


def _listening(host: str, number: int) -> socket.socket:
    try:
        return listen(host, number)
    except OSError as problem:
        reason = str(problem.strerror).partition(" (while")[0]
        raise UsageError(f"--host {host}, --port {number}: cannot be used ({reason})") from None


def _log(asked: str | None) -> AbstractContextManager[TextIO | None]:
    if asked in (None, "-"):
        return nullcontext(sys.stderr if asked else None)
    try:
        return Path(str(asked)).open("a", encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--access-log {asked}: cannot be written to ({problem.strerror})") from None


def _facts(emulator: Emulator, sock: socket.socket) -> dict[str, Any]:
    """Everything that a client of the emulator needs."""
    return {
        "vendor": emulator.vendor,
        "base_url": base_url(emulator, sock),
        "ready_url": origin(sock) + READY,
        "api_key": emulator.api_key,
        "other_keys": {name: value for name, value in emulator.params.items() if name.endswith("_key")},
        "params": dict(emulator.params),
        "conversations": emulator.offered_conversations(),
        "pid": os.getpid(),
    }


def _for_people(emulator: Emulator, facts: dict[str, Any], contracts: Sequence[str]) -> list[str]:
    ready, url = facts["conversations"], facts["base_url"]
    more = f" and {len(ready) - _SHOWN} more" if len(ready) > _SHOWN else ""
    given = [f"--contracts {shlex.quote(each)}" for each in contracts]
    given += [f"--conversation {each}" for each in ready[:2]]
    given += [f"--param {name}={shlex.quote(str(value))}" for name, value in emulator.params.items()]
    lines = [
        f"{emulator.vendor} emulator at {url}",
        f"  key            {emulator.api_key}",
        f"  conversations  {' '.join(ready[:_SHOWN]) or 'none that this key may rename'}{more}",
    ]
    lines += [f"  {name:<13}  {value}" for name, value in facts["other_keys"].items()]
    if ready:
        lines += ["Rename a conversation with", f"  {emulator.curl(url.removesuffix(emulator.path), ready[0])}"]
    lines += [
        "Judge it with",
        f"  export DRIFTGATE_API_KEY={emulator.api_key}",
        f"  driftgate run --vendor {emulator.vendor} --base-url {url} \\",
        f"    {' '.join(given)} --allow-cost",
        "Stop it with Ctrl-C.",
    ]
    return lines


def _print(lines: Iterable[str], stream: TextIO) -> None:
    """Prints lines, also into a pipe whose reader has gone."""
    try:
        print("\n".join(lines), file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # the reader has seen enough
