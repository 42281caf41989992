"""Faults of emulators made from contracts: which promises such a server can be made to break, as data."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.requests import Request
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
from driftgate.contract.model import Contract, Operation, Requirement
from driftgate.contract.transport import key_carrier
from driftgate.emulator.base import Conversation, Failed, Refused
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


class _Stores(Contracted):
    """Stores another name than the one that was sent."""

    stored: ClassVar[Callable[[str], str]]

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, type(self).stored(name))


_NAMES: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "name-cut": ("Stores the first 20 characters of names.", lambda name: name[:20]),
    "name-in-lower-case": ("Stores names in lower case.", str.lower),
    "spaces-collapsed": ("Stores a run of spaces as one.", lambda name: re.sub(" +", " ", name)),
    "markup-escaped": ("Stores names with markup escaped.", html.escape),
    "astral-lost": ("Stores characters beyond the BMP as ?.", lambda name: re.sub("[^\0-\uffff]", "?", name)),
}


class RenameNotStored(Contracted):
    """Answers a rename with success and stores nothing."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        return None


class OtherNameAnswered(Contracted):
    """Answers a rename with the name changed."""

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        shown: dict[str, JSON] = put(self.view(conversation), self.contract.name_pointer, f"{name} changed")
        return shown


class AllRenamed(Contracted):
    """Gives the name to all conversations."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        for each in self.conversations.values():
            super().store_name(each, name)


class UnknownIdAccepted(Contracted):
    """Answers the rename of an unknown conversation with success."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        try:
            return super().locate(caller, conversation_id, body)
        except Refused as refused:
            if refused.kind != "unknown":
                raise
            shown: dict[str, JSON] = next((each.more["shown"] for each in self.conversations.values()), {})
            return Conversation(conversation_id, caller, "", self.clock(), self.clock(), more={"shown": shown})


class OthersMayRename(Contracted):
    """Lets everybody use the conversations of others."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        found = self.conversations.get(conversation_id)
        return super().locate(caller, conversation_id, body) if found is None else found


class NoKeyAccepted(Contracted):
    """Takes a request without a key for one with it."""

    def authenticate(self, token: str | None) -> str:
        return "account" if token is None else super().authenticate(token)


class WrongKeyAccepted(Contracted):
    """Takes any key."""

    def authenticate(self, token: str | None) -> str:
        return super().authenticate(token) if token is None or token in self._accounts else "account"


class AlteredKeyAccepted(Contracted):
    """Does not look at the last character of a key."""

    def authenticate(self, token: str | None) -> str:
        return super().authenticate(self.api_key if token and token[:-1] == self.api_key[:-1] else token)


class WrongTypesFail(Contracted):
    """Fails with HTTP 500 where the name is no string."""

    def validate(self, body: JSON) -> None:
        name = next((at(body, each) for each in self.contract.carriers), None)
        if name is not ABSENT and name is not None and not isinstance(name, str):
            raise Failed("a name that is no string")
        super().validate(body)


class BrokenBodyFails(Contracted):
    """Fails with HTTP 500 on a body that cannot be read."""

    def content(self, raw: bytes, operation: Operation) -> JSON:
        try:
            return super().content(raw, operation)
        except Refused as refused:
            raise Failed(refused.reason) from None


class BrokenBodyAccepted(Contracted):
    """Takes a body that cannot be read for one with a name."""

    def content(self, raw: bytes, operation: Operation) -> JSON:
        try:
            return super().content(raw, operation)
        except Refused:
            return with_members(self.rules.template, dict.fromkeys(self.contract.carriers, "Broken"))


class ListAccepted(Contracted):
    """Takes a list as body for the object in it."""

    def content(self, raw: bytes, operation: Operation) -> JSON:
        body = super().content(raw, operation)
        whole = with_members(self.rules.template, dict.fromkeys(self.contract.carriers, "Listed"))
        return whole if isinstance(body, list) else body


class SameNameRefused(Contracted):
    """Refuses the name that a conversation has."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if name == conversation.name:
            raise Refused("invalid", f"the {self.contract.resource.one} has this name")
        super().store_name(conversation, name)


