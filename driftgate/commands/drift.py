"""``driftgate drift`` compares two records."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.arguments import describe, drift_options
from driftgate.commands.common import show_drift

_OF_RECORDINGS = frozenset({".yaml", ".yml", ".json", ".har"})


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Shows what changed between two records of a target: verdicts, the shapes of answers, refusals, observations. "
        "Exits with 8 when a client that followed the old contract can stop working. Sends nothing. A product in place "
        "of the earlier record stands for its own record; what could not be compared with it is said. So does a "
        "recording of a client's tests (VCR.py, HAR, Postman, newman) for what was answered when it was made.",
        "driftgate drift reports/baselines/staging.jsonl reports/latest/staging.jsonl",
        "driftgate drift products/ourchat/2.1 reports/latest/staging.jsonl",
        "driftgate drift tests/cassettes/rename.yaml reports/latest/staging.jsonl",
    )
    what = "the earlier record, a product (VENDOR@VERSION or its folder), or a recording"
    parser.add_argument("baseline", metavar="BASELINE", help=what)
    parser.add_argument("current", type=Path, metavar="CURRENT", help="the later record")
    drift_options(parser)


def act(parsed: argparse.Namespace) -> int:
    """Prints the drift. Raises UsageError."""
    from driftgate.drift import compare
    from driftgate.products import drifted, load_product
    from driftgate.record.reading import read_record

    after = read_record(parsed.current)
    path = Path(parsed.baseline)
    if path.is_dir() or ("@" in parsed.baseline and not path.exists()):
        return show_drift([drifted(load_product(parsed.baseline), after)], parsed)
    if path.suffix in _OF_RECORDINGS:
        from driftgate.client.aging import compare_recording
        from driftgate.target.contract_folders import contract_folders

        return show_drift([compare_recording(path, after, contract_folders(Path.cwd()))], parsed)
    return show_drift([compare(read_record(path), after)], parsed)
