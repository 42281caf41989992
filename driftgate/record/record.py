"""The record: the evidence of a run against one target, in JSON Lines (contracts/schema/record.schema.json), redacted.

A record without its footer is that of a run that did not end, and is told so by everything that reads it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from driftgate import __version__
from driftgate.base.jsonvalue import JSON
from driftgate.base.paths import SUITES
from driftgate.base.secret import Redactor
from driftgate.contract import Contract
from driftgate.http.exchange import Exchange
from driftgate.record.observation import Observation
from driftgate.record.shapes import Shape
from driftgate.record.verdict import Finding, Judgement, Reproduction, Waiver
from driftgate.target.model import Target

VERSION = 1
LONGEST_BODY = 64 * 1024  # bytes of a body that a record keeps

Row = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """The rows of a record by their kind, in the order in which they were written.

    Without ``complete`` the run did not end: its footer was made for its own report and is not in the file.
    """

    path: Path
    header: Row
    exchanges: tuple[Row, ...]
    findings: tuple[Row, ...]
    verdicts: tuple[Row, ...]
    observations: tuple[Row, ...]
    shapes: tuple[Row, ...]
    footer: Row
    complete: bool = True


def record_of(path: Path, rows: Iterable[Row], *, complete: bool = True) -> Record:
    """The record of rows that begin with the header and end with the footer."""
    header, *between, footer = rows
    kinds: dict[str, list[Row]] = {kind: [] for kind in ("exchange", "finding", "verdict", "observation", "shape")}
    for row in between:
        kinds[row["record"]].append(row)
    return Record(
        path,
        header,
        exchanges=tuple(kinds["exchange"]),
        findings=tuple(kinds["finding"]),
        verdicts=tuple(kinds["verdict"]),
        observations=tuple(kinds["observation"]),
        shapes=tuple(kinds["shape"]),
        footer=footer,
        complete=complete,
    )


class RecordWriter:
    """Writes a record line by line, so that what was seen survives whatever happens to the run."""

    def __init__(self, path: Path, redact: Redactor) -> None:
        self._path = path
        self._redact = redact
        self._file: IO[str] | None = None
        self._digest = hashlib.sha256()
        self._rows: list[Row] = []

    def write(self, kind: str, row: Mapping[str, Any]) -> Row:
        """Appends one line, with every secret taken out, and returns it. The file is made by the first line."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="ascii")
        written: Row = redacted({"record": kind, **row}, self._redact)
        line = json.dumps(written) + "\n"
        self._digest.update(line.encode())
        self._file.write(line)
        self._file.flush()
        self._rows.append(written)
        return written

    def end(self, row: Mapping[str, Any], *, complete: bool) -> Record:
        """Ends the record; when it is complete, with a footer that holds a digest of all lines before it."""
        footer = {**row, "digest": self._digest.hexdigest()}
        if complete:
            self.write("footer", footer)
        else:
            self._rows.append(redacted({"record": "footer", **footer}, self._redact))
        self.close()
        return record_of(self._path, self._rows, complete=complete)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def redacted(value: JSON, redact: Redactor) -> Any:
    """A value with every secret taken out of its texts and of its members' names."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(key): redacted(item, redact) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(item, redact) for item in value]
    return value


def suite_signature(contract: Contract) -> str:
    """Names exactly what was asked: the contract's text, the suites' text and driftgate's version."""
    text = hashlib.sha256(f"{__version__} {contract.digest}".encode())
    for path in sorted(SUITES.glob("*.py")):
        text.update(path.read_bytes())
    return text.hexdigest()[:16]


def header_row(target: Target, *, profile: str, seed: int, strict: bool, max_requests: int) -> Row:
    contract = target.contract
    return {
        "version": VERSION,
        "driftgate": __version__,
        "target": {
            "name": target.name,
            "base_url": target.base_url,
            "embedded": target.embedded,
            "insecure": target.network.insecure,
            "params": {name: str(value) for name, value in target.params.items()},
        },
        "contract": {"vendor": contract.vendor, "title": contract.title, "edition": contract.edition},
        "suite": suite_signature(contract),
        "profile": profile,
        "seed": seed,
        "strict": strict,
        "max_requests": max_requests,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def exchange_row(exchange: Exchange, url: str) -> Row:
    request, answer = exchange.request, exchange.answer
    return {
        "number": exchange.number,
        "role": request.role,
        "conversation": request.conversation,
        "request": {
            "method": request.method,
            "url": url,
            "credential": request.credential.name if request.credential else None,
            "body": None if request.body is None else _body(request.body),
        },
        "answer": None
        if answer is None
        else {
            "status": answer.status,
            "headers": [list(header) for header in answer.headers],
            "body": _body(answer.body),
            "elapsed_ms": round(answer.elapsed * 1000, 1),
        },
        "transport_error": exchange.transport_error,
        "outcome": str(exchange.outcome),
        "code": exchange.code,
    }


def _body(raw: bytes) -> Row:
    """A body as text where it is UTF-8, in base64 otherwise; the beginning of one that is very long."""
    kept = raw[:LONGEST_BODY]
    try:
        body: Row = {"text": kept.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(kept).decode()}
    return {**body, "bytes": len(raw)}


def finding_row(finding: Finding, *, times: int, waived: bool, again: Reproduction | None = None) -> Row:
    told = {"times": times, "waived": waived, "reproduction": asdict(again) if again else None}
    return {**asdict(finding), "fingerprint": finding.fingerprint, **told}


def observation_row(observation: Observation) -> Row:
    return asdict(observation)


def shape_row(shape: Shape) -> Row:
    return asdict(shape)


def verdict_row(judgement: Judgement) -> Row:
    requirement = judgement.requirement
    return {
        "requirement": requirement.id,
        "level": str(requirement.level),
        "check": requirement.check,
        "says": requirement.says,
        "impact": requirement.impact,
        "source": requirement.source,
        "verdict": str(judgement.verdict),
        "waived": judgement.waived,
        "reason": judgement.reason,
        "judged": judgement.judged,
        "findings": [finding.fingerprint for finding in judgement.findings],
        "waivers": [_waiver(waiver) for waiver in judgement.waivers],
    }


def _waiver(waiver: Waiver) -> Row:
    """A waiver that is in force, as part of the verdict that it is about."""
    since = waiver.since.isoformat() if waiver.since else None
    told = {"reason": waiver.reason, "link": waiver.link, "since": since, "expires": waiver.expires.isoformat()}
    return {"fingerprint": waiver.fingerprint, **told}


def footer_row(
    *,
    exit_code: int,
    requests: int,
    elapsed: float,
    not_restored: Iterable[str],
    setup_error: str | None,
    waiver_problems: Iterable[str],
) -> Row:
    """``setup_error`` says why the target could not be judged at all; ``not_restored`` what was left behind."""
    return {
        "exit": exit_code,
        "requests": requests,
        "elapsed_s": round(elapsed, 3),
        "not_restored": list(not_restored),
        "setup_error": setup_error,
        "waiver_problems": list(waiver_problems),
    }
