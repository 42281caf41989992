"""Servers that break what every contract promises: each keeps the contract but for one step."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from driftgate.base.jsonvalue import ABSENT, JSON, at, put, with_members
from driftgate.contract.model import Operation
from driftgate.emulator.base import Conversation, Failed, Refused
from driftgate.emulator.contracted.server import Contracted


class Stores(Contracted):
    """Stores another name than the one that was sent."""

    stored: ClassVar[Callable[[str], str]]

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, type(self).stored(name))


NAMES: Mapping[str, tuple[str, Callable[[str], str]]] = {
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


ALWAYS: tuple[type[Contracted], ...] = (
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
