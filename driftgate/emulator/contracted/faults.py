"""Faults of emulators made from contracts: which promises such a server can be made to break, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from starlette.responses import Response

from driftgate.base.jsonvalue import (
    ABSENT,
    JSON,
    at,
    pointer_of,
    pointer_to,
    put,
    with_members,
    without,
)
from driftgate.contract.model import Contract, Level, Operation, Requirement
from driftgate.contract.transport import key_carrier
from driftgate.emulator.base import Conversation, Refused
from driftgate.emulator.contracted.lifecycle import STATEFUL
from driftgate.emulator.contracted.overrides import (
    ALWAYS,
    NAMES,
    AlteredKeyAccepted,
    NoKeyAccepted,
    OtherNameAnswered,
    OthersMayRename,
    Stores,
    WrongKeyAccepted,
)
from driftgate.emulator.contracted.received import Received, matches
from driftgate.emulator.contracted.rules import Refusal, Rules
from driftgate.emulator.contracted.server import Contracted, emulator_of
from driftgate.emulator.override import kebab, named

_RETYPED: Mapping[type, JSON] = {
    str: 20261,
    int: "text",
    float: "text",
    bool: "text",
    list: {},
    dict: [],
    type(None): 20261,
}


@dataclass(frozen=True)
class ContractFault:
    """One seeded violation of a contract: what the server then does."""

    name: str
    says: str
    override: type[Contracted]
    stateful: bool = False  # only stateful tests, of the profile deep, notice it


_OF_KEYS = (NoKeyAccepted, WrongKeyAccepted, AlteredKeyAccepted)


def faults_of(contract: Contract) -> dict[str, ContractFault]:
    """The faults of a contract's emulator, by name."""
    rename = contract.rename
    keyless = key_carrier(contract.document, rename.method.lower(), rename.url) is None
    plain = [each for each in ALWAYS if not (keyless and each in _OF_KEYS)]
    plain += [OtherNameAnswered] if contract.answers_with_name else []
    plain += [OthersMayRename] if contract.other_account else []
    found = [ContractFault(kebab(each.__name__), each.__doc__ or "", each) for each in plain]
    for name, (says, stored) in NAMES.items():
        found.append(_fault(name, says, Stores, stored=staticmethod(stored)))
    found += [*_of_rows(contract), *_of_members(contract), *_of_promises(contract)]
    return {each.name: replace(each, says=contract.resource.worded(each.says)) for each in found}


def with_faults(make: type[Contracted], faults: Sequence[ContractFault]) -> type[Contracted]:
    """The emulator of a contract with some of its faults."""
    overrides = [fault.override for fault in faults]
    return type("FaultyEmulatorOfContract", (*overrides, make), {})


def _fault(name: str, says: str, base: type[Contracted], **members: Any) -> ContractFault:
    return ContractFault(name, says, named(type(base.__name__, (base,), members), name, says))  # type: ignore[arg-type]


class _Lax(Contracted):
    """Does not enforce one row of the catalogue, or counts one character too many or too few."""

    row: ClassVar[str]
    more: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.rules = _LaxRules(self.contract, self.row, self.more)

    def content(self, raw: bytes, operation: Operation) -> JSON:
        """The value of a body; where the row has it refused as a text, that of a good body."""
        taken = {each["raw"] for each in self.contract.requirement(self.row).detail.get("breaks", ()) if "raw" in each}
        try:
            body = super().content(raw, operation)
            refused = isinstance(body, list) and "list" in taken
        except Refused:
            body, refused = None, ("truncated" if raw else "empty") in taken
            if not refused:
                raise
        return with_members(self.rules.template, dict.fromkeys(self.contract.carriers, "Broken")) if refused else body

    def identified(self, received: Received) -> str:
        """Any conversation, where the id is what may be left out."""
        return (
            next(iter(self.conversations), "")
            if received.value("conversation") is ABSENT
            else super().identified(received)
        )


class _LaxRules(Rules):
    def __init__(self, contract: Contract, row: str, more: int) -> None:
        super().__init__(contract)
        self._row, self._more = contract.requirement(row), more

    def refusal(self, body: JSON) -> Refusal | None:
        row = self._row
        if row.check == "rejects" and isinstance(body, dict) and any(matches(each, body) for each in self.broken(row)):
            return None
        fields = row.detail.get("fields")
        if fields and isinstance(body, dict) and all(at(body, pointer_to(each)) in (ABSENT, None) for each in fields):
            return None
        if row.check == "limits" and isinstance(body, dict):
            return self._limited(body, row)
        return super().refusal(body)

    def _limited(self, body: dict[str, JSON], row: Requirement) -> Refusal | None:
        field = row.detail["field"]
        value = at(body, pointer_to(field))
        most = int(row.detail["at_most"]) + self._more
        if not isinstance(value, str):
            return super().refusal(body)
        if len(value) > most:
            return row.id, "the name is too long"
        short = with_members(body, {field: value[: row.detail["at_most"]]})
        return super().refusal(short)

    def effective(self, body: Mapping[str, Any]) -> Mapping[str, JSON]:
        return body if self._row.check == "ignores" else super().effective(body)

    def generates(self, body: Mapping[str, JSON]) -> bool:
        return False if self._row.check == "generates" else super().generates(body)


_LAX = {
    "rejects": "Accepts the bodies that this row has refused",
    "either-or": "Accepts a body without any of the members",
    "ignores": "Lets the member have an effect",
    "generates": "Makes up no name",
}


class _Refuses(Contracted):
    """Refuses bodies that the contract has accepted."""

    bodies: ClassVar[Sequence[JSON]]

    def validate(self, body: JSON) -> None:
        if any(matches(each, body) for each in self.bodies):
            raise Refused("invalid", "the server does not like this body")
        super().validate(body)


