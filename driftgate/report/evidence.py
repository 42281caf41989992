"""Evidence: which findings a verdict rests on, which exchanges prove them, and how to send those again."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from driftgate.record.record import Row
from driftgate.report.curl import curl

_PARTS = {"status": "", "body": "in the answer", "header": "in the header", "read": "in a later read"}


class Evidence:
    """Findings and exchanges of a record, by what refers to them."""

    def __init__(self, findings: Iterable[Row], exchanges: Iterable[Row]) -> None:
        self._findings = {(row["requirement"], row["fingerprint"]): row for row in findings}
        self._exchanges: dict[int, Row] = {}
        self._rename_before: dict[int, Row] = {}
        rename: Row | None = None
        for row in exchanges:
            self._exchanges[row["number"]] = row
            if row["role"] == "rename":
                rename = row
            elif rename is not None:
                self._rename_before[row["number"]] = rename

    def findings(self, verdict: Row) -> list[Row]:
        return [self._findings[verdict["requirement"], fingerprint] for fingerprint in verdict["findings"]]

    def proof(self, finding: Row) -> list[Row]:
        """The exchange of a finding; for one in a read, the rename before it as well; or all that led to it."""
        if finding.get("steps"):
            return [self._exchanges[number] for number in finding["steps"] if number in self._exchanges]
        exchange = self._exchanges.get(finding["exchange"] or 0)
        if exchange is None:
            return []
        before = self._exchanges.get(finding["caused_by"] or 0) or self._rename_before.get(exchange["number"])
        return [exchange] if before is None else [before, exchange]


def place(finding: Row) -> str:
    """Where in the exchange a finding is, in words and as a JSON pointer."""
    return " ".join(part for part in (_PARTS[finding["part"]], finding["pointer"]) if part)


def again(exchange: Row) -> str:
    """The ``curl`` line that sends the request again."""
    request = exchange["request"]
    body = request["body"]
    return curl(request["method"], request["url"], request["credential"], None if body is None else _raw(body))


def _raw(body: Row) -> bytes:
    return base64.b64decode(body["base64"]) if "base64" in body else str(body["text"]).encode()


def often(finding: Row) -> str:
    """Whether the same request led to it again; empty when that was not asked."""
    again = finding["reproduction"]
    if again is None:
        return ""
    steady = again["seen"] == again["attempts"]
    return (
        f"each of {again['attempts']} times"
        if steady
        else f"{again['seen']} of {again['attempts']} times: intermittent"
    )
