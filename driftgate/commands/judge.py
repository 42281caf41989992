"""``driftgate judge`` computes the verdicts of a record or of recorded traffic anew, without a request."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import EXAMPLE, contracts_option, describe, folders
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.judge.capture import Capture


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Judges exchanges that took place before: those of a record, by another edition perhaps, or those that a "
        "browser or a proxy saved as a HAR file. Sends nothing.",
        "driftgate judge reports/latest/staging.jsonl --edition 2026-07",
        f"driftgate judge --har traffic.har --vendor {EXAMPLE}",
    )
    parser.add_argument("record", nargs="?", type=Path, metavar="RECORD", help="judge the exchanges of this record")
    parser.add_argument("--har", type=Path, metavar="FILE", help="judge the exchanges of this HAR file")
    parser.add_argument("--vendor", metavar="VENDOR", help="with --har: the vendor whose contract it is judged by")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="with --har: a parameter of the contract (repeatable)",
    )
    parser.add_argument("--edition", metavar="EDITION", help="the contract's edition (default: the record's)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a SHOULD fails, too")
    parser.add_argument(
        "--report-dir", type=Path, default=Path("reports/judged"), metavar="DIR", help="write TARGET.judged.jsonl here"
    )
    contracts_option(parser)


def act(parsed: argparse.Namespace) -> int:
    """Prints the verdicts. Raises UsageError."""
    if (parsed.record is None) is (parsed.har is None):
        raise UsageError("judge: give a record, or --har FILE with --vendor")
    if parsed.record is not None and (parsed.vendor or parsed.param):
        raise UsageError("judge: --vendor and --param go with --har; a record has its own")
    if parsed.record is None and not parsed.vendor:
        raise UsageError("judge: --har needs --vendor: whose contract does the server keep?")
    from driftgate.judge.exchanges import capture
    from driftgate.target.params import pairs

    file = parsed.record or parsed.har
    return _judged(parsed, capture(file, parsed.vendor, parsed.edition, pairs(parsed.param), folders(parsed)))


def _judged(parsed: argparse.Namespace, capture: Capture) -> int:
    from driftgate.judge.judging import Rejudgement
    from driftgate.report.terminal import render

    path: Path = parsed.report_dir / f"{capture.target.name}.judged.jsonl"
    if path.exists() and path.samefile(capture.path):
        raise UsageError(f"{path}: is the record to judge, and would be written over; give another --report-dir")
    result = Rejudgement(capture, strict=parsed.strict or capture.header.strict).result(path)
    show([capture.describe(), render([result])])
    return result.exit
