"""Faults of emulators made from contracts that only stateful tests notice: of creating, listing and deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from driftgate.base.jsonvalue import JSON, put
from driftgate.emulator.base import Conversation
from driftgate.emulator.contracted.server import Contracted


class EveryFifthCreationLost(Contracted):
    """Answers every creation with an id, and loses every fifth of what is created."""

    count = 0

    def make(self, owner: str, name: str, **more: Any) -> Conversation:
        made = super().make(owner, name, **more)
        self.count += 1
        if self.count % 5 == 0:
            del self.conversations[made.id]
        return made


class CreatedWithoutName(Contracted):
    """Creates without the name that was sent."""

    def make(self, owner: str, name: str, **more: Any) -> Conversation:
        return super().make(owner, "", **more)


class FormerNameListed(Contracted):
    """Lists under former names."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        conversation.more["name before"] = conversation.name
        super().store_name(conversation, name)

    def listed(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().listed(conversation)
        former = conversation.more.get("name before", conversation.name)
        shown: dict[str, JSON] = put(view, self.contract.name_pointer, former)
        return shown


class OtherOrderListed(Contracted):
    """Lists a page in the order turned round."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        return super().on_page(rows, begin, size)[::-1]


class PagesOneTooLong(Contracted):
    """Lists one more on a page than was asked for."""

    def page_size(self, asked: str | None, default: int, most: int) -> int:
        return super().page_size(asked, default, most) + 1


class EverybodysListed(Contracted):
    """Lists those of all accounts, after those of the caller."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        others = [each for each in self.conversations.values() if each not in page]
        return page if begin or len(page) >= size else [*page, *others][:size]


class _AfterDeletion(Contracted):
    """Base of faults that begin once something was deleted."""

    deletions = 0

    def remove(self, conversation: Conversation) -> None:
        super().remove(conversation)
        self.deletions += 1


class FirstNotListedAfterDeletion(_AfterDeletion):
    """Once something was deleted: leaves the first out of lists."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        return page[1:] if self.deletions and not begin else page


class RenamesLostAfterDeletion(_AfterDeletion):
    """Once something was deleted: answers a rename with the new name and keeps the old one."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if not self.deletions:
            super().store_name(conversation, name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        shown: dict[str, JSON] = put(super().renamed(conversation, name), self.contract.name_pointer, name)
        return shown


class AllRenamedAfterDeletion(_AfterDeletion):
    """Once something was deleted: gives the new name to all others of the owner, too."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        if self.deletions:
            for each in self.conversations.values():
                each.name = name if each.owner == conversation.owner else each.name


class _Ghosts(Contracted):
    """Base of faults of what was deleted, which is remembered as ``ghosts``."""

    reachable = False

    def __init__(self) -> None:
        self.ghosts: dict[str, Conversation] = {}
        super().__init__()

    def remove(self, conversation: Conversation) -> None:
        if conversation.id in self.conversations:
            super().remove(conversation)
        self.ghosts[conversation.id] = conversation

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        ghost = self.ghosts.get(conversation_id) if self.reachable else None
        return ghost if ghost and ghost.owner == caller else super().locate(caller, conversation_id, body)


class DeletedStillListed(_Ghosts):
    """Lists what was deleted after all else."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        ghosts = [each for each in self.ghosts.values() if page and each.owner == page[0].owner]
        return [*page, *ghosts][: max(size, len(page))]


class DeletedStillRead(_Ghosts):
    """Still shows what was deleted by its id."""

    async def read(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().read(request)
        finally:
            self.reachable = False


class DeletedStillRenamed(_Ghosts):
    """Answers a rename of what was deleted as done."""

    async def rename(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().rename(request)
        finally:
            self.reachable = False


class DeletedTwice(_Ghosts):
    """Answers a second deletion as done."""

    async def delete(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().delete(request)
        finally:
            self.reachable = False


class _Anyone(_AfterDeletion):
    """Base of faults that let everybody in once something was deleted."""

    open = False

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        found = self.conversations.get(conversation_id) if self.open and self.deletions else None
        return super().locate(caller, conversation_id, body) if found is None else found


class AnyoneReads(_Anyone):
    """Once something was deleted: shows everybody everything."""

    async def read(self, request: Request) -> Response:
        self.open = True
        try:
            return await super().read(request)
        finally:
            self.open = False


class AnyoneRenames(_Anyone):
    """Once something was deleted: lets everybody rename everything."""

    async def rename(self, request: Request) -> Response:
        self.open = True
        try:
            return await super().rename(request)
        finally:
            self.open = False


class AnyoneDeletes(_Anyone):
    """Once something was deleted: lets everybody delete everything."""

    async def delete(self, request: Request) -> Response:
        self.open = True
        try:
            return await super().delete(request)
        finally:
            self.open = False


# by the promise that each breaks
STATEFUL: Mapping[str, type[Contracted]] = {
    "created-is-read": EveryFifthCreationLost,
    "created-has-its-name": CreatedWithoutName,
    "last-name-is-read": RenamesLostAfterDeletion,
    "others-stay": AllRenamedAfterDeletion,
    "listed-once": FirstNotListedAfterDeletion,
    "listed-name": FormerNameListed,
    "listed-in-order": OtherOrderListed,
    "page-is-no-longer": PagesOneTooLong,
    "deleted-is-not-listed": DeletedStillListed,
    "deleted-is-not-read": DeletedStillRead,
    "deleted-is-not-renamed": DeletedStillRenamed,
    "deleted-is-not-deleted": DeletedTwice,
    "others-do-not-list": EverybodysListed,
    "others-do-not-read": AnyoneReads,
    "others-do-not-rename": AnyoneRenames,
    "others-do-not-delete": AnyoneDeletes,
}
