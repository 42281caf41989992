"""``driftgate doctor`` checks the set-up, asks whether targets answer, and estimates what a run would cost."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.base.paths import DEFAULT_REPORTS, TARGETS_FILE
from driftgate.commands.arguments import contracts_option, describe, folders, positive_seconds
from driftgate.commands.common import show


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Checks what is installed and configured, asks each target one question that changes nothing, and estimates "
        "the requests and the money that a run would take. Exits with 4 when a run could not start, and with 6 when a "
        "target does not answer.",
        "driftgate doctor",
        "driftgate doctor --target staging --offline",
    )
    parser.add_argument(
        "--target", action="append", metavar="NAME", help=f"check this target of {TARGETS_FILE} (repeatable; else all)"
    )
    parser.add_argument("--offline", action="store_true", help="send no requests")
    parser.add_argument(
        "--timeout",
        type=positive_seconds,
        default=10.0,
        metavar="SECONDS",
        help="wait this long for an answer (default 10)",
    )
    parser.add_argument(
        "--report-dir", type=Path, default=DEFAULT_REPORTS, metavar="DIR", help="the folder of records and journals"
    )
    parser.add_argument("--product", metavar="PRODUCT", help="the real product that the target runs, or auto")
    contracts_option(parser)
    parser.add_argument("--format", choices=("json", "text"), default="text", help="the format (default text)")


def act(parsed: argparse.Namespace) -> int:
    from driftgate.doctor.examine import Setup, everything
    from driftgate.doctor.findings import as_json, exit_of, text

    timeout = None if parsed.offline else parsed.timeout
    setup = Setup(Path.cwd(), parsed.report_dir, folders(parsed), timeout, parsed.product)
    examined = everything(setup, parsed.target)
    show(as_json(examined) if parsed.format == "json" else text(examined))
    return exit_of(examined)
