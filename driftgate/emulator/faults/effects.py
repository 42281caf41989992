"""Faults of what a rename does."""

from __future__ import annotations

from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.faults.fault import Fault, Lie, shared


class _Counting(Lie):
    """Counts renames."""

    count = 0

    def keep(self, conversation: Conversation, name: str) -> None:
        self.count += 1
        if self.stores(self.count, conversation, name):
            super().keep(conversation, name)

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return True

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: name}


class AnsweredButNotStored(_Counting):
    """Answers with the new name and keeps the old one."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return False


class EverySecondRenameLost(_Counting):
    """Answers every rename, stores only the odd ones."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return count % 2 == 1


class OneRenameInEightLost(_Counting):
    """Answers every rename, forgets one in eight."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        return count % 8 != 6


class FormerNameIgnored(_Counting):
    """Answers a rename back to a former name and does not store it."""

    def stores(self, count: int, conversation: Conversation, name: str) -> bool:
        former = conversation.more.setdefault("former", [])
        known = name in former and name != conversation.name
        former.append(conversation.name)
        return not known


class OneRenameInEightFails(Lie):
    """Fails one rename in eight."""

    count = 0

    def rename_answer(self, body: JSON) -> Response:
        self.count += 1
        if self.count % 8 == 6:
            return self.reply(500, {"code": 500, "message": "internal error", "status": 500})
        return super().rename_answer(body)


class OldNameAnswered(Lie):
    """Stores the new name and answers with the old one."""

    former = ""

    def keep(self, conversation: Conversation, name: str) -> None:
        self.former = conversation.name
        super().keep(conversation, name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: self.former}


class SameNameRefused(Lie):
    """Refuses a rename to the name that the conversation has already."""

    def keep(self, conversation: Conversation, name: str) -> None:
        if conversation.name == name:
            raise Refused("invalid", "the name is the same")
        super().keep(conversation, name)


class NameInUseRefused(Lie):
    """Refuses a name that another conversation has."""

    def keep(self, conversation: Conversation, name: str) -> None:
        if any(each.name == name for each in self.conversations.values() if each is not conversation):
            raise Refused("invalid", "the name is in use")
        super().keep(conversation, name)


class BystanderRenamedToo(Lie):
    """Gives the new name to all conversations of the owner."""

    def keep(self, conversation: Conversation, name: str) -> None:
        for each in self.conversations.values():
            if each.owner == conversation.owner:
                super().keep(each, name)


class NewestRenamedInstead(Lie):
    """Renames the newest conversation, whichever was named."""

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(list(self.conversations.values())[-1], name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: name}


class CreationTimeMoved(Lie):
    """Moves the time of creation with every rename."""

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(conversation, name)
        conversation.created -= 3600


class UpdatedBeforeCreated(Lie):
    """Sets the time of the last update to the day before the creation."""

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(conversation, name)
        conversation.updated = conversation.created - 86400


# further requirements that look at the answered name
_ECHOING = {
    "dify": "dify.rename.auto-generate-defaults-to-false",
    "coze": "",
    "nuwax": "nuwax.rename.first-message-becomes-topic",
}


def faults(vendor: str) -> list[Fault]:
    strays = f"echo persist limit same former in-use accepted {_ECHOING[vendor]}"
    return shared(
        vendor,
        {
            AnsweredButNotStored: f"persist same former in-use limit {_ECHOING[vendor]}",
            EverySecondRenameLost: f"persist | {strays}",
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
