"""``driftgate judge``: verdicts of a record or of captured traffic, recomputed without a request."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.commands.common import contracts_option, folders, show
from driftgate.contract import load_contract
from driftgate.judge import recorded, traffic
from driftgate.judge.capture import Capture
from driftgate.judge.judging import Rejudgement
from driftgate.record.verdict import Exit
from driftgate.report.terminal import render
from driftgate.target.params import parameters


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", nargs="?", type=Path, metavar="RECORD", help="judge the exchanges of this record")
    parser.add_argument("--har", type=Path, metavar="FILE", help="judge those of a HAR file, of a browser or a proxy")
    parser.add_argument("--vendor", metavar="VENDOR", help="whose contract, with --har")
    parser.add_argument(
        "--param", action="append", default=[], metavar="KEY=VALUE", help="a parameter of the contract, with --har"
    )
    parser.add_argument(
        "--edition", metavar="EDITION", help="the edition of the contract; without it that of the record"
    )
    parser.add_argument("--strict", action="store_true", help="a SHOULD that fails fails the gate too")
    parser.add_argument(
        "--report-dir", type=Path, default=Path("reports/judged"), metavar="DIR", help="write TARGET.judged.jsonl here"
    )
    contracts_option(parser)
    parser.set_defaults(act=_judge)


def _judge(parsed: argparse.Namespace) -> Exit:
    """Tells the verdicts. Raises UsageProblem."""
    if (parsed.record is None) is (parsed.har is None):
        raise UsageProblem("judge: give a record, or --har FILE with --vendor")
    if parsed.record is not None:
        if parsed.vendor or parsed.param:
            raise UsageProblem("judge: --vendor and --param go with --har; a record has its own")
        return _judged(parsed, recorded.captured(parsed.record, parsed.edition, folders(parsed)))
    if not parsed.vendor:
        raise UsageProblem("judge: --har needs --vendor: whose contract does the server keep?")
    contract = load_contract(parsed.vendor, folders(parsed), parsed.edition)
    return _judged(parsed, traffic.captured(parsed.har, contract, parameters(parsed.param, contract)))


def _judged(parsed: argparse.Namespace, capture: Capture) -> Exit:
    place: Path = parsed.report_dir / f"{capture.target.name}.judged.jsonl"
    if place.exists() and place.samefile(capture.path):
        raise UsageProblem(f"{place}: is what is to be judged, and would be written over; give another --report-dir")
    result = Rejudgement(capture, strict=parsed.strict or capture.header.strict).result(place)
    show([capture.describe(), render([result])])
    return result.exit
