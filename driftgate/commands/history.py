"""``driftgate history`` tells what the records of many runs say together; ``explain`` makes a bug report of one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.commands.common import output_option, put
from driftgate.history import describe, explain, json_format, markdown, page
from driftgate.history.model import LeftOut
from driftgate.history.timeline import history
from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit

_PAGES = {"html": page.render, "md": markdown.render, "json": json_format.render}
_MOST_TOLD = 20


def history_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, metavar="DIR", help="the records, *.jsonl, here and in folders below")
    parser.add_argument("--format", choices=sorted(_PAGES), default="html", help="html (the default), md or json")
    output_option(parser)
    parser.set_defaults(act=_history)


def _history(parsed: argparse.Namespace) -> Exit:
    """Tells the history; it is no gate, so whatever was found the exit code is 0."""
    if parsed.format == "html" and parsed.output is None and sys.stdout.isatty():
        raise UsageProblem(
            "history: the page is for a browser: give --output history.html, or --format md to read here"
        )
    told = history(parsed.directory)
    put(_PAGES[parsed.format](told), parsed.output)
    _warn(told.left_out)
    return Exit.CONFORMS


def _warn(left_out: Sequence[LeftOut]) -> None:
    for each in left_out[:_MOST_TOLD]:
        print(f"driftgate: left out: {describe.left_out(each)}", file=sys.stderr)  # noqa: T201
    if len(left_out) > _MOST_TOLD:
        print(f"driftgate: left out: {len(left_out) - _MOST_TOLD} more files", file=sys.stderr)  # noqa: T201


def explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, metavar="RECORD", help="the record that shows it")
    parser.add_argument("requirement", metavar="REQUIREMENT", help="the id of a requirement")
    parser.add_argument(
        "--history", type=Path, metavar="DIR", help="records that tell since when (those in the record's own folder)"
    )
    output_option(parser)
    parser.set_defaults(act=_explain)


def _explain(parsed: argparse.Namespace) -> Exit:
    put(explain.render(read_record(parsed.record), parsed.requirement, parsed.history), parsed.output)
    return Exit.CONFORMS
