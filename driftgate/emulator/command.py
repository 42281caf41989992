"""The command ``driftgate emulate``: serves one emulator in the foreground, for people who develop against it."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from driftgate.arguments import Parser, milliseconds, port
from driftgate.emulator.application import READY, Application
from driftgate.emulator.base import Emulator
from driftgate.emulator.server import base_url, is_loopback, listen, origin, server
from driftgate.emulator.standin import EMULATORS, chosen, furnished
from driftgate.errors import UsageProblem

HELP = "serve a vendor's emulator until Ctrl-C"
_SHOWN = 5


def main(arguments: Sequence[str]) -> int:
    """The exit code of the command, without the other commands and what they import."""
    parser = Parser(prog="driftgate emulate", description=__doc__)
    options(parser)
    parsed = parser.parse_args(arguments)
    try:
        return emulate(parsed)
    except UsageProblem as problem:
        print(f"driftgate: {problem}", file=sys.stderr)  # noqa: T201
        return problem.exit_code


def options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    add = parser.add_argument
    add("vendor", metavar="VENDOR", help=", ".join(EMULATORS))
    add("--port", type=port, default=0, help="0 takes a free one (the default)")
    add("--host", default="127.0.0.1", help="the address to listen on; anything but loopback lets others in")
    add("--seed-data", type=Path, metavar="FILE", help="begin with these conversations (YAML or JSON)")
    add("--latency", type=milliseconds, default=0.0, metavar="MS", help="wait before each answer")
    add("--fault", action="append", default=[], metavar="NAME", help="break this promise (repeatable)")
    add("--list-faults", action="store_true", help="list the faults of the vendor and end")
    add("--access-log", nargs="?", const="-", metavar="FILE", help="a line for each request, to stderr or a file")
    add("--json", action="store_true", help="print what a script needs as one JSON object on one line")
    parser.set_defaults(act=emulate)


def emulate(parsed: argparse.Namespace) -> int:
    """Serves what was asked for until it is told to stop, or lists faults. Raises UsageProblem."""
    if parsed.list_faults:
        return _list_faults(chosen(parsed.vendor, parsed.fault).vendor)
    emulator = furnished(parsed.vendor, parsed.fault, parsed.seed_data)()
    with _log(parsed.access_log) as log, _listening(parsed.host, parsed.port) as sock:
        if not is_loopback(sock):
            _print([f"driftgate: warning: {parsed.host} is no loopback address: others can reach it"], sys.stderr)
        told = _facts(emulator, sock)
        lines = [json.dumps(told, ensure_ascii=False)] if parsed.json else _for_people(emulator, told)
        app = Application(emulator, parsed.latency, log)
        try:
            server(app, patience=parsed.latency, ready=lambda: _print(lines, sys.stdout)).run(sockets=[sock])
        except KeyboardInterrupt:
            return 0  # before the server had taken over the signal
    return 0


def _listening(host: str, number: int) -> socket.socket:
    try:
        return listen(host, number)
    except OSError as problem:
        told = str(problem.strerror).partition(" (while")[0]
        raise UsageProblem(f"--host {host}, --port {number}: cannot be used ({told})") from None


def _log(asked: str | None) -> AbstractContextManager[TextIO | None]:
    if asked in (None, "-"):
        return nullcontext(sys.stderr if asked else None)
    try:
        return Path(str(asked)).open("a", encoding="utf-8")
    except OSError as problem:
        raise UsageProblem(f"--access-log {asked}: cannot be written to ({problem.strerror})") from None


def _facts(emulator: Emulator, sock: socket.socket) -> dict[str, Any]:
    """All that a client of the emulator needs to know."""
    return {
        "vendor": emulator.vendor,
        "base_url": base_url(emulator, sock),
        "ready_url": origin(sock) + READY,
        "api_key": emulator.api_key,
        "other_keys": {name: value for name, value in emulator.params.items() if name.endswith("_key")},
        "params": dict(emulator.params),
        "conversations": emulator.own_conversations(),
        "pid": os.getpid(),
    }


def _for_people(emulator: Emulator, told: dict[str, Any]) -> list[str]:
    ready, url = told["conversations"], told["base_url"]
    more = f" and {len(ready) - _SHOWN} more" if len(ready) > _SHOWN else ""
    given = [f"--conversation {each}" for each in ready[:2]]
    given += [f"--param {name}={shlex.quote(str(value))}" for name, value in emulator.params.items()]
    lines = [
        f"{emulator.vendor} emulator at {url}",
        f"  key            {emulator.api_key}",
        f"  conversations  {' '.join(ready[:_SHOWN]) or 'none of this key'}{more}",
    ]
    lines += [f"  {name:<13}  {value}" for name, value in told["other_keys"].items()]
    if ready:
        lines += ["Rename one with", f"  {_curl(emulator, url.removesuffix(emulator.path), ready[0])}"]
    lines += [
        "Judge it with",
        f"  export DRIFTGATE_API_KEY={emulator.api_key}",
        f"  driftgate run --vendor {emulator.vendor} --base-url {url} \\",
        f"    {' '.join(given)} --allow-cost",
        "Stop it with Ctrl-C.",
    ]
    return lines


def _curl(emulator: Emulator, at: str, conversation_id: str) -> str:
    """A rename that works when pasted into a shell."""
    method, path = emulator.rename_at(conversation_id)
    body = json.dumps(emulator.rename_body(emulator.conversations[conversation_id], "A new name"))
    headers = f"-H 'Authorization: Bearer {emulator.api_key}' -H 'Content-Type: application/json'"
    return f"curl -sS -X {method} {at}{path} {headers} -d {shlex.quote(body)}"


def _list_faults(vendor: str) -> int:
    from driftgate.emulator.faults import FAULTS  # noqa: PLC0415  # making the catalogue reads the contracts

    faults = FAULTS[vendor].values()
    _print((f"{fault.name:<40} {fault.says} Breaks {', '.join(fault.breaks)}." for fault in faults), sys.stdout)
    return 0


def _print(lines: Iterable[str], stream: TextIO) -> None:
    """Prints lines for people and pipes."""
    try:
        print("\n".join(lines), file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # the reader has seen enough
