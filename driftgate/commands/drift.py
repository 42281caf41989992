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
        "Exits with 8 when a client that followed the old contract can stop working. Sends nothing. A product in place "
        "of the earlier record stands for its own record; what could not be compared with it is said.",
        "driftgate drift reports/baselines/staging.jsonl reports/latest/staging.jsonl",
        "driftgate drift products/ourchat/2.1 reports/latest/staging.jsonl",
    )
    parser.add_argument(
        "baseline", metavar="BASELINE", help="the earlier record, or a product: VENDOR@VERSION or its folder"
    )
    parser.add_argument("current", type=Path, metavar="CURRENT", help="the later record")
    drift_options(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.drift import compare
    from driftgate.products import drifted, load_product
    from driftgate.record.reading import read_record

    after = read_record(parsed.current)
    path = Path(parsed.baseline)
    if path.is_dir() or ("@" in parsed.baseline and not path.exists()):
        return show_drift([drifted(load_product(parsed.baseline), after)], parsed)
    return show_drift([compare(read_record(path), after)], parsed)
