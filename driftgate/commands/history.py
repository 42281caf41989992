"""``driftgate history`` shows what the records of many runs say together."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import describe, output_option
from driftgate.commands.common import put

if TYPE_CHECKING:
    from driftgate.history.model import History

_MOST_NAMED = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Shows how the verdicts of each target changed over the records in a folder: since when a requirement is "
        "violated, and which ones come and go. Exits with 0 whatever it finds.",
        "driftgate history reports/ --output history.html",
        "driftgate history reports/ --format md",
    )
    parser.add_argument(
        "directory", type=Path, metavar="DIR", help="the folder of records (*.jsonl), with its subfolders"
    )
    parser.add_argument("--format", choices=("html", "json", "md"), default="html", help="the format (default html)")
    output_option(parser)


def act(parsed: argparse.Namespace) -> int:
    """Renders the history. Raises UsageError."""
    if parsed.format == "html" and parsed.output is None and sys.stdout.isatty():
        raise UsageError("history: the page is for a browser: give --output history.html, or --format md to read here")
    from driftgate.history.timeline import history

    found = history(parsed.directory)
    put(_rendered(found, parsed.format), parsed.output)
    _warn(found)
    return 0


def _rendered(found: History, form: str) -> str:
    if form == "html":
        from driftgate.history import html

        return html.render(found)
    if form == "md":
        from driftgate.history import markdown

        return markdown.render(found)
    from driftgate.history import json_format

    return json_format.render(found)


def _warn(found: History) -> None:
    from driftgate.history import describe

    for each in found.left_out[:_MOST_NAMED]:
        print(f"driftgate: left out: {describe.left_out(each)}", file=sys.stderr)  # noqa: T201
    more = len(found.left_out) - _MOST_NAMED
    if more > 0:
        print(f"driftgate: left out: {more} more files", file=sys.stderr)  # noqa: T201
