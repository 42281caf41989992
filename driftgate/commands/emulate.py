"""``driftgate emulate``: serves an emulator, or lists its faults or its as-built editions."""

from __future__ import annotations

import argparse

from driftgate.arguments import milliseconds, port
from driftgate.commands.common import show
from driftgate.emulator import EMULATORS, choice
from driftgate.emulator.command import serve
from driftgate.errors import UsageProblem


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", metavar="VENDOR", help=", ".join(EMULATORS))
    parser.add_argument("--port", type=port, default=0, help="0 takes a free one (the default)")
    parser.add_argument("--latency", type=milliseconds, default=0.0, metavar="MS", help="wait before each answer")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="break this promise (repeatable)")
    parser.add_argument("--list-faults", action="store_true", help="list the faults of the vendor and end")
    parser.add_argument("--as-built", metavar="EDITION", help="answer as this version of the product does")
    parser.add_argument("--list-as-built", action="store_true", help="list those versions and what they do, and end")
    parser.add_argument("--model-fails", action="store_true", help="with --as-built: the model that makes titles fails")
    parser.set_defaults(act=_emulate)


def _emulate(parsed: argparse.Namespace) -> int:
    vendor = parsed.vendor
    if vendor not in EMULATORS:
        raise UsageProblem(f"vendor {vendor!r} has no emulator; there are {', '.join(EMULATORS)}")
    if parsed.list_faults or parsed.list_as_built:
        show(choice.list_faults(vendor) if parsed.list_faults else choice.list_as_built(vendor))
        return 0
    emulator = choice.chosen(vendor, faults=parsed.fault, as_built=parsed.as_built, model_fails=parsed.model_fails)
    return serve(emulator, port=parsed.port, latency=parsed.latency)
