"""``driftgate drift`` compares two records."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.arguments import describe, drift_options
from driftgate.commands.common import show_drift


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Shows what changed between two records of a target: verdicts, the shapes of answers, refusals, observations. "
        "Exits with 8 when a client that followed the old contract can stop working. Sends nothing.",
        "driftgate drift reports/baselines/staging.jsonl reports/latest/staging.jsonl",
    )
    parser.add_argument("baseline", type=Path, metavar="BASELINE", help="the earlier record")
    parser.add_argument("current", type=Path, metavar="CURRENT", help="the later record")
    drift_options(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.drift import compare
    from driftgate.record.reading import read_record

    return show_drift([compare(read_record(parsed.baseline), read_record(parsed.current))], parsed)
