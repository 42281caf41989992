"""``driftgate badge`` writes a badge from a record."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.arguments import describe, output_option
from driftgate.commands.common import put


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Writes the JSON of a Shields endpoint badge that shows the outcome of a record. Exits with 0 whatever the "
        "outcome is.",
        "driftgate badge reports/latest/staging.jsonl --output badge.json",
    )
    parser.add_argument("record", type=Path, metavar="RECORD", help="the record whose outcome the badge shows")
    output_option(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.record.reading import read_record
    from driftgate.report.badge import render
    from driftgate.report.result import result_of

    put(render(result_of(read_record(parsed.record))) + "\n", parsed.output)
    return 0
