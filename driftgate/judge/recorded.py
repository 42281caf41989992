"""The exchanges of a record, as they were when it was written."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.base.secret import Redactor
from driftgate.contract import Contract, Outcome, load_contract
from driftgate.http.exchange import Answer, Exchange, Request, media_type_of
from driftgate.http.outcome import Classifier
from driftgate.judge.capture import Capture, Captured
from driftgate.judge.source import source_row
from driftgate.record.reading import read_record
from driftgate.record.record import LONGEST_BODY, Record, Row, header_row
from driftgate.target.model import Target

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEPT = ("profile", "seed", "strict", "max_requests")


def captured(path: Path, edition: str | None, folders: tuple[Path, ...]) -> Capture:
    """The exchanges of a record, for an edition of its vendor's contract. Raises UsageProblem."""
    record = read_record(path)
    header = record.header
    contract = load_contract(header["contract"]["vendor"], folders, edition or header["contract"]["edition"])
    target = _target(record, contract)
    found = _Exchanges(contract)
    exchanges = tuple(map(found.exchange, record.exchanges))
    row = header_row(target, **{key: header[key] for key in _KEPT})
    row["target"] = header["target"]
    row["started"] = header["started"]
    row["source"] = source_row("record", path, taken=len(exchanges), left=0)
    return Capture(path, target, exchanges, row, Redactor(()))


def _target(record: Record, contract: Contract) -> Target:
    told = record.header["target"]
    if not _NAME.fullmatch(told["name"]):
        raise UsageProblem(f"{record.path}: {told['name']!r} is no name of a target")
    params: dict[str, str | int] = {}
    for parameter in contract.parameters:
        value = told["params"].get(parameter.name, "")
        if value and not parameter.secret:
            params[parameter.name] = int(value) if parameter.type == "integer" and value.isdecimal() else value
    return Target(told["name"], contract, told["base_url"], params=params, embedded=told["embedded"])


class _Exchanges:
    """Makes exchanges of the rows of one record."""

    def __init__(self, contract: Contract) -> None:
        self._classify = Classifier(contract.outcomes)
        secret = [parameter.name.upper() for parameter in contract.parameters if parameter.secret]
        # what a redactor puts in the place of keys
        self._marks = re.compile(rf"\$({'|'.join(['API_KEY', 'SECRET', *map(re.escape, secret)])})")

    def exchange(self, row: Row) -> Captured:
        number, told = row["number"], row["request"]
        request = Request(row["role"], told["method"], told["url"], _raw(told["body"]), None, row["conversation"])
        if row["answer"] is None:
            return Captured(
                Exchange(number, request, None, Outcome.UNAVAILABLE, transport_error=row["transport_error"]), row, {}
            )
        answer = _answer(row["answer"])
        lost = self._lost(number, row["answer"], answer)
        if lost:
            # the outcome was told of the answer as it came
            exchange = Exchange(number, request, answer, Outcome(row["outcome"]), code=row["code"])
            return Captured(exchange, row, lost)
        exchange = self._classify.exchange(number, request, answer)
        return Captured(exchange, {**row, "outcome": str(exchange.outcome), "code": exchange.code}, lost)

    def _lost(self, number: int, told: Mapping[str, Any], answer: Answer) -> dict[str, str]:
        lost = {}
        size = told["body"]["bytes"] if told["body"] else 0
        if size > LONGEST_BODY:
            lost["body"] = f"of the answer of exchange {number} the record holds the beginning alone"
        elif size != len(answer.body) or self._marks.search(answer.body.decode("utf-8", "replace")):
            lost["body"] = f"a key was taken out of the answer of exchange {number}"
        if self._marks.search(answer.media_type.upper()):
            lost["header"] = f"a key was taken out of the answer of exchange {number}"
        return lost


def _answer(told: Mapping[str, Any]) -> Answer:
    headers = tuple((name, value) for name, value in told["headers"])
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    elapsed = told["elapsed_ms"] / 1000
    return Answer(told["status"], media_type_of(content_type), headers, _raw(told["body"]) or b"", elapsed)


def _raw(body: Mapping[str, Any] | None) -> bytes | None:
    if body is None:
        return None
    return base64.b64decode(body["base64"]) if "base64" in body else str(body["text"]).encode("utf-8", "surrogatepass")
