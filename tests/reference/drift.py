"""The page of the rules of drift."""

from __future__ import annotations

from collections.abc import Iterator

from driftgate.drift.rules import OF_DOCUMENTS, RULES, Rule, Severity
from tests.reference.markdown import code, heading, plain, table


def rules() -> Iterator[str]:
    """Every rule, with the rule for the change the other way round."""
    of_documents = {row[0] for row in OF_DOCUMENTS}
    yield from ("# Rules of drift", "")
    yield from (
        "Every kind of change that drift can tell. *Breaking* is what can stop a client that followed the old contract; a",
        "*warning* is worth a look; the rest is *info*. A client reads answers, so an answer that promises less is",
        "breaking; it writes requests, so a request that demands more is.",
        "",
    )
    yield from heading(2, "Of records and of documents")
    yield from ("What `driftgate drift` and `--baseline` tell, from what a server did; members, in documents too.", "")
    yield from _table([rule for rule in RULES.values() if rule.id not in of_documents])
    yield from heading(2, "Of documents alone")
    yield from (
        "What `driftgate docs` and `driftgate contracts diff` tell; see [drift of documents](../docs-drift.md).",
        "",
    )
    yield from _table([rule for rule in RULES.values() if rule.id in of_documents])


def _table(rows: list[Rule]) -> Iterator[str]:
    ordered = sorted(rows, key=lambda rule: -rule.severity)
    yield from table(
        ("rule", "severity", "what has changed", "the other way round"),
        ((code(row.id), _severity(row.severity), plain(row.says), code(row.counterpart)) for row in ordered),
    )


def _severity(severity: Severity) -> str:
    return f"**{severity}**" if severity is Severity.BREAKING else str(severity)
