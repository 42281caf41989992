"""What a mutant does with the requests and answers that pass the proxy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from benchmarks.mutations.learned import Learned
from benchmarks.mutations.messages import Call, Reader, Reply
from benchmarks.mutations.names import Spoil
from benchmarks.mutations.operators import Operator
from benchmarks.mutations.pointers import EVERY, change, tokens
from driftgate.base.jsonvalue import ABSENT, JSON, at, pointer_of
from driftgate.contract import Outcome

_LONGEST_CORRECTED = 100


class Mutation(Protocol):
    """Changes a request before the emulator gets it, or its answer afterwards, or both."""

    def asked(self, call: Call) -> Call | Reply:
        """What the emulator is asked; an answer where it is not asked at all."""

    def answered(self, call: Call, reply: Reply) -> Reply:
        """What the client is answered; ``call`` is what it asked."""


class Unchanged:
    """Passes everything on as it is."""

    def asked(self, call: Call) -> Call | Reply:
        return call

    def answered(self, call: Call, reply: Reply) -> Reply:
        return reply


@dataclass
class OfKind(Unchanged):
    """Changes every answer of one kind, such as ``rename.success``."""

    reader: Reader
    kind: str
    changed: Callable[[Reply], Reply]

    def answered(self, call: Call, reply: Reply) -> Reply:
        return self.changed(reply) if self.reader.kind(call, reply) == self.kind else reply


def with_member(pointer: str, operator: Operator) -> Callable[[Reply], Reply]:
    """Answers with the member changed by the operator."""

    def changed(reply: Reply) -> Reply:
        body = reply.json
        if body is ABSENT:
            return reply
        change(body, pointer, operator)
        return reply.with_json(body)

    return changed


class Swapped:
    """Answers with the member as another conversation has it; outside of conversations, as the answer before had it."""

    def __init__(self, reader: Reader, learned: Learned, pointer: str) -> None:
        self._reader = reader
        self._views = learned.views
        self._pointer = pointer
        self._before: JSON = ABSENT

    def __call__(self, reply: Reply) -> Reply:
        body, former = reply.json, self._before
        self._before = reply.json
        if body is ABSENT:
            return reply
        self._swap(body, None, "", tokens(self._pointer), former)
        return reply.with_json(body)

    def _swap(self, value: JSON, view: Any, within: str, steps: list[str], former: JSON) -> None:
        """``within`` is the pointer of ``value`` in ``view``, the innermost conversation around it."""
        if self._reader.is_view(value):
            view, within = dict(value), ""
        step, rest = steps[0], steps[1:]
        keys: list[Any] = [step] if isinstance(value, dict) and step in value else []
        keys += range(len(value)) if isinstance(value, list) and step == EVERY else []
        for key in keys:
            step_to = pointer_of((key,))
            place, old = within + step_to, ABSENT if former is ABSENT else at(former, step_to)
            if rest:
                self._swap(value[key], view, place, rest, old)
                continue
            other = self._elsewhere(view, place) if view else old
            value[key] = value[key] if other is ABSENT else other

    def _elsewhere(self, view: Any, pointer: str) -> JSON:
        key = self._reader.id_key
        others = (other for other in self._views if str(other[key]) != str(view[key]))
        return next((at(other, pointer) for other in others if at(other, pointer) is not ABSENT), ABSENT)


@dataclass
class Spoilt(Unchanged):
    """Spoils the names of renames: what is stored, what is answered, or both."""

    reader: Reader
    learned: Learned
    spoil: Spoil
    stored: bool
    answers: bool

    def asked(self, call: Call) -> Call:
        body = call.json
        if not self.stored or call.role != "rename" or not isinstance(body, dict):
            return call
        spoilt = {key: self.spoil(value) if self._is_name(key, value) else value for key, value in body.items()}
        return call if spoilt == body else replace(call, body=_bytes(spoilt))

    def answered(self, call: Call, reply: Reply) -> Reply:
        """Where the store alone is spoilt the answer shows what was sent, where the answer alone is, what was not."""
        if self.stored is self.answers or call.role != "rename" or self.reader.outcome(reply) is not Outcome.SUCCESS:
            return reply
        name = self.reader.answered_name(reply)
        if not isinstance(name, str):
            return reply
        told = self.spoil(name) if self.answers else self._sent(call, name)
        return with_member(self.reader.contract.answered_name, partial(_put_like, text=told))(reply)

    def _sent(self, call: Call, name: str) -> str:
        """The name as it was sent that is stored as ``name``."""
        body = call.json
        sent = [value for key, value in body.items() if self._is_name(key, value)] if isinstance(body, dict) else []
        return next((value for value in sent if self.spoil(value) == name), name)

    def _is_name(self, key: str, value: JSON) -> bool:
        return key in self.learned.name_members and isinstance(value, str)


@dataclass
class Granted(Unchanged):
    """Answers a rename of one form, which would be refused, with success: with ``effect`` or without.

    With effect a corrected request is carried out: of the usual credential and values, for a conversation that there
    is, with a text for its name.
    """

    reader: Reader
    learned: Learned
    form: str
    effect: bool

    def asked(self, call: Call) -> Call:
        return self._corrected(call) if self.effect and self._is_meant(call) else call

    def answered(self, call: Call, reply: Reply) -> Reply:
        outcome = self.reader.outcome(reply)
        if not self._is_meant(call) or outcome is Outcome.SUCCESS:
            return reply
        contract = self.reader.contract
        wanted = {
            (contract.rename.conversation or "") + contract.id_pointer: self._id(call),
            contract.answered_name: self._name(call),
        }
        success = self.learned.successes["rename"]
        for pointer, text in wanted.items():
            success = with_member(pointer, partial(_put_like, text=text))(success)
        return success

    def _is_meant(self, call: Call) -> bool:
        return call.role == "rename" and self.learned.form(self.reader, call) == self.form

    def _id(self, call: Call) -> str:
        return self.reader.conversation(call) or ""

    def _name(self, call: Call) -> str:
        """The name of a request as a text that every server takes."""
        body = call.json if isinstance(call.json, dict) else {}
        value = next((body[key] for key in self.learned.name_members if body.get(key) is not None), "")
        return (value if isinstance(value, str) else json.dumps(value))[:_LONGEST_CORRECTED]

    def _corrected(self, call: Call) -> Call:
        unknown = self._id(call) == self.reader.contract.unknown_id
        good = self.learned.rename
        body = {**good.json, **{key: self._name(call) for key in self.learned.name_members if key in good.json}}
        return replace(good, target=good.target if unknown else call.target, body=_bytes(body))


@dataclass
class Denied(Unchanged):
    """Answers a rename of one form, which would succeed, with a refusal: with ``effect`` or without."""

    reader: Reader
    learned: Learned
    form: str
    effect: bool

    def asked(self, call: Call) -> Call | Reply:
        return self.learned.refusal if self._is_meant(call) and not self.effect else call

    def answered(self, call: Call, reply: Reply) -> Reply:
        return self.learned.refusal if self._is_meant(call) else reply

    def _is_meant(self, call: Call) -> bool:
        return call.role == "rename" and self.learned.form(self.reader, call) == self.form


def _put_like(container: Any, key: Any, text: str) -> None:
    """Puts a text, as a number where a number stood."""
    container[key] = int(text) if isinstance(container[key], int) and text.isdecimal() else text


def _bytes(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
