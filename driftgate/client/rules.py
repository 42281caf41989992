"""The kinds of rules that a client is judged by as its requests come, one class for each."""

from __future__ import annotations

import email.utils
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, parse, type_name
from driftgate.client.call import Call
from driftgate.client.routes import Known
from driftgate.contract import Contract, Requirement
from driftgate.contract.schemas import FileSchema, violations
from driftgate.http.exchange import Answer, media_type_of
from driftgate.record.verdict import Mismatch

_EARLY = 0.1  # seconds by which two clocks, or the rounding of one, may differ
_ASKS_TO_WAIT = (429, 503)


@dataclass(frozen=True)
class Sent:
    """A request that was recognised. ``json`` is its body, or ``ABSENT`` where that is none; ``no_json`` says why."""

    call: Call
    known: Known
    json: JSON
    no_json: str

    @classmethod
    def of(cls, call: Call, known: Known) -> Sent:
        if not call.body:
            return cls(call, known, ABSENT, "")
        try:
            return cls(call, known, parse(call.body), "")
        except ValueError as problem:
            return cls(call, known, ABSENT, str(problem))


class Rule(ABC):
    """Judges the requests of one client by one requirement, in the order in which they come."""

    # whether recorders take away what it speaks of; a recording without it says nothing then
    filtered = False

    def __init__(self, requirement: Requirement, contract: Contract) -> None:
        self.detail: Mapping[str, Any] = requirement.detail
        self.contract = contract

    def restart(self) -> None:  # noqa: B027  # most rules remember nothing
        """Forgets the requests of a client."""

    @abstractmethod
    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        """Everything that is violated; None where the requirement says nothing of this request."""


class Method(Rule):
    """A path of the contract is requested with a documented method."""

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        if sent.known.operation:
            return ()
        method = sent.call.method
        return [Mismatch("method", "", " or ".join(sent.known.methods), brief(method)[1:-1], f"method {method[:20]}")]


