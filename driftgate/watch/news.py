"""What a record tells that nobody was told yet, and the words in which a webhook hears it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftgate.base.jsonvalue import printable
from driftgate.drift import Change, changes_between, snapshot_of
from driftgate.drift.report import change_value, counts, from_to
from driftgate.record.record import Record
from driftgate.report import words

# it differs from run to run with the data of the target, and means nothing for a client
_UNTOLD = frozenset({"data-differs"})
_MOST = 20  # changes in a message; the record has all of them
_LONGEST = 300  # characters of a line


def changes_of(before: Record | None, after: Record) -> list[Change]:
    """What is to be told: the changes since a record; without one, what is violated."""
    if before is None:
        return list(_violated(after))
    waived = {row.requirement for row in after.verdicts if words.word(row, after.gate) == "waived"}
    changes = changes_between(snapshot_of(before), snapshot_of(after))
    return [change for change in changes if change.rule not in _UNTOLD and change.location not in waived]


def _violated(record: Record) -> Iterator[Change]:
    for row in record.verdicts:
        if row.verdict == "fail" and row.level != "may" and words.word(row, record.gate) != "waived":
            yield Change(f"{row.level}-revealed", row.requirement, "", "fail")


def news_of(target: str, record: str, says: str, changes: Sequence[Change]) -> dict[str, Any]:
    """One piece of news, as the generic webhook gets it. ``id`` tells one that arrives twice."""
    return {
        "id": f"{target}/{record}",
        "target": target,
        "record": record,
        "says": f"{target}: {says}",
        "worst": str(max(change.severity for change in changes)) if changes else None,
        "changes": [change_value(change) for change in changes[:_MOST]],
        "more": max(0, len(changes) - _MOST),
    }


def says(before: Record | None, changes: Sequence[Change]) -> str:
    """The news in one line."""
    if before is None:
        return f"first record; requirements violated: {len(changes)}"
    return counts(changes)


def lines_of(changes: Sequence[Change]) -> list[str]:
    """One line for each change."""
    return [
        f"  {change.severity!s:<8} {change.rule} {printable(change.location)}: {printable(from_to(change))}"
        for change in changes
    ]


def slack(news: Mapping[str, Any]) -> dict[str, str]:
    """The same for Slack and what understands its webhooks. Nothing in it mentions anybody or is a link."""
    lines = [f"*driftgate* {news['says']}"]
    for change in news["changes"]:
        before, after = change["before"] or "nothing", change["after"] or "nothing"
        text = f"• {change['severity']} {change['rule']} {change['location']}: {before} → {after}"
        lines.append(printable(text)[:_LONGEST])
    lines += [f"and {news['more']} more"] if news["more"] else []
    text = "\n".join(lines)
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
