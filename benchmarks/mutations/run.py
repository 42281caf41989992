"""Runs over all mutants in several processes, always in the same order."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.mutations.catalogue import Mutant, candidates, effective
from benchmarks.mutations.judging import (
    SERVERS,
    Clean,
    Result,
    VariantResult,
    clean_run,
    judge_mutant,
    judge_variant,
    reader_of,
    variants,
    vendor_of,
)
from benchmarks.mutations.results import Results

Place = tuple[str, str]


@dataclass(frozen=True)
class Prepared:
    """A clean run of a server, and its mutants: each id with the member that it is about, if it is about one.

    ``equivalent`` are the ids of those that keep every promise, ``promised`` those that change what is promised.
    """

    clean: Clean
    mutants: Mapping[str, Place]
    equivalent: frozenset[str]
    promised: frozenset[str]


# of one process that judges mutants
_cleans: dict[str, Clean] = {}
_equivalent: set[str] = set()
_mutants: dict[str, Mapping[str, Mutant]] = {}


def run(
    vendors: Sequence[str],
    choose: Callable[[list[str]], list[str]],
    *,
    jobs: int,
    with_variants: bool,
    results: Results | None = None,
    until: float = math.inf,
) -> tuple[list[Result], list[VariantResult], list[str]]:
    """Judges the mutants that ``choose`` leaves of all, and perhaps the conforming variants. Raises Mistaken.

    Those that change what is promised come first, then the variants, both spread over all servers and operators. What
    ``results`` knows is not judged again. The last value are the mutants that were not judged, as the clock of
    ``time.monotonic`` passed ``until``.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs) as pool:
        prepared = pool.map(_prepared, [name for name in SERVERS if vendor_of(name) in vendors], chunksize=1)
    promised = frozenset[str]().union(*(each.promised for each in prepared))
    chosen = choose(list(_mutants_of(prepared)))
    known = results.known if results else {}
    left = sorted((each for each in chosen if each not in known), key=_shuffled)
    cleans = {each.clean.server: each.clean for each in prepared}
    equivalent = frozenset[str]().union(*(each.equivalent for each in prepared))
    with context.Pool(jobs, _learnt, [cleans, equivalent], maxtasksperchild=100) as pool:
        judged: dict[str, Result] = {}
        varied: list[VariantResult] = []
        for is_first in (True, False):
            part = [each for each in left if (each in promised) is is_first and time.monotonic() < until]
            for result in _counted(pool.imap(_judged, part), len(part)):
                judged[result.id] = result
                if results:
                    results.add(result)
                if time.monotonic() > until:
                    break
            if with_variants and is_first and time.monotonic() < until:
                varied = pool.map(_varied, variants(vendors), chunksize=1)
        pool.terminate()
    known = {**known, **judged}
    return (
        [known[each] for each in chosen if each in known],
        varied,
        [each for each in chosen if each not in known],
    )


def _shuffled(mutant: str) -> str:
    """An order that has nothing to do with what is in it, and is always the same."""
    return hashlib.sha256(mutant.encode()).hexdigest()


def _prepared(server: str) -> Prepared:
    clean, reader = clean_run(server), reader_of(server)
    mutants = effective(reader, clean.learned, candidates(server, reader, clean.learned))
    return Prepared(
        clean,
        {each.id: (each.kind, each.pointer) for each in mutants},
        frozenset(each.id for each in mutants if each.equivalent),
        frozenset(each.id for each in mutants if each.promised),
    )


def _mutants_of(prepared: Sequence[Prepared]) -> Iterator[str]:
    """All mutants of conforming servers; of a product as built those of members that the conforming one has not."""
    conforming = {each.clean.server: set(each.mutants.values()) for each in prepared}
    for each in prepared:
        vendor = vendor_of(each.clean.server)
        for mutant, place in each.mutants.items():
            if each.clean.server == vendor or (place[1] and place not in conforming[vendor]):
                yield mutant


def _learnt(cleans: Mapping[str, Clean], equivalent: frozenset[str]) -> None:
    """Gives a process what it has to know."""
    _cleans.update(cleans)
    _equivalent.update(equivalent)


def _judged(mutant: str) -> Result:
    server = mutant.partition(" ")[0]
    clean, reader = _cleans[server], reader_of(server)
    if server not in _mutants:
        _mutants[server] = candidates(server, reader, clean.learned)
    made = replace(_mutants[server][mutant], equivalent=mutant in _equivalent)
    return judge_mutant(clean, reader, made)


def _varied(variant: tuple[str, str]) -> VariantResult:
    return judge_variant(*variant)


def _counted(results: Iterable[Result], total: int) -> Iterator[Result]:
    for number, result in enumerate(results, 1):
        if number % 50 == 0:
            print(f"{number} of {total}", file=sys.stderr, flush=True)
        yield result
