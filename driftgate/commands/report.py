"""``driftgate report`` shows the report of earlier runs again."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import describe
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.report.result import Result


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Shows the report of records again and exits with the exit code that the run had. Sends nothing.",
        "driftgate report reports/latest/staging.jsonl",
        "driftgate report reports/latest/*.jsonl --format html --history records > report.html",
        "driftgate report reports/client/*.jsonl --format junit > junit.xml",
    )
    parser.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="records, one for each target")
    parser.add_argument(
        "--format",
        choices=("html", "json", "junit", "md", "sarif", "text"),
        default="text",
        help="the format (default text)",
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="PATH", help="compare with this record, or with TARGET.jsonl in this folder"
    )
    parser.add_argument("--alluredir", type=Path, metavar="DIR", help="also write results for Allure into this folder")
    parser.add_argument(
        "--history",
        type=Path,
        metavar="DIR",
        help="a folder of earlier records: html says since when what is violated is",
    )


def act(parsed: argparse.Namespace) -> int:
    """Shows the report, and writes what else is asked for. Raises UsageError."""
    from driftgate.record.reading import read_record
    from driftgate.report.merge import results_of
    from driftgate.report.result import overall

    results = results_of(map(read_record, parsed.records), parsed.baseline)
    if parsed.history:
        from driftgate.history.since import with_since

        results = with_since(results, parsed.history)
    if parsed.alluredir:
        from driftgate.report import allure
        from driftgate.report.case import cases

        try:
            parsed.alluredir.mkdir(parents=True, exist_ok=True)
            allure.write(parsed.alluredir, [(result, list(cases(result, {}))) for result in results])
        except OSError as problem:
            raise UsageError(f"--alluredir {parsed.alluredir}: cannot be written to ({problem.strerror})") from None
    show([_rendered(results, parsed.format)])
    return overall(results)


def _rendered(results: Sequence[Result], form: str) -> str:
    if form == "html":
        from driftgate.report import html

        return html.render(results)
    if form == "json":
        from driftgate.report import json_format

        return json_format.render(results)
    if form == "junit":
        from driftgate.report import junit

        return junit.render(results)
    if form == "md":
        from driftgate.report import markdown

        return markdown.render(results)
    if form == "sarif":
        from driftgate.report import sarif

        return sarif.render(results)
    from driftgate.report import terminal

    return terminal.render(results)
