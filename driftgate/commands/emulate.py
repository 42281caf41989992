"""``driftgate emulate``: serves an emulator, or lists its faults or as-built editions. Imports only what it needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.commands.arguments import Parser, milliseconds, port
from driftgate.emulator.choice import EMULATORS, chosen, list_as_built, list_faults
from driftgate.emulator.command import serve
from driftgate.emulator.seed import furnished


def main(given: Sequence[str]) -> int:
    """The exit code of the command, by itself: an emulator is ready before the other commands are imported."""
    parser = Parser(prog="driftgate emulate", description=__doc__)
    arguments(parser)
    parsed = parser.parse_args(given)
    try:
        return _emulate(parsed)
    except UsageProblem as problem:
        print(f"driftgate: {problem}", file=sys.stderr)  # noqa: T201
        return problem.exit_code


def arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("vendor", metavar="VENDOR", help=", ".join(EMULATORS))
    add("--port", type=port, default=0, help="0 takes a free one (the default)")
    add("--host", default="127.0.0.1", help="the address to listen on; anything but loopback lets others in")
    add("--seed-data", type=Path, metavar="FILE", help="begin with these conversations (YAML or JSON)")
    add("--latency", type=milliseconds, default=0.0, metavar="MS", help="wait before each answer")
    add("--fault", action="append", default=[], metavar="NAME", help="break this promise (repeatable)")
    add("--list-faults", action="store_true", help="list the faults of the vendor and end")
    add("--as-built", metavar="EDITION", help="answer as this version of the product does")
    add("--list-as-built", action="store_true", help="list those versions and what they do, and end")
    add("--model-fails", action="store_true", help="with --as-built: the model that makes titles fails")
    add("--access-log", nargs="?", const="-", metavar="FILE", help="a line for each request, to stderr or a file")
    add("--json", action="store_true", help="print what a script needs as one JSON object on one line")
    parser.set_defaults(act=_emulate)


def _emulate(parsed: argparse.Namespace) -> int:
    if parsed.list_faults or parsed.list_as_built:
        return _list(list_faults(parsed.vendor) if parsed.list_faults else list_as_built(parsed.vendor))
    make = chosen(parsed.vendor, faults=parsed.fault, as_built=parsed.as_built, model_fails=parsed.model_fails)
    with suppress(KeyboardInterrupt):  # while it is made ready; later on the server takes the signal
        serve(
            furnished(make, parsed.seed_data)(),
            host=parsed.host,
            port=parsed.port,
            latency=parsed.latency,
            access_log=parsed.access_log,
            as_json=parsed.json,
        )
    return 0


def _list(lines: Sequence[str]) -> int:
    from driftgate.commands.common import show  # noqa: PLC0415  # takes longer to import than an emulator to start

    show(lines)
    return 0
