"""What is known of a product besides its violations: how it answers. Compares a run with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from driftgate.contract import load_contract
from driftgate.drift import Change, Snapshot, answers_between
from driftgate.drift.snapshot import Case, Member, MemberState, member_of
from driftgate.products.product import Product
from driftgate.record.reading import read_record
from driftgate.record.rows import Observation, ProductChange, RecordedProduct, RecordedVerdict, SeverityName, Shape
from driftgate.record.verdict import Waiver
from driftgate.record.waivers import read_waivers, was_asked

# what other data, or fewer answers than the records hold, can show, too
_OF_A_SAMPLE = (
    "data-differs",
    "optional-member-gone",
    "member-became-constant",
    "member-no-longer-null",
    "type-narrowed",
)


def accepted(product: Product, requirements: Iterable[str], today: date) -> list[Waiver]:
    """The waivers of a product, of these requirements. Raises UsageError.

    The target may be held to another edition, which has not all the requirements that the product's has.
    """
    known = set(requirements)
    own = {row.id for row in load_contract(product.vendor, edition=product.edition).requirements}
    return [each for each in read_waivers(product.waivers, own, today) if each.requirement in known]


def compared(
    product: Product | None,
    known: str,
    violations: Iterable[Waiver],
    verdicts: Iterable[RecordedVerdict],
    observations: Iterable[Observation],
    shapes: Iterable[Shape],
    *,
    partial: bool = False,
) -> RecordedProduct:
    """Where a run differs from what its product is known to do, the worst first. ``known``: why it is this one.

    ``violations`` are the product's waivers, ``verdicts`` are of what the run asked; a ``partial`` run asks a part of
    what others ask.

    A requirement that fails and did not before is no difference here: no waiver accepts it, so that it fails the gate.
    """
    if product is None:
        return RecordedProduct(None, "no known product", known)
    after = {(row.requirement, row.case): row for row in observations if row.outcome != "unavailable"}
    members = {(row.role, row.outcome, row.pointer): _sent(row) for row in shapes}
    changes = [*_answers(product, members, after), *_fixed(violations, verdicts, partial=partial)]
    changes.sort(key=lambda change: (-change.severity, change.rule, change.location))
    told = tuple(ProductChange(each.rule, each.location, each.before, each.after, _severity(each)) for each in changes)
    return RecordedProduct(product.address, product.title, known, told)


def _severity(change: Change) -> SeverityName:
    return cast(SeverityName, str(change.severity))


def _sent(row: Shape) -> MemberState:
    """A member as a run saw it. A contract may not promise a member that the product always sends."""
    return replace(member_of(row), allows=tuple(each for each in row.allows if each != "absent"))


def _answers(
    product: Product, members: Mapping[Member, MemberState], observations: Mapping[Case, Observation]
) -> Iterator[Change]:
    before = _known(product)
    asked = {key: unnamed_like(row, before.observations.get(key)) for key, row in observations.items()}
    for change in answers_between(before, Snapshot("", "", {}, members, asked)):
        if change.rule not in _OF_A_SAMPLE and not is_data(change.location, product.data):
            yield change


def unnamed_like(row: Observation, known: Observation | None) -> Observation:
    """An observation without the name, where a run of an earlier driftgate did not look at it."""
    unseen = known is not None and known.name is None and known.outcome == row.outcome
    return replace(row, name=None) if unseen else row


def _known(product: Product) -> Snapshot:
    """What the records of a product show together."""
    members: dict[Member, MemberState] = {}
    observations: dict[Case, Observation] = {}
    for info in product.records:
        record = read_record(info.path)
        asked = [row for row in record.observations if row.requirement not in product.doubtful]
        observations = {(row.requirement, row.case): row for row in asked} | observations
        shown = {(row.role, row.outcome, row.pointer): member_of(row) for row in record.shapes}
        members = _together(members, shown)
    return Snapshot("", "", {}, members, observations)


def _together(some: Mapping[Member, MemberState], more: Mapping[Member, MemberState]) -> dict[Member, MemberState]:
    """The members of answers of two runs. One that a run has not, among answers of a kind that it has, is optional."""
    found = {}
    kinds = {key[:2] for key in some} & {key[:2] for key in more}
    for key in some.keys() | more.keys():
        states = [each[key] for each in (some, more) if key in each]
        types = tuple(sorted({kind for state in states for kind in state.types}))
        always = all(state.always for state in states) and (len(states) == 2 or key[:2] not in kinds)
        found[key] = MemberState(types, always)
    return found


def is_data(location: str, data: Sequence[str]) -> bool:
    """Whether a member, or one above it, is listed as data in the product's file."""
    return any(location == each or location.startswith(f"{each}/") for each in data)


def _fixed(violations: Iterable[Waiver], verdicts: Iterable[RecordedVerdict], *, partial: bool) -> Iterator[Change]:
    """What the product is known to break, always, and the very case of which a run found kept."""
    passed = {row.requirement: row for row in verdicts if row.verdict == "pass" and row.level != "may"}
    found = dict[str, Change]()
    for waiver in violations:
        row = passed.get(waiver.requirement)
        asked = row is not None and (was_asked(waiver.case, row.cases) if waiver.case else not partial)
        if row is not None and asked and not waiver.intermittent:
            found[row.requirement] = Change(f"{row.level}-fixed", row.requirement, "fail", "pass")
    yield from found.values()
