"""Adding a waiver to the text of a waiver file, which keeps its comments and its form."""

from __future__ import annotations

import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from driftgate.base.errors import UsageError
from driftgate.base.yamlfile import text_of
from driftgate.record.record import Record
from driftgate.record.verdict import Waiver
from driftgate.record.waivers import named, parse_waivers, unknown


def check_that_it_fails(record: Record, waiver: Waiver) -> None:
    """Raises UsageError where the record shows nothing that could be waived."""
    verdicts = {row.requirement: row for row in record.verdicts}
    if waiver.requirement not in verdicts:
        raise UsageError(unknown(waiver.requirement, verdicts))
    row = verdicts[waiver.requirement]
    if row.verdict != "fail":
        told = {"pass": "passes", "none": "was not judged", "inconclusive": "is inconclusive", "error": "met an error"}
        raise UsageError(f"{waiver.requirement} {told[row.verdict]} in {record.path}: there is nothing to waive")
    if waiver.fingerprint not in (None, *row.findings):
        raise UsageError(
            f"--fingerprint {waiver.fingerprint}: is no finding of {waiver.requirement} in {record.path}; "
            f"there are {', '.join(row.findings)}"
        )


def with_waiver(waiver: Waiver, path: Path, record: Record, today: date, *, heading: str) -> str:
    """The text of the file with the waiver as its last one; a new file begins with ``heading``. Raises UsageError."""
    requirements = [verdict.requirement for verdict in record.verdicts]
    before = text_of(path) if path.exists() else heading
    present = parse_waivers(before, path, requirements, today)
    for each in present:
        if each.overlaps(waiver):
            raise UsageError(f"{path}: {named(each)} is waived already, until {each.expires}: change that waiver")
    after = _appended(before, row_of(waiver))
    try:
        if parse_waivers(after, path, requirements, today) == [*present, waiver]:
            return after
    except UsageError:
        pass
    by_hand = yaml.safe_dump(
        _members(waiver), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    raise UsageError(f"{path}: has a form to which no row can be added as text: add it by hand: {by_hand.strip()}")


def _appended(text: str, row: str) -> str:
    """The text of a waiver file with one more item at its end; everything else stays as it is."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    column = 2
    if not isinstance(root, yaml.MappingNode):
        row = f"waivers:\n{textwrap.indent(row, '  ')}"
        column = 0
    else:
        ((_, waivers),) = root.value
        if isinstance(waivers, yaml.SequenceNode) and not waivers.flow_style:
            column = waivers.start_mark.column
        elif isinstance(waivers, yaml.SequenceNode) and not waivers.value:
            text = text[: waivers.start_mark.index] + text[waivers.end_mark.index :]
    if text and not text.endswith("\n"):
        text += line_end
    return text + textwrap.indent(row, " " * column).replace("\n", line_end)


def row_of(waiver: Waiver) -> str:
    """The waiver as an item of a YAML list, a member a line."""
    return yaml.safe_dump([_members(waiver)], sort_keys=False, allow_unicode=True, width=10**6)


def _members(waiver: Waiver) -> dict[str, Any]:
    members = {
        "requirement": waiver.requirement,
        "fingerprint": waiver.fingerprint,
        "reason": waiver.reason,
        "link": waiver.link,
        "since": waiver.since,
        "expires": waiver.expires,
    }
    return {name: value for name, value in members.items() if value is not None}