class Credential(Rule):
    """Every request has a bearer credential."""

    filtered = True

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        given = sent.call.header("authorization")
        scheme, _, token = (given or "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return ()
        # what stands there may be the key itself, and is not told
        actual = "absent" if given is None else "a credential without the scheme Bearer"
        return [Mismatch("request header", "/Authorization", "Bearer and a credential", actual, actual)]


class MediaType(Rule):
    """Every body is declared as what it is."""

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        # a recording without any headers says nothing of them
        if not sent.call.body or not sent.call.headers:
            return None
        wanted: str = self.detail["media_type"]
        given = sent.call.header("content-type")
        found = media_type_of(given or "")
        if found == wanted:
            return ()
        actual = "absent" if given is None else brief(found)[1:-1]
        return [Mismatch("request header", "/Content-Type", wanted, actual, f"media type {actual}")]


class JsonObject(Rule):
    """Every body is a JSON object in UTF-8."""

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        if not sent.call.body:
            return None
        if sent.no_json:
            return [Mismatch("request body", "", "JSON in UTF-8", f"no JSON ({sent.no_json})", "no JSON")]
        found = type_name(sent.json)
        return () if found == "object" else [Mismatch("request body", "", "a JSON object", found, found)]


class _BySchema(Rule):
    """Judges a part of the requests for one operation by a JSON Schema."""

    part = ""

    def __init__(self, requirement: Requirement, contract: Contract) -> None:
        super().__init__(requirement, contract)
        self._schema = FileSchema(self.detail["schema"])
        self._speaks_of = _speaks_of(self.detail["schema"])

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        if sent.known.operation != self.detail["operation"]:
            return None
        value = self.value(sent)
        if value is ABSENT or not self._speaks_of(value):
            return None
        return [
            Mismatch(self.part, self.pointer(pointer), expected, brief(found), f"{keyword} {type_name(found)}")
            for pointer, expected, found, keyword in violations(self._schema, value)
        ]

    @abstractmethod
    def value(self, sent: Sent) -> JSON:
        """The part that the schema describes, or ``ABSENT``."""

    def pointer(self, pointer: str) -> str:
        return pointer


def _speaks_of(schema: Mapping[str, Any]) -> Callable[[JSON], bool]:
    """Whether a schema says anything of a value: one of members alone does not where none of them is there."""
    if set(schema) == {"properties"}:
        return lambda value: not isinstance(value, Mapping) or not schema["properties"].keys().isdisjoint(value)
    if set(schema) == {"if", "then"}:
        condition = FileSchema(schema["if"])
        return lambda value: not any(condition.iter_errors(value))
    return lambda value: True


class Body(_BySchema):
    """The body of an operation; one that is missing has no members."""

    part = "request body"

    def value(self, sent: Sent) -> JSON:
        if not sent.call.body:
            return {}
        return sent.json if isinstance(sent.json, dict) else ABSENT


class Query(_BySchema):
    """The query of an operation."""

    part = "query"

    def value(self, sent: Sent) -> JSON:
        return dict(sent.known.query)


class Path(_BySchema):
    """A parameter in the path of an operation."""

    part = "path"

    def value(self, sent: Sent) -> JSON:
        return sent.known.path[self.detail["parameter"]]

    def pointer(self, pointer: str) -> str:
        return f"/{self.detail['parameter']}{pointer}"


class Consistent(Rule):
    """All requests about one conversation have the same value in a member."""

    def __init__(self, requirement: Requirement, contract: Contract) -> None:
        super().__init__(requirement, contract)
        self._values: dict[str, JSON] = {}

    def restart(self) -> None:
        self._values.clear()

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        member: str = self.detail["member"]
        in_body = isinstance(sent.json, dict)
        given = sent.json.get(member, ABSENT) if in_body else sent.known.query.get(member, ABSENT)
        conversation = sent.known.conversation or self._created(sent)
        if conversation is None or not isinstance(given, (str, int)):
            return None
        given = str(given)  # a query has texts alone
        first = self._values.setdefault(conversation, given)
        if first == given:
            return ()
        part = "request body" if in_body else "query"
        expected = f"{brief(first)}, as in an earlier request about the {self.contract.resource.one}"
        return [Mismatch(part, f"/{member}", expected, brief(given), "another value")]

    def _created(self, sent: Sent) -> str | None:
        create, answer = self.contract.create, sent.call.answer
        if create is None or create.id is None or sent.known.operation != create.operation_id or answer is None:
            return None
        found = at(answer.json, create.id) if answer.json is not ABSENT else ABSENT
        return str(found) if isinstance(found, (str, int)) else None


class Waits(Rule):
    """A request is not repeated before the time that a Retry-After asks for."""

    def __init__(self, requirement: Requirement, contract: Contract) -> None:
        super().__init__(requirement, contract)
        self._until: dict[tuple[str, str, str, bytes], float] = {}

    def restart(self) -> None:
        self._until.clear()

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        call = sent.call
        key = (call.method, call.path, call.query, call.body)
        until = self._until.pop(key, None)
        asked = _retry_after(call.answer)
        if call.began is None or call.ended is None:
            return None
        if asked is not None:
            self._until[key] = call.ended + asked
        if until is not None and call.began < until - _EARLY:
            early = f"the same request {until - call.began:.1f} s before that"
            return [Mismatch("behaviour", "", "no request before the time of Retry-After", early, "repeated too early")]
        return () if until is not None or asked is not None else None


def _retry_after(answer: Answer | None) -> float | None:
    """The seconds that an answer asks to wait; None where it does not."""
    if answer is None or answer.status not in _ASKS_TO_WAIT:
        return None
    given = next((value.strip() for name, value in answer.headers if name.lower() == "retry-after"), "")
    if given.isascii() and given.isdigit():
        return float(given[:6])
    dates = (value for name, value in answer.headers if name.lower() == "date")
    try:
        until, now = (email.utils.parsedate_to_datetime(each) for each in (given, next(dates, "")))
        return (until - now).total_seconds()
    except (ValueError, TypeError):  # no date, or one with a zone and one without
        return None


class CreatesOnce(Rule):
    """A creation whose fate is unknown is not sent again."""

    def __init__(self, requirement: Requirement, contract: Contract) -> None:
        super().__init__(requirement, contract)
        self._open: set[str] = set()

    def restart(self) -> None:
        self._open.clear()

    def __call__(self, sent: Sent) -> Sequence[Mismatch] | None:
        create = self.contract.create
        if create is None or sent.known.operation != create.operation_id:
            return None
        body = json.dumps(sent.json, sort_keys=True) if sent.json is not ABSENT else repr(sent.call.body)
        before = body in self._open
        answer = sent.call.answer
        lost = answer is None or (answer.status >= 500 and answer.status not in _ASKS_TO_WAIT)
        if lost:
            self._open.add(body)
        if before:
            actual = "the same creation again, after a server error or no answer"
            return [Mismatch("behaviour", "", "a creation is sent once", actual, "created again")]
        return () if lost else None


RULES: Mapping[str, type[Rule]] = {
    "method": Method,
    "credential": Credential,
    "media-type": MediaType,
    "json": JsonObject,
    "body": Body,
    "query": Query,
    "path": Path,
    "consistent": Consistent,
    "waits": Waits,
    "creates-once": CreatesOnce,
}
