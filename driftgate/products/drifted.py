"""Drift from a product's record: what both runs have asked is compared, and what could not be compared is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from driftgate.base.errors import UsageError
from driftgate.drift import Change, Drift, Snapshot, changes_between, describe_run, snapshot_of
from driftgate.products.known import is_data, unnamed_like
from driftgate.products.product import Product
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from driftgate.record.waivers import was_asked

_PROVES_NOTHING = ("suite-changed", "requirement-added", "requirement-removed")


def drifted(product: Product, after: Record) -> Drift:
    """What a record shows otherwise than the product's record of the same profile. Raises UsageError."""
    header = after.header
    if header.contract.vendor != product.vendor:
        raise UsageError(f"{after.path}: is of {header.contract.vendor}, {product.address} is not: nothing to compare")
    before = _record(product, header.profile)
    sides = snapshot_of(before), _asked_alike(snapshot_of(before), snapshot_of(after))
    sorter = _Sorter(product, before, after)
    changes = tuple(each for each in changes_between(*sides) if sorter.is_drift(each))
    described = f"{product.title}, {describe_run(before.header)}", describe_run(header)
    return Drift(*described, header.target.name, changes, left_out=tuple(sorter.left_out(sides[0], after)))


def _record(product: Product, profile: str) -> Record:
    for info in product.records:
        if info.profile == profile:
            return read_record(info.path)
    why = product.unrecorded.get(profile)
    known = " and ".join(each.profile for each in product.records)
    because = f" ({why})" if why else ""
    raise UsageError(f"{product.address} has no record of the profile {profile}{because}: compare one of {known}")


def _asked_alike(before: Snapshot, after: Snapshot) -> Snapshot:
    """The later snapshot without the names at which the earlier run did not look."""
    rows = {key: unnamed_like(row, before.observations.get(key)) for key, row in after.observations.items()}
    return replace(after, observations=rows)


@dataclass
class _Sorter:
    """Tells drift apart from data, and from what the two runs have asked in different ways."""

    product: Product
    before: Record
    after: Record
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def is_drift(self, change: Change) -> bool:
        """Whether a change is one of the product; why not is kept."""
        why = self._why_not(change)
        if why:
            told = self.reasons.setdefault(why, [])
            told += [] if change.location in told else [change.location]
        return not why

    def _why_not(self, change: Change) -> str:
        requirement = change.location.partition(":")[0]
        if change.rule in _PROVES_NOTHING:
            return "" if change.location == "profile" else _NOT_BOTH[change.rule]
        if is_data(change.location, self.product.data):
            return "not compared, since product.yaml lists it as data"
        if requirement in self.product.doubtful:
            return "not compared, since the product's run could not tell (doubtful in product.yaml)"
        known = self.product.of(requirement)
        if known and all(each.intermittent for each in known):
            return "not compared, since the product does so only sometimes"
        if change.rule == "violation-changed" and self._other_suite:
            return "fails in both; the violations are not compared one by one, since the suite names them otherwise now"
        if change.rule.endswith("-fixed") and not self._asked_what_failed(requirement):
            return "not compared, since this run did not ask the case that fails on the product"
        if change.rule.endswith("-regressed") and self._asked_only_now(requirement):
            return "not compared, since the product's run did not ask the case that fails now"
        return ""

    @property
    def _runs(self) -> tuple[Record, Record]:
        return self.before, self.after

    @property
    def _other_suite(self) -> bool:
        return self.before.header.suite != self.after.header.suite

    def _asked_what_failed(self, requirement: str) -> bool:
        """Whether the run asked a case that failed on the product. A run of an earlier driftgate does not say."""
        failed = [row.case for row in self.before.findings if row.requirement == requirement]
        (row,) = [row for row in self.after.verdicts if row.requirement == requirement]
        return not row.cases or not all(failed) or any(was_asked(case, row.cases) for case in failed)

    def _asked_only_now(self, requirement: str) -> bool:
        """Whether all that fails was seen in cases that the product's run did not ask, by what both observed."""
        then, now = ({row.case for row in each.observations if row.requirement == requirement} for each in self._runs)
        failed = {row.case for row in self.after.findings if row.requirement == requirement}
        return bool(then) and failed <= now - then

    def left_out(self, before: Snapshot, after: Record) -> Iterator[str]:
        """What was not compared, a line for each reason."""
        for why, locations in sorted(self.reasons.items(), key=lambda each: each[1] != ["suite"]):
            yield why if locations == ["suite"] else f"{why}: {', '.join(sorted(locations))}"
        now = snapshot_of(after).observations
        both = before.observations.keys() & now.keys()
        unseen = [key for key in both if before.observations[key].name is None and now[key].name is not None]
        yield from _counted(len(unseen), "whose name the product's run did not look at")
        yield from _counted(len(now.keys() - both), "that only this run asked")
        yield from _counted(len(before.observations.keys() - both), "that only the product's run asked")


_NOT_BOTH: Mapping[str, str] = {
    "suite-changed": "the suite has changed since the product's run: what both runs asked is compared",
    "requirement-added": "not compared, since the product's run did not ask it",
    "requirement-removed": "not compared, since this run did not ask it",
}


def _counted(number: int, what: str) -> Iterator[str]:
    if number:
        yield f"not compared: {number} {'answer' if number == 1 else 'answers'} {what}"
