"""``driftgate report`` and ``badge`` render records again; ``merge`` joins those of shards into one report."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.common import output_option, put, show
from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit
from driftgate.report import badge, html, markdown, sarif, terminal
from driftgate.report.merge import keep, results_of, shards
from driftgate.report.result import overall, result_of

_REPORTS = {"text": terminal.render, "md": markdown.render, "html": html.render, "sarif": sarif.render}


def report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="one for each target")
    parser.add_argument(
        "--format", choices=sorted(_REPORTS), default="text", help="text (the default), md, html or sarif"
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="PATH", help="compare with this record, or with TARGET.jsonl in this folder"
    )
    parser.set_defaults(act=_report)


def _report(parsed: argparse.Namespace) -> Exit:
    """Renders records as the run did, and ends with the exit code that the run had."""
    results = results_of(map(read_record, parsed.records), parsed.baseline)
    show([_REPORTS[parsed.format](results)])
    return overall(results)


def badge_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, metavar="RECORD")
    output_option(parser)
    parser.set_defaults(act=_badge)


def _badge(parsed: argparse.Namespace) -> Exit:
    """Tells what a record comes to; it is no gate, so the exit code is 0."""
    put(badge.render(result_of(read_record(parsed.record))) + "\n", parsed.output)
    return Exit.CONFORMS


def merge_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="a record, or a folder of records")
    parser.add_argument("--report-dir", type=Path, default=Path("reports/merged"), metavar="DIR")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="TARGET", help="fail without a record of it (repeatable)"
    )
    parser.add_argument("--baseline", type=Path, metavar="PATH", help="compare with TARGET.jsonl in this folder")
    parser.set_defaults(act=_merge)


def _merge(parsed: argparse.Namespace) -> Exit:
    """Joins records into one folder with one report, and ends with the exit code that one run would have had."""
    results = results_of(shards(parsed.records, parsed.expect), parsed.baseline)
    keep(results, parsed.report_dir)
    show([terminal.render(results), f"report: {parsed.report_dir / 'report.html'}"])
    return overall(results)
