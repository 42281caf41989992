"""Judges servers behind the proxy: a clean run to learn from, and what becomes of each mutant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from benchmarks.mutations.catalogue import Mutant
from benchmarks.mutations.learned import Learned, learn
from benchmarks.mutations.messages import Reader
from benchmarks.mutations.mutations import Mutation, Unchanged
from benchmarks.mutations.proxy import Proxy, serving
from driftgate.contract import load_contract
from driftgate.drift.compare import compare
from driftgate.emulator import EMULATORS, Emulator
from driftgate.emulator.as_built import PRODUCTS
from driftgate.emulator.variants import VARIANTS, varied
from driftgate.record.record import Record, record_of
from driftgate.record.rows import row_of
from tests.harness import Judged, judge_url

Make = type[Emulator] | partial[Emulator]

# the conforming server of a vendor has the vendor's name
SERVERS: Mapping[str, Make] = {
    **{vendor: EMULATORS[vendor] for vendor in sorted(EMULATORS)},
    **{f"{vendor}-{name}": made for vendor in sorted(PRODUCTS) for name, made in PRODUCTS[vendor].items()},
}


class Fate(StrEnum):
    """What became of a mutant; the first that holds."""

    MUST = "killed by a MUST"
    SHOULD = "killed by a SHOULD"
    INCONCLUSIVE = "inconclusive"
    OBSERVED = "observed"
    SURVIVED = "survived"
    UNSEEN = "changed nothing"
    MISTAKE = "a mistake of driftgate's own"


class Mistaken(Exception):
    """The benchmark or driftgate made a mistake; what was told is worth nothing."""


@dataclass(frozen=True)
class Clean:
    """A server without a mutant: what was learned of it, and its record."""

    server: str
    learned: Learned
    record: Record
    exit: int


@dataclass(frozen=True)
class Result:
    """What became of a mutant, and by what: requirements or rules of drift."""

    id: str
    vendor: str
    operator: str
    promised: bool
    fate: Fate
    by: tuple[str, ...] = ()
    equivalent: bool = False


@dataclass(frozen=True)
class VariantResult:
    """A conforming variant that was judged strictly: the requirements that it is said to violate, by level."""

    vendor: str
    name: str
    exit: int
    must: tuple[str, ...]
    should: tuple[str, ...]


def vendor_of(server: str) -> str:
    return server.partition("-")[0]


def reader_of(server: str) -> Reader:
    made = SERVERS[server]
    path: str = made.path if isinstance(made, type) else ""
    return Reader(load_contract(vendor_of(server)), path)


def clean_run(server: str) -> Clean:
    """Judges a server as it is. Raises Mistaken where a second run would not be told as the same."""
    reader = reader_of(server)
    first, proxy = _judge(SERVERS[server](), reader, Unchanged())
    second, _ = _judge(SERVERS[server](), reader, Unchanged())
    changes = compare(_record(first), _record(second)).changes
    if changes:
        raise Mistaken(
            f"{server}: two clean runs differ: {', '.join(f'{each.rule} {each.location}' for each in changes)}"
        )
    return Clean(server, learn(reader, proxy.seen), _record(first), first.exit)


def judge_mutant(clean: Clean, reader: Reader, mutant: Mutant) -> Result:
    """Judges a mutant by what is told of it and not of the clean server."""
    try:
        judged, proxy = _judge(SERVERS[clean.server](), reader, mutant.make())
        fate, by = _fate(clean.record, judged) if proxy.changed else (Fate.UNSEEN, [])
    except Mistaken as mistake:
        fate, by = Fate.MISTAKE, [str(mistake)]
    return Result(
        mutant.id, vendor_of(clean.server), mutant.operator, mutant.promised, fate, tuple(by), mutant.equivalent
    )


def judge_variant(vendor: str, name: str) -> VariantResult:
    """Judges a conforming variant, strictly. Raises Mistaken."""
    judged, _ = _judge(varied(vendor, name), reader_of(vendor), Unchanged(), ["--strict"])
    failed = {row["requirement"]: row["level"] for row in judged.of("verdict") if row["verdict"] == "fail"}
    must, should = (tuple(each for each, of in failed.items() if of == level) for level in ("must", "should"))
    return VariantResult(vendor, name, judged.exit, must, should)


def variants(vendors: Sequence[str]) -> list[tuple[str, str]]:
    """The conforming variants of these vendors."""
    return [(vendor, name) for vendor in vendors for name in VARIANTS[vendor]]


def _judge(emulator: Emulator, reader: Reader, mutation: Mutation, options: Sequence[str] = ()) -> tuple[Judged, Proxy]:
    params = [f"--param={name}={value}" for name, value in emulator.params.items()]
    given = ["--allow-cost", "--max-wait=0", *params, *options]
    with serving(emulator, reader, mutation) as (url, proxy):
        judged = judge_url(emulator.vendor, url, given, key=emulator.api_key)
    if proxy.mistake is not None:
        raise Mistaken(f"the proxy: {proxy.mistake!r}") from proxy.mistake
    if judged.exit not in (0, 1, 6):
        raise Mistaken(f"exit {judged.exit}: {judged.output[-500:]}")
    return judged, proxy


def _record(judged: Judged) -> Record:
    if not judged.rows or judged.rows[-1]["record"] != "footer":
        raise Mistaken(f"a run left no whole record: {judged.output[-2000:]}")
    return record_of(Path(), map(row_of, judged.rows))


def _fate(clean: Record, judged: Judged) -> tuple[Fate, list[str]]:
    record = _record(judged)
    known = {row.fingerprint for row in clean.findings}
    levels = {row.requirement: row.level for row in record.verdicts}
    broken = dict.fromkeys(row.requirement for row in record.findings if row.fingerprint not in known)
    for level, fate in (("must", Fate.MUST), ("should", Fate.SHOULD)):
        by = [each for each in broken if levels[each] == level]
        if by:
            return fate, by
    doubtful = {row.requirement for row in clean.verdicts if row.verdict == "inconclusive"}
    doubts = [row.requirement for row in record.verdicts if row.verdict == "inconclusive"]
    if set(doubts) - doubtful or record.footer.setup_error:
        return Fate.INCONCLUSIVE, [each for each in doubts if each not in doubtful]
    changes = [*dict.fromkeys(change.rule for change in compare(clean, record).changes)]
    return (Fate.OBSERVED, changes) if changes else (Fate.SURVIVED, [])