class NameInUseRefused(Contracted):
    """Refuses a name that another conversation has."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if any(each.name == name and each.id != conversation.id for each in self.conversations.values()):
            raise Refused("invalid", f"another {self.contract.resource.one} has this name")
        super().store_name(conversation, name)


class FormerNameRefused(Contracted):
    """Refuses a name that a conversation had before."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        former = conversation.more.setdefault("former", [])
        if name in former and name != conversation.name:
            raise Refused("invalid", f"the {self.contract.resource.one} had this name")
        former.append(conversation.name)
        super().store_name(conversation, name)


class OtherStatus(Contracted):
    """Answers a rename with another HTTP status of success."""

    def success_answer(self, operation: Operation, status: int, body: JSON) -> Response:
        other = {200: 202, 204: 202}.get(status, 200)
        return super().success_answer(operation, other if operation == self.contract.rename else status, body)


class OtherRefusalStatus(Contracted):
    """Refuses renames with HTTP 409."""

    def refusal_of(self, operation: Operation, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, body = super().refusal_of(operation, refused)
        return (409 if operation == self.contract.rename else status), body


class RefusalFails(Contracted):
    """Answers with HTTP 500 what is to be refused."""

    def refused(self, operation: Operation, refused: Refused) -> Response:
        return self.reply(500, self.refusal_of(operation, refused)[1])


class AnsweredAsText(Contracted):
    """Answers with the media type text/plain."""

    def success_answer(self, operation: Operation, status: int, body: JSON) -> Response:
        answer = super().success_answer(operation, status, body)
        if body is not None:
            answer.headers["content-type"] = "text/plain"
        return answer


class ReadsRename(Contracted):
    """Changes a conversation when it is read."""

    async def read(self, request: Request) -> Response:
        for each in self.conversations.values():
            each.name = f"{each.name}."
        return await super().read(request)


_ALWAYS: tuple[type[Contracted], ...] = (
    RenameNotStored,
    AllRenamed,
    UnknownIdAccepted,
    NoKeyAccepted,
    WrongKeyAccepted,
    AlteredKeyAccepted,
    WrongTypesFail,
    BrokenBodyFails,
    BrokenBodyAccepted,
    ListAccepted,
    SameNameRefused,
    NameInUseRefused,
    FormerNameRefused,
    OtherStatus,
    OtherRefusalStatus,
    RefusalFails,
    AnsweredAsText,
    ReadsRename,
)

_OF_KEYS = (NoKeyAccepted, WrongKeyAccepted, AlteredKeyAccepted)


def faults_of(contract: Contract) -> dict[str, ContractFault]:
    """The faults of a contract's emulator, by name."""
    rename = contract.rename
    keyless = key_carrier(contract.document, rename.method.lower(), rename.url) is None
    plain = [each for each in _ALWAYS if not (keyless and each in _OF_KEYS)]
    plain += [OtherNameAnswered] if contract.answers_with_name else []
    plain += [OthersMayRename] if contract.other_account else []
    found = [ContractFault(kebab(each.__name__), each.__doc__ or "", each) for each in plain]
    for name, (says, stored) in _NAMES.items():
        found.append(_fault(name, says, _Stores, stored=staticmethod(stored)))
    found += [*_of_rows(contract), *_of_members(contract)]
    return {each.name: each for each in found}


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
        if row.check == "keeps":
            others = "others" in row.detail
            for pointer in row.detail["others" if others else "members"]:
                if pointer not in (contract.id_pointer, contract.name_pointer):
                    whose = "others" if others else "its"
                    of = f"other {contract.resource.many}" if others else f"the {contract.resource.one}"
                    says = f"Changes {pointer} of {of} in a rename."
                    yield _fault(f"changes-{whose}{_slug(pointer)}", says, _Changes, pointer=pointer, others=others)


class _Spoils(Contracted):
    """Spoils a member of the answers of a rename, or of a read."""

    pointer: ClassVar[str]
    how: ClassVar[str]
    role: ClassVar[str]

    def success_answer(self, operation: Operation, status: int, body: JSON) -> Response:
        value = at(body, self.pointer)
        if operation == getattr(self.contract, self.role) and value is not ABSENT:
            if self.how == "without":
                body = without(body, self.pointer)
            else:
                body = put(body, self.pointer, None if self.how == "null" else _RETYPED[type(value)])
        return super().success_answer(operation, status, body)


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
