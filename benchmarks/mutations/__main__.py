"""Mechanical mutants of the emulators, judged by the suites: which are killed, and by what.

Exit 1 where a mutant survives without a reason in reasons.yaml, or a conforming variant is called a violation. Only a
run of all mutants writes docs/mutations.md.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from benchmarks.mutations import page
from benchmarks.mutations.judging import Fate
from benchmarks.mutations.reasons import read_reasons
from benchmarks.mutations.results import FILE, Results
from benchmarks.mutations.run import run
from driftgate.emulator import EMULATORS


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    given = _parser().parse_args(arguments)
    part = bool(given.only or given.sample)
    whole = not (given.vendor or part)
    began = time.monotonic()
    choose = partial(_chosen, pattern=given.only, number=given.sample)
    kept = None if part else Results(given.results, resume=given.resume)
    vendors = given.vendor or sorted(EMULATORS)
    results, varied, left = run(
        vendors,
        choose,
        jobs=given.jobs,
        with_variants=not part,
        results=kept,
        until=began + given.minutes * 60,
    )
    seen = [each for each in results if each.fate is not Fate.UNSEEN]
    outcome = page.Outcome(seen, varied, read_reasons(), left)
    problems = page.problems(outcome, complete=whole and not left)
    if whole:
        page.write(outcome, minutes=(time.monotonic() - began) / 60, jobs=given.jobs)
    if part:
        print("\n".join([*(f"{each.id}: {each.fate} {', '.join(each.by[:3])}".rstrip() for each in results), ""]))
    unseen = [f"changed nothing, and not counted: {each.id}" for each in results if each.fate is Fate.UNSEEN]
    print(page.summary(outcome, [*unseen, *problems]))
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    vendors = sorted(EMULATORS)
    parser.add_argument("--vendor", action="append", choices=vendors, help="mutants of this vendor (repeatable)")
    parser.add_argument("--only", metavar="PATTERN", help="mutants whose id holds this; * stands for anything")
    parser.add_argument("--sample", type=int, metavar="N", help="at most N of them, from all over the list")
    parser.add_argument("--results", type=Path, default=FILE, metavar="PATH", help="where each result is kept")
    parser.add_argument("--resume", action="store_true", help="go on with the run of the same code that was cut off")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no further mutant after so many")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    return parser


def _chosen(mutants: list[str], *, pattern: str | None, number: int | None) -> list[str]:
    matching = [each for each in mutants if pattern is None or fnmatchcase(each, f"*{pattern}*")]
    return matching[:: max(1, -(-len(matching) // number))] if number else matching


if __name__ == "__main__":
    sys.exit(main())
