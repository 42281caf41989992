"""Runs over mutants in several processes, always in the same order, and chooses the same sample of them every time."""

from __future__ import annotations

import hashlib
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from benchmarks.mutations.catalogue import Mutant, candidates, effective
from benchmarks.mutations.judging import (
    SERVERS,
    Clean,
    Fate,
    Mistaken,
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
from benchmarks.mutations.workers import Lost, results_of

# vendor, operator, and whether it changes what is promised
Stratum = tuple[str, str, bool]
Task = TypeVar("Task")
Value = TypeVar("Value")

# seconds for one mutant or one server; a run of 60 requests takes a few
PATIENCE = 300


@dataclass(frozen=True)
class Listed:
    """A mutant of a server, as far as it takes to choose it: the member that it is about, if any, and its operator."""

    kind: str
    pointer: str
    operator: str
    promised: bool
    equivalent: bool


@dataclass(frozen=True)
class Prepared:
    """A clean run of a server, and its mutants by their ids."""

    clean: Clean
    mutants: Mapping[str, Listed]


@dataclass(frozen=True)
class Judged:
    """What became of the mutants that were chosen. ``left``: those that were not judged, as the time was over.

    ``strata`` has the stratum of every mutant that there is, chosen or not.
    """

    results: Sequence[Result]
    variants: Sequence[VariantResult]
    left: Sequence[str]
    strata: Mapping[str, Stratum]


# of one process that judges mutants
_cleans: dict[str, Clean] = {}
_equivalent: set[str] = set()
_mutants: dict[str, Mapping[str, Mutant]] = {}


def run(
    vendors: Sequence[str],
    choose: Callable[[Mapping[str, Stratum]], Sequence[str]],
    *,
    jobs: int,
    with_variants: bool,
    results: Results | None = None,
    until: float = math.inf,
) -> Judged:
    """Judges the conforming variants, perhaps, and the mutants that are chosen of all. Raises Mistaken.

    The variants come first, then the mutants that change what is promised, then the others; both are spread over all
    servers and operators. What ``results`` knows is not judged again. Nothing is begun when the clock of
    ``time.monotonic`` has passed ``until``.
    """
    names = [name for name in SERVERS if vendor_of(name) in vendors]
    found = dict(results_of(_prepared, names, jobs=jobs, until=math.inf, patience=PATIENCE))
    prepared = [_got(name, found[name]) for name in names]
    listed = dict(_mutants_of(prepared))
    strata = {each: (vendor_of(each.partition(" ")[0]), of.operator, of.promised) for each, of in listed.items()}
    chosen = choose(strata)
    known = dict(results.known) if results else {}
    left = sorted(
        (each for each in chosen if each not in known), key=lambda each: (not listed[each].promised, _shuffled(each))
    )
    varied: list[VariantResult] = []
    if with_variants:
        told = results_of(_varied, variants(vendors), jobs=jobs, until=until, patience=PATIENCE)
        varied = sorted((_got(*each) for each in told), key=lambda each: (each.vendor, each.name))
    cleans = {each.clean.server: each.clean for each in prepared}
    equivalent = frozenset(each for each, of in listed.items() if of.equivalent)
    begin = (_learnt, (cleans, equivalent))
    told = results_of(_judged, left, jobs=jobs, until=until, patience=PATIENCE, begin=begin)
    for mutant, result in _counted(told, len(left)):
        known[mutant] = _lost(mutant, strata[mutant], result.why) if isinstance(result, Lost) else result
        if results:
            results.add(known[mutant])
    return Judged(
        [known[each] for each in chosen if each in known],
        varied,
        [each for each in chosen if each not in known],
        strata,
    )


def sampled(strata: Mapping[str, Stratum], number: int, seed: int) -> list[str]:
    """At most so many mutants of each stratum, in the order in which they came; the same under the same seed."""
    taken: Counter[Stratum] = Counter()
    chosen = set()
    for each in sorted(strata, key=lambda mutant: _shuffled(f"{seed} {mutant}")):
        if taken[strata[each]] < number:
            taken[strata[each]] += 1
            chosen.add(each)
    return [each for each in strata if each in chosen]


def _lost(mutant: str, stratum: Stratum, why: str) -> Result:
    vendor, operator, promised = stratum
    return Result(mutant, vendor, operator, promised, Fate.MISTAKE, (why,))


def _got(task: object, result: Value | Lost) -> Value:
    """Raises Mistaken for what everything else depends on."""
    if isinstance(result, Lost):
        raise Mistaken(f"{task}: {result.why}")
    return result


def _shuffled(mutant: str) -> str:
    """An order that has nothing to do with what is in it, and is always the same."""
    return hashlib.sha256(mutant.encode()).hexdigest()


def _prepared(server: str) -> Prepared:
    clean, reader = clean_run(server), reader_of(server)
    mutants = effective(reader, clean.learned, candidates(server, reader, clean.learned))
    return Prepared(
        clean,
        {each.id: Listed(each.kind, each.pointer, each.operator, each.promised, each.equivalent) for each in mutants},
    )


def _mutants_of(prepared: Sequence[Prepared]) -> Iterator[tuple[str, Listed]]:
    """All mutants of conforming servers; of a product as built those of members that the conforming one has not."""
    conforming = {each.clean.server: {(of.kind, of.pointer) for of in each.mutants.values()} for each in prepared}
    for each in prepared:
        vendor = vendor_of(each.clean.server)
        for mutant, of in each.mutants.items():
            if each.clean.server == vendor or (of.pointer and (of.kind, of.pointer) not in conforming[vendor]):
                yield mutant, of


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


def _counted(results: Iterable[Task], total: int) -> Iterator[Task]:
    for number, result in enumerate(results, 1):
        if number % 50 == 0:
            print(f"{number} of {total}", file=sys.stderr, flush=True)
        yield result
