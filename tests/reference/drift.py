"""The page of the drift rules."""

from __future__ import annotations

from collections.abc import Iterator

from driftgate.drift.rules import OF_DOCUMENTS, RULES, Rule, Severity
from tests.reference.markdown import code, heading, plain, table


def rules() -> Iterator[str]:
    """Every rule, with the rule for the opposite change."""
    of_documents = {row[0] for row in OF_DOCUMENTS}
    yield from ("# Drift rules", "")
    yield from (
        "Every kind of change that drift reports. A *breaking* change can stop a client that follows the old contract. A",
        "*warning* needs a review. Everything else is *info*. A client reads answers, so an answer that promises less is",
        "breaking. A client writes requests, so a request that must hold more is breaking.",
        "",
    )
    yield from heading(2, "Records and documents")
    yield from (
        "`driftgate drift` and `--baseline` report these from records. Those about members also apply to documents.",
        "",
    )
    yield from _table([rule for rule in RULES.values() if rule.id not in of_documents])
    yield from heading(2, "Only documents")
    yield from (
        "`driftgate docs` and `driftgate contracts diff` report these; see [drift of documents](../docs-drift.md).",
        "",
    )
    yield from _table([rule for rule in RULES.values() if rule.id in of_documents])


def _table(rows: list[Rule]) -> Iterator[str]:
    ordered = sorted(rows, key=lambda rule: -rule.severity)
    yield from table(
        ("rule", "severity", "change", "opposite rule"),
        ((code(row.id), _severity(row.severity), plain(row.says), code(row.counterpart)) for row in ordered),
    )


def _severity(severity: Severity) -> str:
    return f"**{severity}**" if severity is Severity.BREAKING else str(severity)
