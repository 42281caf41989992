"""Judges every answer of a run by all requirements of the checks "answers" and "survives", whichever test caused it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, type_name
from driftgate.contract import Contract, Outcome, Requirement
from driftgate.contract.schemas import conforms, validator, violations
from driftgate.contract.template import fill, placeholders
from driftgate.http.exchange import Answer, Exchange
from driftgate.http.outcome import status_matches
from driftgate.record.verdict import Finding, Ledger

_ON = {
    "success": frozenset({Outcome.SUCCESS}),
    "refusal": frozenset({Outcome.REFUSAL}),
    "any": frozenset({Outcome.SUCCESS, Outcome.REFUSAL, Outcome.UNDOCUMENTED}),
}


class AnswerJudge:
    """An observer of exchanges: judges the answers to renames."""

    def __init__(self, contract: Contract, ledger: Ledger, params: Mapping[str, Any]) -> None:
        self._ledger = ledger
        self._params = params
        self._requirements = [each for each in contract.requirements if each.check == "answers"]
        self._survival = [each for each in contract.requirements if each.check == "survives"]
        self._validators: dict[str, Draft202012Validator] = {}

    def __call__(self, exchange: Exchange) -> None:
        for requirement, told in self._all(exchange):
            if told is not None:
                self._enter(requirement, exchange, told)

    def in_part(self, exchange: Exchange, lost: Mapping[str, str]) -> None:
        """Judges an exchange of which parts of the answer are not there as they came; ``lost`` says why, by part.

        What speaks of such a part is left open where it seems to be violated, or cannot be told at all. Where the
        outcome is lost too, nobody knows which requirements speak of it.
        """
        if exchange.request.role == "rename" and "outcome" in lost:
            for requirement in self._requirements:
                self._ledger.inconclusive(requirement.id, lost["outcome"])
            return
        for requirement, told in self._all(exchange):
            why = lost.get(_part(requirement))
            if why is not None and (told or (told is None and exchange.json is ABSENT)):
                self._ledger.inconclusive(requirement.id, why)
            elif told is not None:
                self._enter(requirement, exchange, told)

    def _all(self, exchange: Exchange) -> Iterator[tuple[Requirement, list[_Told] | None]]:
        """Every requirement that speaks of the exchange, with what it violates; None where it holds nothing of it."""
        if exchange.request.role != "rename" or exchange.answer is None or exchange.outcome is Outcome.UNAVAILABLE:
            return
        for requirement in self._survival:
            failed = exchange.outcome is Outcome.SERVER_ERROR
            told = (
                [("status", "", "any answer but a server error", exchange.describe(), "server error")] if failed else []
            )
            yield requirement, told
        for requirement in self._requirements:
            if exchange.outcome in _ON[requirement.detail.get("on", "success")]:
                yield requirement, self._judge(requirement, exchange, exchange.answer)

    def _enter(self, requirement: Requirement, exchange: Exchange, told: list[_Told]) -> None:
        self._ledger.judged(requirement.id)
        for part, pointer, expected, actual, signature in told:
            self._ledger.found(
                Finding(requirement.id, "answer", part, pointer, expected, actual, signature, exchange.number)
            )

    def _judge(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[_Told] | None:
        """All violated expectations; None when the answer holds nothing that the requirement speaks of."""
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

    def _value(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[_Told] | None:
        detail = requirement.detail
        pointer: str = detail.get("at", "")
        value = at(answer.json, pointer)
        if value is ABSENT:
            return [] if detail.get("optional") and at(answer.json, pointer.rpartition("/")[0]) is not ABSENT else None
        supplied = {**self._params, "conversation": exchange.request.conversation, "status": answer.status}
        if "text" in detail:
            expected = fill(detail["text"], supplied)
            return (
                [] if _text(value) == expected else [("body", pointer, brief(expected), brief(value), "another value")]
            )
        kept = self._kept(requirement, supplied)
        return [
            ("body", pointer + below, expected, brief(actual), f"{keyword} {type_name(actual)}")
            for below, expected, actual, keyword in violations(kept, value)
        ]

    def _kept(self, requirement: Requirement, supplied: Mapping[str, Any]) -> Draft202012Validator:
        schema = requirement.detail["schema"]
        used = {name: str(supplied[name]) for name in sorted(placeholders(schema))}
        key = f"{requirement.id} {json.dumps(used)}"
        if key not in self._validators:
            self._validators[key] = validator(fill(schema, supplied) if used else schema)
        return self._validators[key]


_Told = tuple[str, str, str, str, str]


def _part(requirement: Requirement) -> str:
    """The part of an answer that a requirement speaks of."""
    if requirement.check == "survives" or "status" in requirement.detail:
        return "status"
    return "header" if "media_type" in requirement.detail else "body"


def _text(value: JSON) -> str:
    """A value as it would stand in a path; a number with a fraction or a flag is no id."""
    return value if isinstance(value, str) else json.dumps(value)


def _status(patterns: list[str], answer: Answer) -> Iterator[_Told]:
    if not status_matches(answer.status, patterns):
        yield "status", "", f"HTTP {' or '.join(patterns)}", f"HTTP {answer.status}", str(answer.status)


def _media_type(media_type: str, answer: Answer) -> Iterator[_Told]:
    if answer.media_type != media_type:
        yield "header", "Content-Type", media_type, answer.media_type or "absent", answer.media_type


def _json(answer: Answer) -> Iterator[_Told]:
    if answer.json is ABSENT:
        shown = answer.body[:80].decode("utf-8", "replace")
        yield "body", "", "JSON", f"{brief(shown)}: {answer.no_json}" if shown else "no body", "no JSON"


def _present(pointers: list[str], body: JSON) -> Iterator[_Told]:
    for pointer in pointers:
        if at(body, pointer) is ABSENT:
            yield "body", pointer, "present", "absent", "absent"


def _ordered(pointers: list[str], body: JSON) -> list[_Told] | None:
    """None where the two are not both times; their form is another requirement's business."""
    first, second = (at(body, pointer) for pointer in pointers)
    earlier, later = _moment(first), _moment(second)
    if earlier is None or later is None or isinstance(first, str) is not isinstance(second, str):
        return None
    if later >= earlier:
        return []
    return [("body", pointers[1], f"not before {pointers[0]} ({brief(first)})", brief(second), "before")]


def _moment(value: JSON) -> int | float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and conforms(value, "date-time"):
        return datetime.fromisoformat(value.upper()).timestamp()
    return None
