"""The check "answers": every answer of a run has the documented status, media type and form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, type_name
from driftgate.cases.bodies import encode
from driftgate.checks.check import Check, Title
from driftgate.contract import Contract, Outcome, Requirement
from driftgate.contract.schemas import conforms, validator, violations
from driftgate.contract.template import fill, placeholders
from driftgate.http.exchange import Answer, Exchange
from driftgate.http.outcome import status_matches
from driftgate.record.verdict import Mismatch

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from driftgate.session.session import Session

_ON = {
    "success": frozenset({Outcome.SUCCESS}),
    "refusal": frozenset({Outcome.REFUSAL}),
    "any": frozenset({Outcome.SUCCESS, Outcome.REFUSAL, Outcome.UNDOCUMENTED}),
}


class _Judge:
    by_outcome = True

    def __init__(self, contract: Contract, params: Mapping[str, Any]) -> None:
        self._params = params
        self._id_value = contract.id_value
        self._validators: dict[str, Draft202012Validator] = {}

    def part(self, requirement: Requirement) -> str:
        if "status" in requirement.detail:
            return "status"
        return "header" if "media_type" in requirement.detail else "body"

    def case(self, exchange: Exchange) -> str:
        return ""

    def applies(self, requirement: Requirement, exchange: Exchange) -> bool:
        return exchange.outcome in _ON[requirement.detail.get("on", "success")]

    def judge(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[Mismatch] | None:
        detail = requirement.detail
        if "status" in detail:
            return list(_status(detail["status"], answer))
        if "media_type" in detail:
            return list(_media_type(detail["media_type"], answer))
        if "json" in detail:
            return list(_json(answer))
        if answer.json is ABSENT:
            return None
        if "present" in detail:
            return list(_present(detail["present"], answer.json))
        if "ordered" in detail:
            return _ordered(detail["ordered"], answer.json)
        return self._value(requirement, exchange, answer)

    def _value(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[Mismatch] | None:
        detail = requirement.detail
        pointer: str = detail.get("at", "")
        value = at(answer.json, pointer)
        if value is ABSENT:
            return [] if detail.get("optional") and at(answer.json, pointer.rpartition("/")[0]) is not ABSENT else None
        conversation = self._id_value(exchange.request.conversation)
        supplied = {**self._params, "conversation": conversation, "status": answer.status}
        if "text" in detail:
            expected = str(fill(detail["text"], supplied))
            if _text(value) == expected:
                return []
            return [Mismatch("body", pointer, brief(expected), brief(value), "another value")]
        kept = self._kept(requirement, supplied)
        return [
            Mismatch("body", pointer + below, expected, brief(actual), f"{keyword} {type_name(actual)}")
            for below, expected, actual, keyword in violations(kept, value)
        ]

    def _kept(self, requirement: Requirement, supplied: Mapping[str, Any]) -> Draft202012Validator:
        schema = requirement.detail["schema"]
        used = {name: str(supplied[name]) for name in sorted(placeholders(schema))}
        key = f"{requirement.id} {json.dumps(used)}"
        if key not in self._validators:
            self._validators[key] = validator(fill(schema, supplied) if used else schema)
        return self._validators[key]


def _text(value: JSON) -> str:
    """A value as it would stand in a path; a number with a fraction or a flag is no id."""
    return value if isinstance(value, str) else json.dumps(value)


def _status(patterns: list[str], answer: Answer) -> Iterator[Mismatch]:
    if not status_matches(answer.status, patterns):
        wanted = f"HTTP {' or '.join(patterns)}"
        yield Mismatch("status", "", wanted, f"HTTP {answer.status}", str(answer.status))


def _media_type(media_type: str, answer: Answer) -> Iterator[Mismatch]:
    if answer.media_type != media_type:
        yield Mismatch("header", "Content-Type", media_type, answer.media_type or "absent", answer.media_type)


def _json(answer: Answer) -> Iterator[Mismatch]:
    if answer.json is ABSENT:
        shown = answer.body[:80].decode("utf-8", "replace")
        actual = f"{brief(shown)}: {answer.no_json}" if shown else "no body"
        yield Mismatch("body", "", "JSON", actual, "no JSON")


def _present(pointers: list[str], body: JSON) -> Iterator[Mismatch]:
    for pointer in pointers:
        if at(body, pointer) is ABSENT:
            yield Mismatch("body", pointer, "present", "absent", "absent")


def _ordered(pointers: list[str], body: JSON) -> list[Mismatch] | None:
    """None where the two are not both times; their form is another requirement's business."""
    first, second = (at(body, pointer) for pointer in pointers)
    earlier, later = _moment(first), _moment(second)
    if earlier is None or later is None or isinstance(first, str) is not isinstance(second, str):
        return None
    if later >= earlier:
        return []
    return [Mismatch("body", pointers[1], f"not before {pointers[0]} ({brief(first)})", brief(second), "before")]


def _moment(value: JSON) -> int | float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and conforms(value, "date-time"):
        return datetime.fromisoformat(value.upper()).timestamp()
    return None


CHECK = Check(
    "answers",
    Title.ANSWERS,
    "Every answer of the run has the documented status, media type and form, whichever test sent the request.",
    answers=_Judge,
)


def provoke(session: Session, requirement: Requirement) -> None:
    """Makes sure that the run has at least one answer of the kind that the requirement speaks of."""
    on: str = requirement.detail.get("on", "success")
    if requirement.detail.get("operation") == "read":
        return  # the conversation was read when it was obtained
    name = session.plain_name(on)
    if on == "refusal" and Outcome.REFUSAL not in session.conversations.outcomes:
        unknown = session.contract.unknown_id
        session.conversations.rename(unknown, encode(session.body(None, name, unknown)))
    elif not session.conversations.outcomes:
        session.control(session.body(None, name))
