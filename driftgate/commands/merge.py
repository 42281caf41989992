"""``driftgate merge`` joins the records of shards into one report."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.arguments import describe
from driftgate.commands.common import show


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Joins records that several runs made, each of other targets, into one folder with one report. Exits with the "
        "code that one run of all targets would have had.",
        "driftgate merge shards/ --expect staging --expect gateway",
    )
    parser.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="a record, or a folder of records")
    parser.add_argument(
        "--report-dir", type=Path, default=Path("reports/merged"), metavar="DIR", help="write records and report here"
    )
    parser.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="TARGET",
        help="fail when there is no record of this target (repeatable)",
    )
    parser.add_argument("--baseline", type=Path, metavar="PATH", help="compare with TARGET.jsonl in this folder")


def act(parsed: argparse.Namespace) -> int:
    from driftgate.report import terminal
    from driftgate.report.merge import keep, results_of, shards
    from driftgate.report.result import overall

    results = results_of(shards(parsed.records, parsed.expect), parsed.baseline)
    keep(results, parsed.report_dir)
    show([terminal.render(results), f"report: {parsed.report_dir / 'report.html'}"])
    return overall(results)
