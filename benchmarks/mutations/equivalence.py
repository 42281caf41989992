"""Which changes of a member keep every promise: a rule in the contract's terms, which looks at no result.

A change of a value is equivalent where the contract leaves the value open: nothing that was sent or read determines it,
as it is outside of the conversation, or the time of the conversation's last change. A member may be away, or have
another name, where the contract leaves that open: no example of such an answer shows the member. In both cases every
changed answer has the outcome that it had, and breaks nothing of the contract's document that it did not break before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from benchmarks.mutations.messages import Call, Reader, Reply
from benchmarks.mutations.mutations import Mutation
from benchmarks.mutations.pointers import EVERY, tokens
from driftgate.base.jsonvalue import ABSENT, JSON
from driftgate.contract.openapi import inline
from driftgate.contract.schemas import validator, violations
from driftgate.http.outcome import status_matches

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

# they take a member away, whatever its value
MOVING = ("remove", "misspell", "respell")


class LeftOpen:
    """What the contract of one server leaves open in the answers to renames."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def is_equivalent(
        self, operator: str, pointer: str, mutation: Mutation, exchanges: Iterable[tuple[Call, Reply]]
    ) -> bool:
        """Whether the mutation of a member keeps every promise in these exchanges, all of one kind."""
        is_open = self._is_optional if operator in MOVING else self._is_undetermined
        for call, reply in exchanges:
            answered = mutation.answered(call, reply)
            if answered != reply and not (
                is_open(pointer, reply)
                and self._reader.outcome(answered) is self._reader.outcome(reply)
                and self._breaks_no_more(answered, reply)
            ):
                return False
        return True

    def _is_undetermined(self, pointer: str, reply: Reply) -> bool:
        shown = self._reader.answered_name(reply) is not ABSENT
        conversation = self._reader.contract.rename.conversation or ""
        return not (shown and f"{pointer}/".startswith(f"{conversation}/")) or pointer in self._last_changes

    def _is_optional(self, pointer: str, reply: Reply) -> bool:
        """Whether no example of an answer with this outcome shows the member; what is required, the document says."""
        outcome = self._reader.outcome(reply)
        shown = [each for each in self._examples if self._reader.outcome(each) is outcome]
        return not any(self._holds(each.json, tokens(pointer)) for each in shown)

    def _holds(self, value: JSON, steps: Sequence[str]) -> bool:
        if not steps:
            return True
        if isinstance(value, list) and steps[0] == EVERY:
            return any(self._holds(each, steps[1:]) for each in value)
        return isinstance(value, dict) and steps[0] in value and self._holds(value[steps[0]], steps[1:])

    @cached_property
    def _examples(self) -> list[Reply]:
        """The answers that the page shows."""
        empty = Reply(0, (("content-type", "application/json"),), b"")
        return [
            replace(empty, status=each.status).with_json(each.answer)
            for each in self._reader.contract.examples
            if each.status is not None and each.answer is not None
        ]

    @cached_property
    def _last_changes(self) -> frozenset[str]:
        """The times of the last change: those that the catalogue says are not before another one."""
        rows = self._reader.contract.requirements
        return frozenset(row.detail["ordered"][1] for row in rows if "ordered" in row.detail)

    def _breaks_no_more(self, answered: Reply, reply: Reply) -> bool:
        """By one of the documented answers at least; of a status that is not documented, by any refusal's."""
        fitting = [each for status, each in self._schemas if _is_of(reply, status)]
        fitting = fitting or [each for status, each in self._schemas if not status.startswith("2")]
        return any(_broken(each, answered.json) <= _broken(each, reply.json) for each in fitting)

    @cached_property
    def _schemas(self) -> list[tuple[str, Draft202012Validator]]:
        contract = self._reader.contract
        operation = contract.document["paths"][contract.rename.url][contract.rename.method.lower()]
        return [
            (status, validator(inline(media["schema"], contract.document)))
            for status, response in operation["responses"].items()
            for media in response["content"].values()
        ]


def _is_of(reply: Reply, status: str) -> bool:
    return status == "default" or status_matches(reply.status, [status])


def _broken(kept: Draft202012Validator, value: JSON) -> set[tuple[str, str]]:
    return {(pointer, keyword) for pointer, _, _, keyword in violations(kept, value)}
