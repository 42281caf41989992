"""The words and the headline of a result, the same in every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from driftgate.checks.check import Title
from driftgate.checks.registry import check_named
from driftgate.record.pins import named
from driftgate.record.record import Record
from driftgate.record.rows import PinChange, ProductChange, RecordedProduct, RecordedVerdict, RecordedWaiver
from driftgate.record.verdict import Exit, Gate
from driftgate.report.result import Result

SYMBOLS = {
    "pass": "✓",
    "fail": "✗",
    "warn": "!",
    "waived": "~",
    "inconclusive": "?",
    "error": "E",
    "untested": "-",
    "observed": "·",
}
WORST_FIRST = ("fail", "error", "warn", "inconclusive", "waived", "untested", "observed", "pass")
ATTENTION = frozenset(WORST_FIRST) - {"untested", "observed", "pass"}
EMBEDDED = "embedded emulator"  # what a result is of that is no server's
_COUNTED = {
    "pass": "pass",
    "fail": "fail",
    "warn": "SHOULD failed",
    "waived": "waived",
    "inconclusive": "inconclusive",
    "error": "error",
    "observed": "observed",
    "untested": "untested",
}


def class_of(verdict: RecordedVerdict) -> str:
    """The class of requirements that the one of a verdict belongs to."""
    return str(Title.CLIENT if verdict.side == "client" else check_named(verdict.check).title)


def by_class(verdicts: Sequence[RecordedVerdict]) -> Iterator[tuple[str, list[RecordedVerdict]]]:
    """The verdicts of each class that has some."""
    for title in Title:
        rows = [row for row in verdicts if class_of(row) == title]
        if rows:
            yield str(title), rows


def word(verdict: RecordedVerdict, gate: Gate) -> str:
    """The verdict in the word that people read; ``warn`` is a violation that the gate lets pass."""
    if verdict.waived:
        return "waived"
    if verdict.verdict == "none":
        return "untested"
    if verdict.level == "may" and verdict.verdict == "pass":
        return "observed"
    if verdict.verdict == "fail" and not gate.binds(verdict.level):
        return "warn"
    return verdict.verdict


def counts(verdicts: Sequence[RecordedVerdict], gate: Gate) -> str:
    """How many requirements have which verdict."""
    found = Counter(word(verdict, gate) for verdict in verdicts)
    return " · ".join(f"{found[key]} {name}" for key, name in _COUNTED.items() if found[key])


def headline(result: Result) -> str:
    """The result in one line."""
    record = result.record
    return (
        f"{record.header.target.name}: {counts(record.verdicts, record.gate)} of {len(record.verdicts)} requirements · "
        f"{_count(record.footer.requests, 'request')} · {record.footer.elapsed_s:.1f} s: {status(result)}"
    )


def status(result: Result) -> str:
    """The result in a few words, honest about what was judged and what was not tested."""
    return f"{EMBEDDED}: {_status(result)}" if result.record.header.target.embedded else _status(result)


def _status(result: Result) -> str:
    record = result.record
    if not record.complete:
        return "interrupted: no result"
    if result.drift is not None and result.exit in (Exit.DRIFT, Exit.CONFORMS):
        return "breaking drift" if result.exit is Exit.DRIFT else "no breaking drift"
    if result.exit is Exit.CONFORMS:
        untested = sum(row.verdict == "none" for row in record.verdicts if row.level == "must")
        return "conforms" if not untested else f"conforms as far as tested, {_not_verified(untested)}"
    if result.exit is Exit.INCONCLUSIVE:
        return _inconclusive(result)
    if result.exit is Exit.VIOLATES and not any(word(row, record.gate) == "fail" for row in record.verdicts):
        return "conforms, but a waiver is stale or expired"
    return {
        Exit.VIOLATES: "violates the contract",
        Exit.DRIFT: f"breaking drift: {_drifted(record)}",
        Exit.INTERNAL_ERROR: "driftgate made a mistake, please report it",
    }[result.exit]


def _drifted(record: Record) -> str:
    product = record.footer.product
    if product is not None and product.breaking:
        return f"it answers otherwise than {product.title}"
    return "a pinned observation changed"


def _not_verified(untested: int) -> str:
    return f"not fully verified ({untested} MUST untested)"


def _inconclusive(result: Result) -> str:
    """Why a result is inconclusive, in a few words, where it is not because answers could not be judged."""
    rows = result.record.verdicts
    if not any(row.verdict in ("pass", "fail", "inconclusive") for row in rows):
        return "inconclusive, nothing judged"
    causes = [row.untested for row in rows if row.verdict == "none" and result.leaves_open(row)]
    if "interrupted" in causes:
        return "inconclusive, interrupted"
    if result.record.footer.not_restored:
        return "inconclusive, not everything is restored"
    unsupplied = causes.count("user")
    return f"inconclusive, {_not_verified(unsupplied)}" if unsupplied else "inconclusive"


def describe_waiver(waiver: RecordedWaiver) -> str:
    """A waiver that is in force, in a few words."""
    finding = f"finding {waiver.fingerprint} " if waiver.fingerprint else ""
    return f"{finding}until {waiver.expires}, {waiver.reason} ({waiver.link})"


def describe_pin_change(change: PinChange) -> str:
    """What changed of a pinned observation, in a line."""
    return (
        f"a pinned observation changed ({change.severity} drift): {named(change)}: {change.pinned} → {change.observed}"
    )


def describe_product_change(product: RecordedProduct, change: ProductChange) -> str:
    """One difference of a run from its product, in a line."""
    return (
        f"differs from {product.title} ({change.severity} drift, {change.rule}): {change.location}: "
        f"{change.before or 'nothing'} → {change.after or 'nothing'}"
    )


def describe_product(product: RecordedProduct | None) -> list[str]:
    """Where a run differs from its product, a line each; then which product that is and how it is known."""
    if product is None:
        return []
    lines = [describe_product_change(product, each) for each in product.changes]
    if product.address is None:
        return [f"product {product.known}: judged by the contract alone"]
    found = f"{_count(len(product.changes), 'difference')} from what it is known to do"
    return [*lines, f"product {product.address} ({product.known}): {found}"]


def observations(result: Result) -> dict[str, str]:
    """What was observed, in a few words, by requirement."""
    found: dict[str, list[str]] = {}
    for seen in result.record.observations:
        words = f"{seen.case}: {seen.describe()}" if seen.case else seen.describe()
        found.setdefault(seen.requirement, []).append(words)
    return {requirement: "; ".join(words) for requirement, words in found.items()}


def remarks(result: Result) -> list[str]:
    """What else has to be known: waivers to fix, what was not restored, why verdicts are missing, what was left out."""
    record = result.record
    lines = [*record.footer.waiver_problems, *map(describe_pin_change, record.footer.pin_changes)]
    lines += describe_product(record.footer.product)
    lines += [f"not restored: {problem}" for problem in record.footer.not_restored]
    lines += [f"lost: {problem}" for problem in record.footer.accepted_losses]
    if record.footer.setup_error:
        return [*lines, f"{record.header.target.name} cannot be judged: {record.footer.setup_error}"]
    reasons = Counter(
        (word(row, record.gate), row.reason)
        for row in record.verdicts
        if row.verdict == "inconclusive" or result.leaves_open(row)
    )
    lines += [f"{told} ({_count(number, 'requirement')}): {why}" for (told, why), number in reasons.items()]
    return [*lines, *_less_detail(record)]


def _less_detail(record: Record) -> Iterator[str]:
    """What was not asked so that the budget lasted, and of which requirements."""
    vendor, groups = f"{record.header.contract.vendor}.", dict[tuple[str, ...], list[str]]()
    for row in record.verdicts:
        if row.left_out:
            groups.setdefault(row.left_out, []).append(row.requirement.removeprefix(vendor))
    if groups:
        told = (f"{', '.join(names)} without {', '.join(left_out)}" for left_out, names in groups.items())
        yield f"asked with less detail within the budget of {record.header.max_requests} requests: {'; '.join(told)}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