class _Changes(Contracted):
    """Changes a member of a conversation when it is renamed."""

    pointer: ClassVar[str]
    others: ClassVar[bool]

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        for each in self.conversations.values():
            if (each.id != conversation.id) == self.others:
                each.more["changed"] = int(each.more.get("changed", 0)) + 1

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        changed = conversation.more.get("changed")
        return put(view, self.pointer, f"changed {changed}") if changed else view


def _of_rows(contract: Contract) -> Iterator[ContractFault]:
    """Faults by which the rows of the catalogue are broken, one row at a time."""
    for row in contract.requirements:
        slug = row.id.partition(".")[2].replace(".", "-")
        if row.check in _LAX:
            yield _fault(f"lax-{slug}", f"{_LAX[row.check]} ({row.id}).", _Lax, row=row.id, more=0)
        if row.check == "limits":
            for name, more in (("one-more", 1), ("one-less", -1), ("any", 10**6)):
                says = {1: "one more", -1: "one less"}.get(more, "any number")
                yield _fault(f"{name}-{slug}", f"Takes {says} of characters ({row.id}).", _Lax, row=row.id, more=more)
        if row.check == "accepts":
            shown = [each.request for each in contract.examples if each.request is not None]
            bodies = [*row.detail.get("bodies", ()), *(shown if row.detail.get("examples") else ())]
            yield _fault(f"refuses-{slug}", f"Refuses the bodies of this row ({row.id}).", _Refuses, bodies=bodies)
        if row.check == "keeps":
            others = "others" in row.detail
            for pointer in row.detail["others" if others else "members"]:
                if pointer not in (contract.id_pointer, contract.name_pointer):
                    whose = "others" if others else "its"
                    of = "other conversations" if others else "the conversation"
                    says = f"Changes {pointer} of {of} in a rename."
                    yield _fault(f"changes-{whose}{_slug(pointer)}", says, _Changes, pointer=pointer, others=others)


def _of_promises(contract: Contract) -> Iterator[ContractFault]:
    """Faults of what holds in every sequence of steps, one for each promise of the catalogue."""
    rows = [row for row in contract.requirements if row.check == "stateful" and row.level is not Level.MAY]
    for promise in dict.fromkeys(row.detail["promise"] for row in rows):
        override = STATEFUL[promise]
        yield ContractFault(kebab(override.__name__), override.__doc__ or "", override, stateful=True)


class _Spoils(Contracted):
    """Spoils a member of the answers of a rename, or of a read."""

    pointer: ClassVar[str]
    how: ClassVar[str]
    role: ClassVar[str]

    def success_answer(self, operation: Operation, status: int, body: JSON) -> Response:
        spoilt = self.spoilt(body) if operation == getattr(self.contract, self.role) else body
        return super().success_answer(operation, status, spoilt)

    def spoilt(self, body: JSON) -> Any:
        """A body with its member spoilt; one without the member stays as it is."""
        value = at(body, self.pointer)
        if value is ABSENT:
            return body
        if self.how == "without":
            return without(body, self.pointer)
        return put(body, self.pointer, None if self.how == "null" else _RETYPED[type(value)])


class _SpoilsRefusals(_Spoils):
    """Spoils a member of what it refuses renames with."""

    def success_answer(self, operation: Operation, status: int, body: JSON) -> Response:
        return Contracted.success_answer(self, operation, status, body)

    def refusal_of(self, operation: Operation, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, body = super().refusal_of(operation, refused)
        return status, self.spoilt(body) if operation == self.contract.rename else body


_SAYS = {"without": "Leaves {} out of", "null": "Has null as {} in", "retyped": "Has another JSON type at {} in"}


def _of_members(contract: Contract) -> Iterator[ContractFault]:
    """Faults by which a documented member of an answer is missing, null or of another type."""
    emulator = emulator_of(contract)()
    emulator.ready_made()
    reads = any(row.detail.get("operation") == "read" for row in contract.requirements)
    for role in ("rename", "read") if reads else ("rename",):
        for pointer, value in _members(emulator, getattr(contract, role)):
            for how, says in _SAYS.items():
                if how == "null" and value is None:
                    continue
                text = f"{says.format(pointer)} the answers of a {role}."
                name = f"{role}-{how}{_slug(pointer)}"
                yield _fault(name, text, _Spoils, pointer=pointer, how=how, role=role)
    if any(row.detail.get("on") in ("refusal", "any") for row in contract.requirements):
        yield from _of_refusals(emulator)


def _of_refusals(emulator: Contracted) -> Iterator[ContractFault]:
    """Faults by which a member of a refusal is missing, null or of another type."""
    _, body = emulator.refusal_of(emulator.contract.rename, Refused("unknown", "there is no such conversation"))
    for name, value in body.items() if isinstance(body, dict) else ():
        pointer = pointer_of([name])
        for how, says in _SAYS.items():
            if how != "null" or value is not None:
                text = f"{says.format(pointer)} the refusals of a rename."
                yield _fault(f"refusal-{how}{_slug(pointer)}", text, _SpoilsRefusals, pointer=pointer, how=how, role="")


def _members(emulator: Contracted, operation: Operation) -> Iterator[tuple[str, JSON]]:
    """The members of an operation's answer down to those of the conversation, with their values."""
    conversation = next(iter(emulator.conversations.values()))
    _, body = emulator.success_of(operation, emulator.view(conversation))
    deepest = (operation.conversation or "").count("/") + 1
    waiting = [("", body)]
    while waiting:
        pointer, value = waiting.pop(0)
        if pointer:
            yield pointer, value
        if isinstance(value, dict) and pointer.count("/") < deepest:
            waiting += [(pointer + pointer_of([key]), member) for key, member in value.items()]


def _slug(pointer: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "-", pointer).rstrip("-")
