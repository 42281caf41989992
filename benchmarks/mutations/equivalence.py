"""Which changes of a member keep every promise: a rule in the contract's terms, which looks at no result.

A change is equivalent where the contract leaves the value open: the member stays in its place; nothing that was sent or
read determines it, as it is outside of the conversation, or the time of the conversation's last change; and every
changed answer has the outcome that it had, and breaks nothing of the contract's document that it did not break before.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from benchmarks.mutations.messages import Call, Reader, Reply
from benchmarks.mutations.mutations import Mutation
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
        if operator in MOVING:
            return False
        for call, reply in exchanges:
            answered = mutation.answered(call, reply)
            if answered != reply and not (
                self._is_undetermined(pointer, reply)
                and self._reader.outcome(answered) is self._reader.outcome(reply)
                and self._breaks_no_more(answered, reply)
            ):
                return False
        return True

    def _is_undetermined(self, pointer: str, reply: Reply) -> bool:
        shown = self._reader.answered_name(reply) is not ABSENT
        conversation = self._reader.contract.rename.conversation or ""
        return not (shown and f"{pointer}/".startswith(f"{conversation}/")) or pointer in self._last_changes

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
