"""The exchanges of a contract's operations in a HAR file, found by method and by the end of the path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import JSON, parse
from driftgate.base.secret import Redactor, Secret, forms
from driftgate.contract import Contract, Operation, Outcome
from driftgate.contract.schemas import conforms
from driftgate.contract.template import placeholders
from driftgate.http.exchange import Exchange, Request
from driftgate.http.outcome import Classifier
from driftgate.judge import har
from driftgate.judge.capture import Capture, Captured, source_of
from driftgate.record import build
from driftgate.record.rows import RecordedExchange, TargetInfo, redacted
from driftgate.target.model import Target
from driftgate.target.params import Value

_NO_ANSWER = "no answer was captured: the request was blocked, aborted, or not complete yet"


def captured(path: Path, contract: Contract, params: dict[str, Value]) -> Capture:
    """The exchanges of the contract's operations in a HAR file. Raises UsageError where there are none."""
    entries = har.read_entries(path)
    routes = _routes(contract)
    taken = [hit for hit in (_taken(routes, har.read_entry(entry)) for entry in entries) if hit is not None]
    if not taken:
        looked = ", ".join(f"{route.operation.method} …{route.operation.url}" for route in routes)
        raise UsageError(
            f"--har {path}: none of its {len(entries)} entries is of an operation of {contract.vendor}: "
            f"looked for {looked}"
        )
    redact = _redactor(taken, entries, params)
    classify = Classifier(contract.outcomes)
    exchanges = tuple(_captured(number, each, classify, redact) for number, each in enumerate(taken, 1))
    base_url = redact(", ".join(dict.fromkeys(each.base for each in taken)))
    target = Target(contract.vendor, contract, base_url, params=params)
    ignored = len(entries) - len(taken)
    info = TargetInfo(target.name, base_url, embedded=False, params={key: str(value) for key, value in params.items()})
    header = build.header(info, contract, profile="none", seed=0, strict=False, max_requests=0)
    source = source_of("har", path, taken=len(taken), ignored=ignored)
    return Capture(path, target, exchanges, replace(header, started=_started(taken), source=source), redact, ignored)


@dataclass(frozen=True)
class _Route:
    """How the exchanges of one operation are known."""

    role: str
    operation: Operation
    path: re.Pattern[str]


@dataclass(frozen=True)
class _Taken:
    """An entry that is of one of the operations. ``base`` is the base URL that the operation's path was added to."""

    route: _Route
    entry: har.Entry
    match: re.Match[str]

    @property
    def base(self) -> str:
        url = self.entry.url
        return _clean(f"{url.scheme}://{url.netloc.rpartition('@')[2]}{self.match['prefix']}")

    @property
    def url(self) -> str:
        """Without the query, which may hold credentials and names nothing that is judged."""
        return self.base + _clean(self.match["rest"])

    @property
    def conversation(self) -> str | None:
        operation = self.route.operation
        for index, name in enumerate(re.findall(r"\{([^}]*)\}", operation.url)):
            if placeholders(operation.path.get(name, "")) == {"conversation"}:
                return unquote(self.match[f"p{index}"], errors="replace")
        return None


def _routes(contract: Contract) -> list[_Route]:
    """The operation under test first: where two fit, it is meant."""
    roles = {"rename": contract.rename, "create": contract.create, "delete": contract.delete, "read": contract.read}
    return [_Route(role, each, _pattern(each.url)) for role, each in roles.items() if each is not None]


def _pattern(url: str) -> re.Pattern[str]:
    first, *others = re.split(r"\{[^}]*\}", url)
    rest = "".join(f"(?P<p{index}>[^/]+){re.escape(part)}" for index, part in enumerate(others))
    return re.compile(f"(?P<prefix>.*)(?P<rest>{re.escape(first)}{rest})", re.DOTALL)


