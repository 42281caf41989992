"""``driftgate emulate``: serves an emulator, or lists its faults."""

from __future__ import annotations

import argparse
import difflib

from driftgate.arguments import milliseconds, port
from driftgate.commands.common import show
from driftgate.emulator import EMULATORS
from driftgate.emulator.command import serve
from driftgate.errors import UsageProblem


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", metavar="VENDOR", help=", ".join(EMULATORS))
    parser.add_argument("--port", type=port, default=0, help="0 takes a free one (the default)")
    parser.add_argument("--latency", type=milliseconds, default=0.0, metavar="MS", help="wait before each answer")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="break this promise (repeatable)")
    parser.add_argument("--list-faults", action="store_true", help="list the faults of the vendor and end")
    parser.set_defaults(act=_emulate)


def _emulate(parsed: argparse.Namespace) -> int:
    if parsed.vendor not in EMULATORS:
        raise UsageProblem(f"vendor {parsed.vendor!r} has no emulator; there are {', '.join(EMULATORS)}")
    if not parsed.fault and not parsed.list_faults:
        return serve(EMULATORS[parsed.vendor](), port=parsed.port, latency=parsed.latency)
    from driftgate.emulator.faults import FAULTS, faulty  # noqa: PLC0415  # making the catalogue reads the contracts

    known = FAULTS[parsed.vendor]
    if parsed.list_faults:
        show([f"{fault.name:<40} {fault.says} Breaks {', '.join(fault.breaks)}." for fault in known.values()])
        return 0
    for name in parsed.fault:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise UsageProblem(f"--fault {name}: is no fault of {parsed.vendor}{hint}; --list-faults lists them")
    return serve(faulty(parsed.vendor, parsed.fault), port=parsed.port, latency=parsed.latency)
