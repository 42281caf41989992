"""Compares two records: verdicts, the shapes of answers, observations and refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftgate.base.errors import UsageError
from driftgate.drift.model import Change, Drift
from driftgate.drift.snapshot import Member, MemberState, RequirementState, Snapshot, snapshot_of
from driftgate.record.latency import latency
from driftgate.record.record import Record
from driftgate.record.rows import Header, Observation

_JUDGED = ("pass", "fail")
# how the words for what became of a name begin, where it was a name that was sent
_ALTERATIONS = ("cut to", "trimmed", "characters left out", "composed", "decomposed", "escaped", "in lower", "in upper")


def compare(before: Record, after: Record) -> Drift:
    """What has changed from one record to the other. Raises UsageError for records of different vendors."""
    vendors = [record.header.contract.vendor for record in (before, after)]
    if vendors[0] != vendors[1]:
        raise UsageError(
            f"{after.path}: is of {vendors[1]}, {before.path} is of {vendors[0]}: there is nothing to compare"
        )
    changes = changes_between(snapshot_of(before), snapshot_of(after))
    then, now = latency(before), latency(after)
    latencies = (then, now) if then and now else None
    return Drift(describe_run(before.header), describe_run(after.header), after.header.target.name, changes, latencies)


def describe_run(header: Header) -> str:
    """Which run a record is of: its time, its contract's edition and its profile."""
    return f"{header.started}, {header.contract.vendor} {header.contract.edition}, profile {header.profile}"