def _taken(routes: Sequence[_Route], entry: har.Entry | None) -> _Taken | None:
    for route in routes:
        match = route.path.fullmatch(entry.url.path) if entry and entry.method == route.operation.method else None
        if entry and match:
            return _Taken(route, entry, match)
    return None


def _redactor(taken: Sequence[_Taken], entries: list[JSON], params: dict[str, Value]) -> Redactor:
    """Masks only the credentials in the exchanges that were taken; a long capture holds thousands of others."""
    text = "\n".join(part for each in taken for part in _texts(each)).casefold()

    def there(values: set[str]) -> list[str]:
        return sorted(value for value in values if any(form.casefold() in text for form in forms(value)))

    bearers = {each.entry.bearer for each in taken if each.entry.bearer}
    keys = [Secret("API_KEY", value) for value in there(bearers)]
    others = [Secret("SECRET", value) for value in there(har.secrets(entries) - bearers)]
    return Redactor([*keys, *(value for value in params.values() if isinstance(value, Secret)), *others])


def _texts(taken: _Taken) -> Iterator[str]:
    """The texts of an exchange, as they were written and as they are read."""
    yield taken.url
    yield taken.conversation or ""
    for body in (taken.entry.body, taken.entry.answer.body if taken.entry.answer else None):
        if body:
            yield body.decode("latin-1")
            yield body.decode("utf-8", "replace")
            yield _plain(body) or ""


def _plain(body: bytes) -> str | None:
    """A JSON body without the escapes that hide a text; None for one that is no JSON."""
    try:
        return json.dumps(parse(body), ensure_ascii=False)
    except ValueError:
        return None


def _started(taken: Sequence[_Taken]) -> str:
    times = [each.entry.started for each in taken if each.entry.started]
    known = sorted(time for time in times if conforms(time, "date-time"))
    return known[0] if known else datetime.now(UTC).isoformat(timespec="seconds")


def _captured(number: int, taken: _Taken, classify: Classifier, redact: Redactor) -> Captured:
    entry = taken.entry
    credential = Secret("API_KEY", entry.bearer) if entry.bearer else None
    request = Request(taken.route.role, entry.method, taken.url, entry.body, credential, taken.conversation)
    if entry.answer is None:
        exchange = Exchange(number, request, None, Outcome.UNAVAILABLE, transport_error=_NO_ANSWER)
    else:
        exchange = classify.exchange(number, request, entry.answer)
    lost = {part: f"exchange {number}: {why}" for part, why in entry.lost.items()}
    if "body" in lost and exchange.outcome is Outcome.UNDOCUMENTED:
        lost["outcome"] = lost["body"]
    row = build.recorded_exchange(_without_secrets(exchange, redact), taken.url)
    return Captured(exchange, _redacted(row, redact), lost)


def _redacted(row: RecordedExchange, redact: Redactor) -> RecordedExchange:
    """The row without the secrets in what came from outside: the words of driftgate's own stay as they are."""
    return replace(
        row,
        request=redacted(row.request, redact),
        answer=redacted(row.answer, redact),
        conversation=redacted(row.conversation, redact),
        code=redacted(row.code, redact),
    )


def _without_secrets(exchange: Exchange, redact: Redactor) -> Exchange:
    """The exchange with the secrets taken out of its bodies, which may be no text, or hide them behind escapes."""

    def masked(body: bytes) -> bytes:
        kept = redact(body.decode("latin-1")).encode("latin-1")
        plain = _plain(kept)
        return kept if plain is None or redact(plain) == plain else redact(plain).encode("utf-8", "surrogatepass")

    request, answer = exchange.request, exchange.answer
    return replace(
        exchange,
        request=replace(request, body=None if request.body is None else masked(request.body)),
        answer=None if answer is None else replace(answer, body=masked(answer.body)),
    )


def _clean(url: str) -> str:
    """A part of a URL in printable ASCII."""
    return quote(url.encode("utf-8", "replace"), safe="%/:@!$&'()*+,;=-._~[]")
