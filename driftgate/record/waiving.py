"""Adding waivers and pins to the text of a waiver file, which keeps its comments and its form."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from driftgate.base.errors import UsageError
from driftgate.base.yamlfile import text_of
from driftgate.record import pins as pinning
from driftgate.record.pins import Pin, parse_pins
from driftgate.record.record import Record
from driftgate.record.rows import RecordedFinding, RecordedVerdict
from driftgate.record.verdict import Waiver
from driftgate.record.waivers import named, parse_waivers, unknown


def findings_to_waive(record: Record, requirement: str, fingerprint: str | None) -> list[RecordedFinding]:
    """The findings of a requirement, or the one of this fingerprint. Raises UsageError where there is none."""
    row = _verdict(record, requirement)
    if row.verdict != "fail":
        told = {"pass": "passes", "none": "was not judged", "inconclusive": "is inconclusive", "error": "met an error"}
        raise UsageError(f"{requirement} {told[row.verdict]} in {record.path}: there is nothing to waive")
    if fingerprint not in (None, *row.findings):
        raise UsageError(
            f"--fingerprint {fingerprint}: is no finding of {requirement} in {record.path}; "
            f"there are {', '.join(row.findings)}"
        )
    wanted = row.findings if fingerprint is None else (fingerprint,)
    return [
        finding for finding in record.findings if finding.requirement == requirement and finding.fingerprint in wanted
    ]


def pins_of(record: Record, requirement: str) -> list[Pin]:
    """What a record observed for a requirement, as pins. Raises UsageError where it observed nothing."""
    _verdict(record, requirement)
    rows = [row for row in record.observations if row.requirement == requirement and row.outcome != "unavailable"]
    if not rows:
        raise UsageError(f"{requirement} has no observation in {record.path}: there is nothing to pin")
    return [Pin(row.requirement, row.case, row.describe()) for row in rows]


def _verdict(record: Record, requirement: str) -> RecordedVerdict:
    verdicts = {row.requirement: row for row in record.verdicts}
    if requirement not in verdicts:
        raise UsageError(unknown(requirement, verdicts))
    return verdicts[requirement]


def with_waivers(waivers: Sequence[Waiver], path: Path, record: Record, today: date, *, heading: str) -> str:
    """The text of the file with the waivers as its last ones; a new file begins with ``heading``. Raises UsageError."""
    requirements = [verdict.requirement for verdict in record.verdicts]
    before = text_of(path) if path.exists() else heading
    present = parse_waivers(before, path, requirements, today)
    for waiver in waivers:
        for each in present:
            if each.overlaps(waiver):
                raise UsageError(f"{path}: {named(each)} is waived already, until {each.expires}: change that waiver")
    after = _appended(before, "waivers", rows_of(waivers))
    pinned = parse_pins(before, path, requirements)
    try:
        whole = parse_waivers(after, path, requirements, today) == [*present, *waivers]
        if whole and parse_pins(after, path, requirements) == pinned:
            return after
    except UsageError:
        pass
    raise _by_hand(path, list(map(_members, waivers)))


def with_pins(pins: Sequence[Pin], path: Path, record: Record, *, heading: str) -> str:
    """The text of the file with the pins as its last ones; a new file begins with ``heading``. Raises UsageError."""
    requirements = [verdict.requirement for verdict in record.verdicts]
    before = text_of(path) if path.exists() else heading
    present = parse_pins(before, path, requirements)
    for pin in pins:
        for each in present:
            if (each.requirement, each.case) == (pin.requirement, pin.case):
                raise UsageError(f"{path}: {pinning.named(pin)} is pinned already: change or remove that pin")
    after = _appended(before, "pins", rows_of_pins(pins))
    try:
        if parse_pins(after, path, requirements) == [*present, *pins]:
            return after
    except UsageError:
        pass
    raise _by_hand(path, list(map(_members_of_pin, pins)))


def _by_hand(path: Path, rows: list[dict[str, Any]]) -> UsageError:
    told = [
        yaml.safe_dump(row, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6).strip()
        for row in rows
    ]
    return UsageError(f"{path}: has a form to which no row can be added as text: add it by hand: {', '.join(told)}")


def _appended(text: str, key: str, rows: str) -> str:
    """The text of a waiver file with more items at the end of the list of this key; the rest stays as it is."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    lists = {name.value: items for name, items in pairs}
    column, end = 2, len(text)
    if key not in lists:
        rows = f"{key}:\n{textwrap.indent(rows, '  ')}"
        column = 0
    else:
        items = lists[key]
        begins = [name.start_mark.index for name, _ in pairs]
        end = min((each for each in begins if each > items.start_mark.index), default=end)
        if isinstance(items, yaml.SequenceNode) and not items.flow_style:
            column = items.start_mark.column
        elif isinstance(items, yaml.SequenceNode) and not items.value:
            text = text[: items.start_mark.index] + text[items.end_mark.index :]
            end -= items.end_mark.index - items.start_mark.index
    before, after = text[:end], text[end:]
    if before and not before.endswith("\n"):
        before += line_end
    return before + textwrap.indent(rows, " " * column).replace("\n", line_end) + after


def rows_of(waivers: Sequence[Waiver]) -> str:
    """The waivers as the items of a YAML list, a member a line."""
    return _items(list(map(_members, waivers)))


def rows_of_pins(pins: Sequence[Pin]) -> str:
    """The pins as the items of a YAML list, a member a line."""
    return _items(list(map(_members_of_pin, pins)))


def _items(rows: list[dict[str, Any]]) -> str:
    # each by itself: together, what several have in common would become aliases
    return "".join(yaml.safe_dump([row], sort_keys=False, allow_unicode=True, width=10**6) for row in rows)


def _members(waiver: Waiver) -> dict[str, Any]:
    members = {
        "requirement": waiver.requirement,
        "fingerprint": waiver.fingerprint,
        "case": waiver.case,
        "intermittent": waiver.intermittent or None,
        "reason": waiver.reason,
        "link": waiver.link,
        "since": waiver.since,
        "expires": waiver.expires,
    }
    return {name: value for name, value in members.items() if value is not None}


def _members_of_pin(pin: Pin) -> dict[str, Any]:
    members = {
        "requirement": pin.requirement,
        "case": pin.case or None,
        "observed": pin.observed,
        "severity": pin.severity,
    }
    return {name: value for name, value in members.items() if value is not None}
