"""``driftgate power`` shows whether the requirements of a contract would notice the faults that they are there for."""

from __future__ import annotations

import argparse

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import contracts_option, describe, folders, output_option
from driftgate.commands.common import put


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Judges the emulator of a contract once for each fault that follows from it. Says which requirements no fault "
        "makes fail, and which faults no requirement notices. Exits with 1 if there is such a requirement, with 6 when "
        "the emulator without a fault does not conform, else with 0: a fault that goes unnoticed may break no promise.",
        "driftgate power --contracts contracts --vendor tiny",
        "driftgate power --contracts contracts --vendor tiny --fault name-cut",
    )
    contracts_option(parser)
    parser.add_argument("--vendor", metavar="VENDOR", help="measure this vendor (default: those in the folders)")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="try this fault only (repeatable)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    output_option(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.commands.power_matrix import exit_code, measure, render_json, render_text

    found = [measure(vendor, folders(parsed), parsed.fault) for vendor in _vendors(parsed)]
    put((render_json(found) if parsed.json else render_text(found)) + "\n", parsed.output)
    return exit_code(found)


def _vendors(parsed: argparse.Namespace) -> list[str]:
    if parsed.vendor:
        return [parsed.vendor]
    from driftgate.contract.load import vendors_in

    found = list(vendors_in(folders(parsed)))
    if not found:
        raise UsageError("power: name a folder of contracts with --contracts DIR, or a vendor with --vendor")
    return found
