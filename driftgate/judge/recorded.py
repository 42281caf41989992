"""The exchanges of a record, as they were when it was written."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.secret import Redactor
from driftgate.contract import Contract, Outcome, load_contract
from driftgate.contract.model import FORM_TYPE
from driftgate.http.exchange import Answer, Exchange, Request, media_type_of, read_form
from driftgate.http.outcome import Classifier
from driftgate.judge.capture import Capture, Captured, source_of
from driftgate.record import build
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from driftgate.record.rows import Header, RecordedAnswer, RecordedExchange
from driftgate.target.model import Target

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def captured(path: Path, edition: str | None, folders: tuple[Path, ...]) -> Capture:
    """The exchanges of a record, for an edition of its vendor's contract. Raises UsageError."""
    record = read_record(path)
    if record.of_client:
        # its answers come from emulators, some of which answer wrongly on purpose
        raise UsageError(f"{path}: is the record of a client, and says nothing of a server; use driftgate report")
    info = record.header.contract
    contract = load_contract(info.vendor, folders, edition or info.edition)
    target = _target(record, contract)
    restore = _Exchanges(contract)
    exchanges = tuple(map(restore.exchange, record.exchanges))
    return Capture(path, target, exchanges, _header(record.header, contract, path, len(exchanges)), Redactor(()))


def _header(before: Header, contract: Contract, path: Path, taken: int) -> Header:
    header = build.header(
        before.target,
        contract,
        profile=before.profile,
        seed=before.seed,
        strict=before.strict,
        max_requests=before.max_requests,
    )
    return replace(header, started=before.started, source=source_of("record", path, taken=taken, ignored=0))


def _target(record: Record, contract: Contract) -> Target:
    info = record.header.target
    if not _NAME.fullmatch(info.name):
        raise UsageError(f"{record.path}: {info.name!r} is no name of a target")
    params: dict[str, str | int] = {}
    for parameter in contract.parameters:
        value = info.params.get(parameter.name, "")
        if value and not parameter.secret:
            params[parameter.name] = int(value) if parameter.type == "integer" and value.isdecimal() else value
    return Target(info.name, contract, info.base_url, params=params, embedded=info.embedded)


class _Exchanges:
    """Makes exchanges of the rows of one record."""

    def __init__(self, contract: Contract) -> None:
        self._classify = Classifier(contract.outcomes)
        secret = [parameter.name.upper() for parameter in contract.parameters if parameter.secret]
        # what a redactor puts in the place of keys
        self._marks = re.compile(rf"\$({'|'.join(['API_KEY', 'SECRET', *map(re.escape, secret)])})")

    def exchange(self, row: RecordedExchange) -> Captured:
        number, sent = row.number, row.request
        body = None if sent.body is None else sent.body.raw()
        if body is not None and sent.media_type == FORM_TYPE:
            body = read_form(body)
        request = Request(row.role, sent.method, sent.url, body, None, row.conversation)
        if row.answer is None:
            return Captured(
                Exchange(number, request, None, Outcome.UNAVAILABLE, transport_error=row.transport_error), row, {}
            )
        answer = _answer(row.answer)
        lost = self._lost(number, row.answer, answer)
        if lost:
            # the outcome was found from the answer as it came
            exchange = Exchange(number, request, answer, Outcome(row.outcome), code=row.code)
            return Captured(exchange, row, lost)
        exchange = self._classify.exchange(number, request, answer)
        return Captured(exchange, replace(row, outcome=str(exchange.outcome), code=exchange.code), lost)

    def _lost(self, number: int, recorded: RecordedAnswer, answer: Answer) -> dict[str, str]:
        lost = {}
        size = recorded.body.bytes if recorded.body else 0
        if size > build.LONGEST_BODY:
            lost["body"] = f"the record holds only the beginning of the answer of exchange {number}"
        elif size != len(answer.body) or self._marks.search(answer.body.decode("utf-8", "replace")):
            lost["body"] = f"a key was taken out of the answer of exchange {number}"
        if self._marks.search(answer.media_type.upper()):
            lost["header"] = f"a key was taken out of the answer of exchange {number}"
        return lost


def _answer(recorded: RecordedAnswer) -> Answer:
    content_type = next((value for name, value in recorded.headers if name.lower() == "content-type"), "")
    body = recorded.body.raw() if recorded.body else b""
    return Answer(recorded.status, media_type_of(content_type), recorded.headers, body, recorded.elapsed_ms / 1000)
