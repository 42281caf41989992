"""Mechanical mutants of the emulators, judged by the suites: which are killed, and by what.

Exit 1 where a mutant survives without a reason in reasons.yaml, or a conforming variant is called a violation. A run of
all vendors writes docs/mutations.md, one of a sample too: the page says which command it comes from.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from benchmarks.mutations import page
from benchmarks.mutations.judging import Fate
from benchmarks.mutations.reasons import read_reasons
from benchmarks.mutations.results import FILE, Results
from benchmarks.mutations.run import Stratum, run, sampled
from driftgate.emulator import EMULATORS


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    given = _parser().parse_args(arguments)
    whole = not (given.vendor or given.only)
    began = time.monotonic()
    kept = None if given.only else Results(given.results, resume=given.resume)
    known = len(kept.known) if kept else 0
    judged = run(
        given.vendor or sorted(EMULATORS),
        partial(_chosen, pattern=given.only, number=given.sample, seed=given.seed),
        jobs=given.jobs,
        with_variants=not given.only,
        results=kept,
        until=began + given.minutes * 60,
    )
    seen = [each for each in judged.results if each.fate is not Fate.UNSEEN]
    outcome = page.Outcome(seen, judged.variants, read_reasons(), judged.left, judged.strata)
    problems = page.problems(outcome, complete=whole and not (judged.left or given.sample))
    if whole:
        spent = page.Spent((time.monotonic() - began) / 60, known)
        page.write(outcome, _command(given), spent)
    if given.only:
        print(
            "\n".join([*(f"{each.id}: {each.fate} {', '.join(each.by[:3])}".rstrip() for each in judged.results), ""])
        )
    unseen = [f"changed nothing, and not counted: {each.id}" for each in judged.results if each.fate is Fate.UNSEEN]
    print(page.summary(outcome, [*unseen, *problems]))
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    vendors = sorted(EMULATORS)
    parser.add_argument("--vendor", action="append", choices=vendors, help="mutants of this vendor (repeatable)")
    parser.add_argument("--only", metavar="PATTERN", help="mutants whose id holds this; * stands for anything")
    says = "at most N of each stratum: a vendor's mutants by one operator that change a promise, or that change none"
    parser.add_argument("--sample", type=int, metavar="N", help=says)
    parser.add_argument("--seed", type=int, default=1, help="another sample (default: 1)")
    parser.add_argument("--results", type=Path, default=FILE, metavar="PATH", help="where each result is kept")
    parser.add_argument("--resume", action="store_true", help="go on with the run of the same code that was cut off")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no further mutant after so many")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: all cores)")
    return parser


def _command(given: argparse.Namespace) -> str:
    """The command line that gives the same result again, as far as the time goes."""
    options = [f"--sample {given.sample} --seed {given.seed}"] if given.sample else []
    options += [f"--minutes {given.minutes:g}"] if math.isfinite(given.minutes) else []
    options += ["--resume"] if given.resume else []
    return " ".join(["python -m benchmarks.mutations", *options, f"--jobs {given.jobs}"])


def _chosen(strata: Mapping[str, Stratum], *, pattern: str | None, number: int | None, seed: int) -> Sequence[str]:
    matching = {each: of for each, of in strata.items() if pattern is None or fnmatchcase(each, f"*{pattern}*")}
    return sampled(matching, number, seed) if number else list(matching)


if __name__ == "__main__":
    sys.exit(main())
