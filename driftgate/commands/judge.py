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
        f"driftgate judge --cassettes tests/cassettes --vendor {EXAMPLE}",
    )
    parser.add_argument("record", nargs="?", type=Path, metavar="RECORD", help="judge the exchanges of this record")
    parser.add_argument("--har", type=Path, metavar="FILE", help="judge the exchanges of this HAR file")
    parser.add_argument(
        "--cassettes",
        type=Path,
        metavar="DIR",
        help="judge requests and answers of every recording below this folder: VCR.py, HAR, Postman, newman, records",
    )
    parser.add_argument(
        "--vendor", metavar="VENDOR", help="with --har and --cassettes: the vendor whose contract it is judged by"
    )
    parser.add_argument("--base-url", metavar="URL", help="with --cassettes: judge only requests to this base URL")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="with --har and --cassettes: a parameter of the contract (repeatable)",
    )
    parser.add_argument("--edition", metavar="EDITION", help="the contract's edition (default: the record's)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a SHOULD fails, too")
    parser.add_argument(
        "--report-dir", type=Path, default=Path("reports/judged"), metavar="DIR", help="write TARGET.judged.jsonl here"
    )
    contracts_option(parser)


def act(parsed: argparse.Namespace) -> int:
    """Prints the verdicts. Raises UsageError."""
    if [parsed.record, parsed.har, parsed.cassettes].count(None) != 2:
        raise UsageError("judge: give a record, or --har FILE or --cassettes DIR with --vendor")
    if parsed.base_url and parsed.cassettes is None:
        raise UsageError("judge: --base-url goes with --cassettes")
    if parsed.record is not None and (parsed.vendor or parsed.param):
        raise UsageError("judge: --vendor and --param go with --har and --cassettes; a record has its own")
    if parsed.record is None and not parsed.vendor:
        option = "--cassettes" if parsed.har is None else "--har"
        raise UsageError(f"judge: {option} needs --vendor: whose contract does the server keep?")
    if parsed.cassettes is not None:
        return _cassettes(parsed)
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


def _cassettes(parsed: argparse.Namespace) -> int:
    from driftgate.client.cassettes import judge_cassettes
    from driftgate.contract import load_contract
    from driftgate.http.network import check_base_url
    from driftgate.target.model import Target
    from driftgate.target.params import parameters

    if not parsed.cassettes.is_dir():
        raise UsageError(f"--cassettes {parsed.cassettes}: is not a folder")
    contract = load_contract(parsed.vendor, folders(parsed), parsed.edition)
    base_url = check_base_url(parsed.base_url, "--base-url") if parsed.base_url else None
    target = Target(contract.vendor, contract, base_url, params=parameters(parsed.param, contract))
    records = parsed.report_dir / "cassettes"
    judged = judge_cassettes(parsed.cassettes, target, folders(parsed), strict=parsed.strict, records=records)
    show([*judged.describe(), f"records: {records}"])
    return judged.exit
