"""Evidence: which findings a verdict rests on, which exchanges prove them, and how to send those requests again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from driftgate.record.rows import RecordedExchange, RecordedFinding, RecordedRequest, RecordedVerdict

_PARTS = {
    "status": "",
    "body": "in the answer",
    "header": "in the header",
    "read": "in a later read",
    "method": "the method",
    "path": "in the path",
    "query": "in the query",
    "request header": "in the request's headers",
    "request body": "in the request",
    "behaviour": "",
}

_OF_CLIENTS = frozenset({"method", "path", "query", "request header", "request body", "behaviour"})


class Evidence:
    """Findings and exchanges of a record, by what refers to them."""

    def __init__(self, findings: Iterable[RecordedFinding], exchanges: Iterable[RecordedExchange]) -> None:
        self._findings = {(row.requirement, row.fingerprint): row for row in findings}
        self._exchanges: dict[int, RecordedExchange] = {}
        self._rename_before: dict[int, RecordedExchange] = {}
        rename: RecordedExchange | None = None
        for row in exchanges:
            self._exchanges[row.number] = row
            if row.role == "rename":
                rename = row
            elif rename is not None:
                self._rename_before[row.number] = rename

    def findings(self, verdict: RecordedVerdict) -> list[RecordedFinding]:
        return [self._findings[verdict.requirement, fingerprint] for fingerprint in verdict.findings]

    def proof(self, finding: RecordedFinding) -> list[RecordedExchange]:
        """The exchange of a finding, for one in a read also the rename before it; or all the steps that led to it."""
        if finding.steps:
            return [self._exchanges[number] for number in finding.steps if number in self._exchanges]
        exchange = self._exchanges.get(finding.exchange or 0)
        if exchange is None:
            return []
        if finding.part in _OF_CLIENTS:
            return [exchange]  # what a client sends is wrong by itself
        before = self._exchanges.get(finding.caused_by or 0) or self._rename_before.get(exchange.number)
        return [exchange] if before is None else [before, exchange]


def location(finding: RecordedFinding) -> str:
    """Where in the exchange a finding is: the part in words, and a JSON pointer."""
    return " ".join(part for part in (_PARTS[finding.part], finding.pointer) if part)


def where(finding: RecordedFinding) -> str:
    """The case of a finding, and where in the exchange it is."""
    return " ".join(part for part in (finding.case, location(finding)) if part)


def expectation(finding: RecordedFinding) -> str:
    """Where a finding is, what was expected there, and what came."""
    location = where(finding)
    return f"{location}: {finding.difference}" if location else finding.difference


def sentence(finding: RecordedFinding) -> str:
    """The expectation as the beginning of a sentence."""
    text = expectation(finding)
    return text[:1].upper() + text[1:]


def curl(request: RecordedRequest) -> str:
    """One line for a POSIX shell that sends a request again, with its key as ``$API_KEY``.

    A body that is no printable text is written in ``$'…'`` escapes.
    """
    within, _, name = (request.key or "").partition(" ")
    url = shlex.quote(request.url)
    if request.credential is not None and within == "query":
        # the shell puts the key in, so that its quotes are others
        url = f'{shlex.quote(request.url + ("&" if "?" in request.url else "?") + name + "=")}"${request.credential}"'
    parts = ["curl", "-sS", "-X", request.method, url]
    for header, value in request.headers or ():
        parts += ["-H", shlex.quote(f"{header}: {value}")]
    if request.credential is not None and within == "header":
        parts += ["-H", f'"{name}: ${request.credential}"']
    elif request.credential is not None and not within:
        scheme = "Bearer" if request.scheme is None else request.scheme
        parts += ["-H", f'"Authorization: {f"{scheme} ".lstrip()}${request.credential}"']
    if request.body is not None:
        # curl sends no header of which only the name is given
        media_type = "application/json" if request.media_type is None else request.media_type
        parts += ["-H", shlex.quote(f"Content-Type: {media_type}".rstrip()), "--data-raw", _quoted(request.body.raw())]
    return " ".join(parts)


def _quoted(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and (text or not body):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(byte) for byte in body) + "'"


def _escaped(byte: int) -> str:
    char = chr(byte)
    return char if char.isascii() and char.isprintable() and char not in "'\\" else f"\\x{byte:02x}"