def changes_between(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """The drift between any record of one snapshot and any record of the other, the worst first."""
    changes = [
        *_suite(before, after),
        *_requirements(before, after),
        *answers_between(before, after),
    ]
    return tuple(sorted(changes, key=lambda change: (-change.severity, change.rule, change.location)))


def answers_between(before: Snapshot, after: Snapshot) -> list[Change]:
    """What has changed in the answers: their members, and what is done where the page is silent."""
    return [*_members(before, after), *_observations(before, after)]


def _suite(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """What was asked: the catalogue, the suites, the profile. Where that differs, the rest may come from it."""
    if before.suite != after.suite:
        yield Change("suite-changed", "suite", before.suite, after.suite)
    if before.profile != after.profile:
        yield Change("suite-changed", "profile", before.profile, after.profile)


def _requirements(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for requirement, old in before.requirements.items():
        new = after.requirements.get(requirement)
        if new is None:
            yield Change("requirement-removed", requirement, old.verdict, "")
        else:
            yield from _verdict(requirement, old, new)
    for requirement, new in after.requirements.items():
        if requirement not in before.requirements:
            yield Change("requirement-added", requirement, "", new.verdict)


def _verdict(requirement: str, old: RequirementState, new: RequirementState) -> Iterator[Change]:
    level, was, now = new.level, old.verdict, new.verdict
    if was == now == "fail" and set(old.findings) != set(new.findings):
        yield Change("violation-changed", requirement, " ".join(old.findings), " ".join(new.findings))
    if was == now or level == "may":
        return
    if was in _JUDGED and now in _JUDGED:
        yield Change(f"{level}-{'regressed' if now == 'fail' else 'fixed'}", requirement, was, now)
    elif was in _JUDGED:
        yield Change(f"{level}-evidence-lost", requirement, was, now)
    elif now == "fail":
        yield Change(f"{level}-revealed", requirement, was, now)
    elif now == "pass":
        yield Change("evidence-gained", requirement, was, now)


def _members(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old, new = before.members, after.members
    kinds = {key[:2] for key in old} & {key[:2] for key in new}
    for key in sorted(old.keys() | new.keys()):
        # a kind of answer that one of the records lacks says nothing about its members
        if key[:2] in kinds and _has_parent(key, old) and _has_parent(key, new):
            role, outcome, pointer = key
            yield from _member(f"{role} {outcome} {pointer or '/'}", old.get(key), new.get(key))


def _has_parent(key: Member, members: Mapping[Member, MemberState]) -> bool:
    """Whether a record has the member's parent. Where one has not, the change is reported once, at its root."""
    role, outcome, pointer = key
    if not pointer:
        return True
    parent = members.get((role, outcome, pointer.rpartition("/")[0]))
    return parent is not None and ("object" in parent.types or (pointer.endswith("/*") and "array" in parent.types))


def _member(location: str, old: MemberState | None, new: MemberState | None) -> Iterator[Change]:
    if old is None and new is not None:
        rule = "data-differs" if location.endswith("/*") else "member-added"
        yield Change(rule, location, "absent", " or ".join(new.types))
    elif new is None and old is not None:
        rule = "member-gone" if old.always else "optional-member-gone"
        rule = "data-differs" if "absent" in old.allows else rule
        yield Change(rule, location, " or ".join(old.types), "absent")
    elif old is not None and new is not None:
        # a client follows the old contract; records of earlier versions do not have what it leaves open
        allows = set(old.allows or new.allows)
        if old.always is not new.always:
            rule = "member-became-optional" if old.always else "member-became-constant"
            rule = "data-differs" if "absent" in allows else rule
            yield Change(rule, location, _presence(old), _presence(new))
        yield from _type(location, set(old.types), set(new.types), allows)


def _presence(member: MemberState) -> str:
    return "always" if member.always else "sometimes"


def _type(location: str, old: set[str], new: set[str], allows: set[str]) -> Iterator[Change]:
    sides = " or ".join(sorted(old)), " or ".join(sorted(new))
    if old ^ new and old ^ new <= allows:
        yield Change("data-differs", location, *sides)
        return
    if ("null" in new) is not ("null" in old) and old - {"null"} and new - {"null"}:
        yield Change("member-became-nullable" if "null" in new else "member-no-longer-null", location, *sides)
        old, new = old - {"null"}, new - {"null"}
    if old == new:
        return
    if old < new:
        yield Change("type-widened", location, *sides)
    elif new < old:
        yield Change("type-narrowed", location, *sides)
    else:
        yield Change("type-changed", location, *sides)


def _observations(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for key in sorted(before.observations.keys() & after.observations.keys()):
        change = _observation(
            ": ".join(part for part in key if part), before.observations[key], after.observations[key]
        )
        if change is not None:
            yield change


def _outcome(observation: Observation) -> str:
    """An outcome, with what became of the name: a success that cuts a name is no better than an error."""
    handled = observation.name not in (None, "verbatim")
    return f"{observation.outcome}; name {observation.name}" if handled else observation.outcome


def _observation(location: str, old: Observation, new: Observation) -> Change | None:
    """Only the first difference: another outcome explains another status, code and name."""
    renamed = _name(location, old, new)
    if renamed is not None:
        return renamed
    if old.outcome != new.outcome:
        return Change("outcome-changed", location, _outcome(old), _outcome(new))
    if old.status != new.status:
        return Change("status-changed", location, str(old.status or ""), str(new.status or ""))
    if old.code != new.code:
        return Change("code-changed", location, old.code or "", new.code or "")
    if old.name != new.name:
        return Change("name-handling-changed", location, old.name or "", new.name or "")
    return None


def _name(location: str, old: Observation, new: Observation) -> Change | None:
    """A name that is stored as another one without a word, and was not before; or the other way round."""
    if _kept(old) and _succeeded(new) and new.name not in (None, "verbatim"):
        return Change("name-altered", location, _outcome(old), _outcome(new))
    if _kept(new) and _succeeded(old) and old.name not in (None, "verbatim"):
        return Change("name-kept", location, _outcome(old), _outcome(new))
    if not _succeeded(old) and _altered(new):
        return Change("name-altered", location, _outcome(old), _outcome(new))
    return None


def _succeeded(observation: Observation) -> bool:
    return observation.outcome == "success"


def _kept(observation: Observation) -> bool:
    return _succeeded(observation) and observation.name == "verbatim"


def _altered(observation: Observation) -> bool:
    """Whether a name that was sent came back with something taken away or replaced."""
    return _succeeded(observation) and (observation.name or "").startswith(_ALTERATIONS)
