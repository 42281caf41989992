"""``driftgate explain`` makes a bug report of a violation."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.arguments import EXAMPLE, describe, output_option
from driftgate.commands.common import put


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Prints a violation as a bug report for the vendor, or for who makes the client: what is promised and where, "
        "the exchange that proves the violation, how to reproduce it, and since when it has been seen.",
        f"driftgate explain reports/latest/staging.jsonl {EXAMPLE}.rename.user-required",
    )
    parser.add_argument("record", type=Path, metavar="RECORD", help="the record that shows the violation")
    parser.add_argument("requirement", metavar="REQUIREMENT", help="the id of the requirement")
    parser.add_argument(
        "--history", type=Path, metavar="DIR", help="earlier records, to say since when (default: the record's folder)"
    )
    output_option(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.history.explain import render
    from driftgate.record.reading import read_record

    put(render(read_record(parsed.record), parsed.requirement, parsed.history), parsed.output)
    return 0
