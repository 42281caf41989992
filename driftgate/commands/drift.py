"""``driftgate drift`` compares two records; ``driftgate baseline accept`` keeps one to compare later ones with."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.base.paths import DEFAULT_BASELINES
from driftgate.commands.arguments import Parser
from driftgate.commands.common import drift_options, show, tell
from driftgate.drift import compare
from driftgate.drift.report import render_text
from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit


def drift_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("baseline", type=Path, metavar="BASELINE", help="the record of then")
    parser.add_argument("current", type=Path, metavar="CURRENT", help="the record of now")
    drift_options(parser)
    parser.set_defaults(act=_drift)


def _drift(parsed: argparse.Namespace) -> Exit:
    return tell([compare(read_record(parsed.baseline), read_record(parsed.current))], parsed)


def baseline_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    accept = actions.add_parser("accept", help="make a record the baseline of its target, and print what that accepts")
    accept.add_argument("record", type=Path, metavar="RECORD")
    accept.add_argument("--baselines", type=Path, default=DEFAULT_BASELINES, metavar="DIR")
    accept.set_defaults(act=_accept)


def _accept(parsed: argparse.Namespace) -> Exit:
    """Copies the record over the baseline of its target, after telling what changes by that."""
    record = read_record(parsed.record)
    place = parsed.baselines / f"{record.header.target.name}.jsonl"
    lines = [render_text(compare(read_record(place), record))] if place.exists() else []
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parsed.record, place)
    except OSError as problem:
        raise UsageProblem(f"{place}: cannot be written to ({problem.strerror})") from None
    show([*lines, f"{place}: {'accepted' if lines else 'first baseline'}"])
    return Exit.CONFORMS
