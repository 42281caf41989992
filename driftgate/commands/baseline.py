"""``driftgate baseline accept`` keeps a record to compare later ones with."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.paths import DEFAULT_BASELINES
from driftgate.commands.arguments import Parser, describe
from driftgate.commands.common import show


def arguments(parser: argparse.ArgumentParser) -> None:
    example = "driftgate baseline accept reports/latest/staging.jsonl"
    describe(parser, "Keeps a record as the baseline that later runs of its target are compared with.", example)
    actions = parser.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    accept = actions.add_parser("accept", help="make a record the baseline of its target; print what that accepts")
    describe(
        accept,
        "Makes a record the baseline of its target. A former baseline is replaced, and the drift that this accepts is "
        "printed.",
        example,
    )
    accept.add_argument("record", type=Path, metavar="RECORD", help="the record of a run, complete")
    accept.add_argument(
        "--baselines", type=Path, default=DEFAULT_BASELINES, metavar="DIR", help="the folder of baselines"
    )


def act(parsed: argparse.Namespace) -> int:
    """Copies the record over the baseline of its target, and prints what changes by that. Raises UsageError."""
    from driftgate.drift import compare
    from driftgate.drift.report import render_text
    from driftgate.record.reading import read_record

    record = read_record(parsed.record)
    baseline = parsed.baselines / f"{record.header.target.name}.jsonl"
    lines = [render_text(compare(read_record(baseline), record))] if baseline.exists() else []
    try:
        baseline.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parsed.record, baseline)
    except OSError as problem:
        raise UsageError(f"{baseline}: cannot be written to ({problem.strerror})") from None
    show([*lines, f"{baseline}: {'accepted' if lines else 'first baseline'}"])
    return 0
