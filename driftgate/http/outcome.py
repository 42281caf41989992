"""Telling yes from no: classifies answers by the vendor's own predicates, and finds their codes and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import ABSENT, at, one_line
from driftgate.contract.model import Outcome, Outcomes, Predicate
from driftgate.contract.schemas import validator
from driftgate.http.exchange import Answer, Exchange, Request

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

# RFC 9110 and RFC 6585: not now, or not from here; says nothing about the request itself
_NOT_NOW = frozenset({429, 502, 503, 504})


def status_matches(status: int, patterns: Sequence[str]) -> bool:
    """Whether a status is among patterns such as "200" and "4XX"."""
    return any(
        str(status) == pattern or (pattern.endswith("XX") and status // 100 == int(pattern[0])) for pattern in patterns
    )


class Classifier:
    """Classifies answers of one vendor; its validators are made once."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes
        self._unavailable = self._kept(outcomes.unavailable)
        self._success = self._kept(outcomes.success)
        self._refusal = self._kept(outcomes.refusal)

    @staticmethod
    def _kept(predicates: Sequence[Predicate]) -> list[tuple[Predicate, Draft202012Validator]]:
        return [(predicate, validator(predicate.body)) for predicate in predicates]

    def __call__(self, answer: Answer) -> Outcome:
        if answer.status in _NOT_NOW or self._matches(self._unavailable, answer):
            return Outcome.UNAVAILABLE
        if answer.status >= 500:
            return Outcome.SERVER_ERROR
        if self._matches(self._success, answer):
            return Outcome.SUCCESS
        if self._matches(self._refusal, answer):
            return Outcome.REFUSAL
        return Outcome.UNDOCUMENTED

    def exchange(self, number: int, request: Request, answer: Answer) -> Exchange:
        """The exchange of a request that was answered."""
        code, message = (_text_at(answer, pointer) for pointer in (self._outcomes.code, self._outcomes.message))
        return Exchange(number, request, answer, self(answer), code=code, message=message)

    @staticmethod
    def _matches(kept: list[tuple[Predicate, Draft202012Validator]], answer: Answer) -> bool:
        return any(
            status_matches(answer.status, predicate.status) and valid.is_valid(answer.json) for predicate, valid in kept
        )


def _text_at(answer: Answer, pointer: str | None) -> str | None:
    value = ABSENT if pointer is None or answer.json is ABSENT else at(answer.json, pointer)
    return None if value is ABSENT or value is None or value == "" else one_line(str(value))
