"""Compares two records: verdicts, the shapes of answers, observations and refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.drift.model import Change, Drift
from driftgate.record.latency import latency
from driftgate.record.record import Record, Row

_JUDGED = ("pass", "fail")


def compare(before: Record, after: Record) -> Drift:
    """What has changed from one record to the other. Raises UsageProblem for records of different vendors."""
    vendors = [record.header["contract"]["vendor"] for record in (before, after)]
    if vendors[0] != vendors[1]:
        raise UsageProblem(
            f"{after.path}: is of {vendors[1]}, {before.path} is of {vendors[0]}: there is nothing to compare"
        )
    changes = [
        *_suite(before, after),
        *_verdicts(before, after),
        *_shapes(before, after),
        *_observations(before, after),
    ]
    changes.sort(key=lambda change: (-change.severity, change.rule, change.place))
    then, now = latency(before), latency(after)
    taken = (then, now) if then and now else None
    return Drift(when(before.header), when(after.header), after.header["target"]["name"], tuple(changes), taken)


def when(header: Row) -> str:
    """Which run a record is of: its time, its contract's edition and its profile."""
    contract = header["contract"]
    return f"{header['started']}, {contract['vendor']} {contract['edition']}, profile {header['profile']}"


def _suite(before: Record, after: Record) -> Iterator[Change]:
    """What was asked: the catalogue, the suites, the profile. Where that differs, the rest may come from it."""
    for key in ("suite", "profile"):
        if before.header[key] != after.header[key]:
            yield Change("suite-changed", key, str(before.header[key]), str(after.header[key]))


def _by(rows: Sequence[Row], *keys: str) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[key] for key in keys): row for row in rows}


def _verdicts(before: Record, after: Record) -> Iterator[Change]:
    old, new = _by(before.verdicts, "requirement"), _by(after.verdicts, "requirement")
    for (requirement,), row in old.items():
        if (requirement,) not in new:
            yield Change("requirement-removed", requirement, row["verdict"], "")
        else:
            yield from _transition(requirement, row, new[requirement,])
    for (requirement,), row in new.items():
        if (requirement,) not in old:
            yield Change("requirement-added", requirement, "", row["verdict"])


def _transition(requirement: str, old: Row, new: Row) -> Iterator[Change]:
    level, was, now = new["level"], old["verdict"], new["verdict"]
    if was == now == "fail" and set(old["findings"]) != set(new["findings"]):
        yield Change("violation-changed", requirement, _list(old["findings"]), _list(new["findings"]))
    if was == now or level == "may":
        return
    rules = {
        ("pass", "fail"): f"{level}-regressed",
        ("fail", "pass"): f"{level}-fixed",
    }
    if was in _JUDGED and now in _JUDGED:
        yield Change(rules[was, now], requirement, was, now)
    elif was in _JUDGED:
        yield Change(f"{level}-evidence-lost", requirement, was, now)
    elif now == "fail":
        yield Change(f"{level}-revealed", requirement, was, now)
    elif now == "pass":
        yield Change("evidence-gained", requirement, was, now)


def _list(fingerprints: Sequence[str]) -> str:
    return " ".join(sorted(fingerprints))


def _shapes(before: Record, after: Record) -> Iterator[Change]:
    keys = ("role", "outcome", "pointer")
    old, new = _by(before.shapes, *keys), _by(after.shapes, *keys)
    kinds = {key[:2] for key in old} & {key[:2] for key in new}
    for key in sorted(old.keys() | new.keys()):
        # a kind of answer that one of the records lacks says nothing about its members
        if key[:2] in kinds and _parent_is_there(key, old, new):
            yield from _member(_place(*key), old.get(key), new.get(key))


def _parent_is_there(
    key: tuple[str, ...], old: Mapping[tuple[Any, ...], Row], new: Mapping[tuple[Any, ...], Row]
) -> bool:
    """Whether both records have the member's parent, so that the change is told once, at its root."""
    if not key[2]:
        return True
    parent = (*key[:2], key[2].rpartition("/")[0])
    return parent in old and parent in new and _holds(old[parent], key[2]) and _holds(new[parent], key[2])


def _holds(parent: Row, pointer: str) -> bool:
    return "object" in parent["types"] or (pointer.endswith("/*") and "array" in parent["types"])


def _place(role: str, outcome: str, pointer: str) -> str:
    return f"{role} {outcome} {pointer or '/'}"


def _member(place: str, old: Row | None, new: Row | None) -> Iterator[Change]:
    if old is None and new is not None:
        yield Change("member-added", place, "absent", _types(new))
    elif new is None and old is not None:
        yield Change("member-gone" if _always(old) else "optional-member-gone", place, _types(old), "absent")
    elif old is not None and new is not None:
        if _always(old) is not _always(new):
            rule = "member-became-optional" if _always(old) else "member-became-constant"
            yield Change(rule, place, _presence(old), _presence(new))
        yield from _type(place, set(old["types"]), set(new["types"]))


def _always(row: Row) -> bool:
    return bool(row["seen"] == row["of"])


def _presence(row: Row) -> str:
    return "always" if _always(row) else "at times"


def _types(row: Row) -> str:
    return " or ".join(sorted(row["types"]))


def _type(place: str, old: set[str], new: set[str]) -> Iterator[Change]:
    told = " or ".join(sorted(old)), " or ".join(sorted(new))
    if ("null" in new) is not ("null" in old) and old - {"null"} and new - {"null"}:
        yield Change("member-became-nullable" if "null" in new else "member-no-longer-null", place, *told)
        old, new = old - {"null"}, new - {"null"}
    if old == new:
        return
    if old < new:
        yield Change("type-widened", place, *told)
    elif new < old:
        yield Change("type-narrowed", place, *told)
    else:
        yield Change("type-changed", place, *told)


_SEEN = (
    ("outcome", "outcome-changed"),
    ("status", "status-changed"),
    ("code", "code-changed"),
    ("name", "name-handling-changed"),
)


def _observations(before: Record, after: Record) -> Iterator[Change]:
    old, new = _by(before.observations, "requirement", "case"), _by(after.observations, "requirement", "case")
    for key in sorted(old.keys() & new.keys()):
        place = ": ".join(part for part in key if part)
        for member, rule in _SEEN:
            was, now = old[key][member], new[key][member]
            if was != now:
                yield Change(rule, place, _told(was), _told(now))
                break  # another outcome explains another status, code and name


def _told(value: str | int | None) -> str:
    return "" if value is None else str(value)
