"""The record: the evidence of a run against one target, in JSON Lines (contracts/schema/record.schema.json), redacted.

A record without its footer is that of a run that did not end, and is told so by everything that reads it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from driftgate import __version__
from driftgate.contract import Contract
from driftgate.exchange import Exchange
from driftgate.jsonvalue import JSON
from driftgate.observation import Observation
from driftgate.paths import SUITES
from driftgate.secret import Redactor
from driftgate.shapes import Shape
from driftgate.target import Target
from driftgate.verdict import Finding, Judgement

VERSION = 1
_LONGEST_BODY = 64 * 1024  # bytes of a body that a record keeps


class RecordWriter:
    """Writes a record line by line, so that what was seen survives whatever happens to the run."""

    def __init__(self, path: Path, redact: Redactor) -> None:
        self._path = path
        self._redact = redact
        self._file: IO[str] | None = None
        self._digest = hashlib.sha256()

    def write(self, kind: str, row: Mapping[str, Any]) -> None:
        """Appends one line, with every secret taken out. The file is made by the first line."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="ascii")
        line = json.dumps(self._redacted({"record": kind, **row})) + "\n"
        self._digest.update(line.encode())
        self._file.write(line)
        self._file.flush()

    def end(self, row: Mapping[str, Any]) -> None:
        """Writes the footer, with a digest of all lines before it, so that an edited record can be told."""
        self.write("footer", {**row, "digest": self._digest.hexdigest()})

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _redacted(self, value: JSON) -> JSON:
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, Mapping):
            return {self._redact(key): self._redacted(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._redacted(item) for item in value]
        return value


def suite_signature(contract: Contract) -> str:
    """Names exactly what was asked: the contract's text, the suites' text and driftgate's version."""
    text = hashlib.sha256(f"{__version__} {contract.digest}".encode())
    for path in sorted(SUITES.glob("*.py")):
        text.update(path.read_bytes())
    return text.hexdigest()[:16]


def header_row(target: Target, *, profile: str, seed: int, strict: bool, max_requests: int) -> dict[str, Any]:
    contract = target.contract
    return {
        "version": VERSION,
        "driftgate": __version__,
        "target": {
            "name": target.name,
            "base_url": target.base_url,
            "embedded": target.embedded,
            "params": {name: str(value) for name, value in target.params.items()},
        },
        "contract": {"vendor": contract.vendor, "edition": contract.edition},
        "suite": suite_signature(contract),
        "profile": profile,
        "seed": seed,
        "strict": strict,
        "max_requests": max_requests,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def exchange_row(exchange: Exchange, url: str) -> dict[str, Any]:
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
        "trouble": exchange.trouble,
        "outcome": str(exchange.outcome),
        "code": exchange.code,
    }


def _body(raw: bytes) -> dict[str, Any]:
    """A body as text where it is UTF-8, in base64 otherwise; the beginning of one that is very long."""
    kept = raw[:_LONGEST_BODY]
    try:
        body: dict[str, Any] = {"text": kept.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(kept).decode()}
    return {**body, "bytes": len(raw)}


def finding_row(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "fingerprint": finding.fingerprint}


def observation_row(observation: Observation) -> dict[str, Any]:
    return asdict(observation)


def shape_row(shape: Shape) -> dict[str, Any]:
    return asdict(shape)


def verdict_row(judgement: Judgement) -> dict[str, Any]:
    return {
        "requirement": judgement.requirement.id,
        "level": str(judgement.requirement.level),
        "verdict": str(judgement.verdict),
        "waived": judgement.waived,
        "reason": judgement.reason,
        "judged": judgement.judged,
        "findings": [finding.fingerprint for finding in judgement.findings],
    }


def footer_row(*, exit_code: int, requests: int, elapsed: float, troubles: Iterable[str]) -> dict[str, Any]:
    return {
        "exit": exit_code,
        "requests": requests,
        "elapsed_s": round(elapsed, 3),
        "troubles": list(troubles),
    }
