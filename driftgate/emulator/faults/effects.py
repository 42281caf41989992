"""Faults of what a rename does."""

from __future__ import annotations

from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.faults.fault import Fault, shared
from driftgate.emulator.override import Override


class _Counting(Override):
    """Counts renames."""

    count = 0

    def store_name(self, conversation: Conversation, name: str) -> None:
        self.count += 1
        if self.stores(self.count, conversation, name):
            super().store_name(conversation, name)

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return True

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: name}


class AnsweredButNotStored(_Counting):
    """Answers with the new name and keeps the old one."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return False


class EverySecondRenameLost(_Counting):
    """Answers every rename as done and loses every second one."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return count % 2 == 1


class OneRenameInEightLost(_Counting):
    """Answers every rename as done and loses one in eight."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return count % 8 != 6


class FormerNameIgnored(_Counting):
    """Answers a rename to a former name as done and does not store it."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        former = conversation.more.setdefault("former", [])
        known = name in former and name != conversation.name
        former.append(conversation.name)
        return not known


class OneRenameInEightFails(Override):
    """Answers one rename in eight with HTTP 500."""

    count = 0

    def rename_answer(self, body: JSON) -> Response:
        self.count += 1
        if self.count % 8 == 6:
            return self.reply(500, {"code": 500, "message": "internal error", "status": 500})
        return super().rename_answer(body)


class OldNameAnswered(Override):
    """Stores the new name and answers with the old one."""

    former = ""

    def store_name(self, conversation: Conversation, name: str) -> None:
        self.former = conversation.name
        super().store_name(conversation, name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: self.former}


class SameNameRefused(Override):
    """Refuses a rename to the name that the conversation has already."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if conversation.name == name:
            raise Refused("invalid", "the name is the same")
        super().store_name(conversation, name)


class NameInUseRefused(Override):
    """Refuses a name that another conversation has."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if any(each.name == name for each in self.conversations.values() if each is not conversation):
            raise Refused("invalid", "the name is in use")
        super().store_name(conversation, name)


class BystanderRenamedToo(Override):
    """Gives the new name to all conversations of the owner."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        for each in self.conversations.values():
            if each.owner == conversation.owner:
                super().store_name(each, name)


class NewestRenamedInstead(Override):
    """Renames the newest conversation, whichever one was asked for."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(list(self.conversations.values())[-1], name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: name}


class CreationTimeMoved(Override):
    """Changes the time of creation with every rename."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        conversation.created -= 3600


class UpdatedBeforeCreated(Override):
    """Sets the time of the last update to the day before the creation."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        conversation.updated = conversation.created - 86400


# further requirements that check the name in the answer
_ECHOING = {
    "dify": "dify.rename.auto-generate-defaults-to-false",
    "coze": "",
    "nuwax": "nuwax.rename.first-message-becomes-topic",
}

# what surely meets a rename that is lost where every second one is: it depends on the order of the questions
_LOST_BY_TURNS = {"dify": "former", "coze": "persist", "nuwax": "persist"}


def faults(vendor: str) -> list[Fault]:
    strays = f"echo persist limit same former in-use accepted {_ECHOING[vendor]}"
    return shared(
        vendor,
        {
            AnsweredButNotStored: f"persist same former in-use limit {_ECHOING[vendor]}",
            EverySecondRenameLost: f"{_LOST_BY_TURNS[vendor]} | {strays}",
            OneRenameInEightLost: f"persist | {strays}",
            OneRenameInEightFails: f"no-5xx | {strays}",
            OldNameAnswered: f"echo {_ECHOING[vendor]}",
            FormerNameIgnored: "former",
            SameNameRefused: "same dify.rename.auto-generate-ignores-name",
            NameInUseRefused: "in-use",
            BystanderRenamedToo: "others",
            NewestRenamedInstead: f"persist others same former in-use limit {_ECHOING[vendor]}",
            CreationTimeMoved: "keep",
            UpdatedBeforeCreated: "order",
        },
    )
