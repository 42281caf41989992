"""``driftgate emulate``: serves an emulator, or lists its faults. Imports nothing that only other commands need."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from driftgate.arguments import Parser, milliseconds, port
from driftgate.emulator.command import serve
from driftgate.emulator.standin import EMULATORS, chosen, furnished
from driftgate.errors import UsageProblem


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
    add("--access-log", nargs="?", const="-", metavar="FILE", help="a line for each request, to stderr or a file")
    add("--json", action="store_true", help="print what a script needs as one JSON object on one line")
    parser.set_defaults(act=_emulate)


def _emulate(parsed: argparse.Namespace) -> int:
    if parsed.list_faults:
        return _list_faults(chosen(parsed.vendor, parsed.fault).vendor)
    with suppress(KeyboardInterrupt):  # while it is made ready; later on the server takes the signal
        serve(
            furnished(parsed.vendor, parsed.fault, parsed.seed_data)(),
            host=parsed.host,
            port=parsed.port,
            latency=parsed.latency,
            access_log=parsed.access_log,
            as_json=parsed.json,
        )
    return 0


def _list_faults(vendor: str) -> int:
    from driftgate.commands.common import show  # noqa: PLC0415  # takes longer to import than an emulator to start
    from driftgate.emulator.faults import FAULTS  # noqa: PLC0415  # making the catalogue reads the contracts

    faults = FAULTS[vendor].values()
    show([f"{fault.name:<40} {fault.says} Breaks {', '.join(fault.breaks)}." for fault in faults])
    return 0
