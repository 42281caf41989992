"""Faults of the lifecycle: of creating, listing and deleting conversations, and of who may reach those of others."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Refused
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.nuwax import Nuwax
from driftgate.emulator.override import Override


class EveryThirdCreationLost(Override):
    """Answers every creation with an id, and loses every third conversation."""

    count = 0

    def make(self, owner: str, name: str, **more: JSON) -> Conversation:
        made = super().make(owner, name, **more)
        self.count += 1
        if self.count % 3 == 0:
            del self.conversations[made.id]
        return made


class CreatedWithoutName(Override):
    """Creates conversations without the name that was sent."""

    def make(self, owner: str, name: str, **more: JSON) -> Conversation:
        return super().make(owner, "", **more)


class LaterPagesBeginLate(Override):
    """Leaves out the first conversation of every page of a list after the first page."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        return super().on_page(rows, begin, size)[bool(begin) :]


class LaterPagesBeginEarly(Override):
    """Repeats the last conversation of a page at the beginning of the next page."""

    last: Conversation | None = None

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        shown = [self.last, *page][:size] if begin and self.last else page
        self.last = page[-1] if page else None
        return shown


class OldestNotListed(Override):
    """Leaves the oldest conversation out of lists."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        return [each for each in super().on_page(rows, begin, size) if each is not self._oldest()]

    def _oldest(self) -> Conversation | None:
        return next(iter(self.conversations.values()), None)


class FormerNameListed(Override):
    """Lists conversations under their former names."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        conversation.more["name before"] = conversation.name
        super().store_name(conversation, name)

    def listed(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().listed(conversation)
        return {**view, self.name_key: conversation.more.get("name before", view[self.name_key])}


class CozeOldestFirst(Coze):
    """Lists conversations in the order of their creation, the oldest first."""

    sort_order = "ASC"


class DifyOldestFirst(Dify):
    """Lists conversations in the order of their last change, the oldest first."""

    sort_by = "updated_at"


class PagesOneTooLong(Override):
    """Lists one more conversation on a page than was asked for."""

    def page_size(self, asked: str | None, default: int, most: int) -> int:
        return super().page_size(asked, default, most) + 1


class EverybodysListed(Override):
    """Lists the conversations of all accounts, after those of the caller."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        others = [each for each in self.conversations.values() if each not in page]
        return page if begin or len(page) >= size else [*page, *others][:size]


class _AfterDeletion(Override):
    """Base of faults that begin once a conversation was deleted."""

    deletions = 0

    def remove(self, conversation: Conversation) -> None:
        super().remove(conversation)
        self.deletions += 1


class RenamesLostAfterDeletion(_AfterDeletion):
    """Once a conversation was deleted: answers a rename with the new name and keeps the old one."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if not self.deletions:
            super().store_name(conversation, name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: name}


class OldestRenamedAfterDeletion(_AfterDeletion):
    """Once a conversation was deleted: gives the new name to the owner's oldest conversation too."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        if self.deletions:
            owned = [each for each in self.conversations.values() if each.owner == conversation.owner]
            super().store_name(owned[0], name)


class DeletionTakesNewestToo(Override):
    """Deletes the owner's newest conversation along with the one asked for."""

    def remove(self, conversation: Conversation) -> None:
        super().remove(conversation)
        owned = [each for each in self.conversations.values() if each.owner == conversation.owner]
        if owned:
            super().remove(owned[-1])


class _Ghosts(Override):
    """Base of faults of deleted conversations, which are remembered as ``ghosts``."""

    def __init__(self) -> None:
        super().__init__()
        self.ghosts: dict[str, Conversation] = {}
        self.reachable = False

    def remove(self, conversation: Conversation) -> None:
        if conversation.id in self.conversations:
            super().remove(conversation)
        self.ghosts[conversation.id] = conversation

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if self.reachable and conversation_id in self.ghosts:
            return self.ghosts[conversation_id]
        return super().locate(caller, conversation_id, body)


class DeletedStillListed(_Ghosts):
    """Lists deleted conversations after all others."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        ghosts = [each for each in self.ghosts.values() if page and each.owner == page[0].owner]
        return [*page, *ghosts][: max(size, len(page))]


class DeletedStillRenamed(_Ghosts):
    """Answers a rename of a deleted conversation as done."""

    async def rename(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().rename(request)
        finally:
            self.reachable = False


class CozeDeletedStillRead(_Ghosts, Coze):
    """Still shows deleted conversations by their ids."""

    async def retrieve(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().retrieve(request)
        finally:
            self.reachable = False


class NuwaxDeletedStillRead(_Ghosts, Nuwax):
    """Still shows deleted conversations by their ids."""

    async def get(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().get(request)
        finally:
            self.reachable = False


class DeletedRefusedOtherwise(_Ghosts):
    """Refuses a rename of a deleted conversation with HTTP 410."""

    async def rename(self, request: Request) -> Response:
        try:
            return await super().rename(request)
        except Refused:
            if request.path_params["conversation"] not in self.ghosts:
                raise
            return self.reply(410, {"code": "not_found", "message": "It was deleted.", "status": 410})


class DeletionDoesNothing(Override):
    """Answers a deletion as done and keeps the conversation."""

    def remove(self, conversation: Conversation) -> None:
        return None


class DeletedTwice(_Ghosts):
    """Answers a second deletion of a conversation as done."""

    async def delete(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().delete(request)
        finally:
            self.reachable = False


class _AnyoneAfterDeletion(_AfterDeletion):
    """Base of faults that let everybody in once a conversation was deleted."""

    anyone = False

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if self.anyone and self.deletions and conversation_id in self.conversations:
            return self.conversations[conversation_id]
        return super().locate(caller, conversation_id, body)


class AnyoneRenamesAfterDeletion(_AnyoneAfterDeletion):
    """Once a conversation was deleted: lets everybody rename every conversation."""

    async def rename(self, request: Request) -> Response:
        self.anyone = True
        try:
            return await super().rename(request)
        finally:
            self.anyone = False


class AnyoneDeletes(_AnyoneAfterDeletion):
    """Once a conversation was deleted: lets everybody delete every conversation."""

    async def delete(self, request: Request) -> Response:
        self.anyone = True
        try:
            return await super().delete(request)
        finally:
            self.anyone = False


class RefusedButDeleted(_AfterDeletion):
    """Refuses to delete another account's conversation, after deleting it."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        try:
            return super().locate(caller, conversation_id, body)
        except Refused as refused:
            if refused.kind == "foreign" and self.deleting:
                self.remove(self.conversations[conversation_id])
            raise

    deleting = False

    async def delete(self, request: Request) -> Response:
        self.deleting = True
        try:
            return await super().delete(request)
        finally:
            self.deleting = False


class CozeAnyoneReads(Coze):
    """Shows every conversation to everybody who knows its id."""

    async def retrieve(self, request: Request) -> Response:
        found = self.conversations.get(request.query_params.get("conversation_id", ""))
        return self.reply(200, self.success(self.view(found))) if found else await super().retrieve(request)


class NuwaxAnyoneReads(Nuwax):
    """Shows every conversation to everybody who knows its id."""

    async def get(self, request: Request) -> Response:
        found = self.conversations.get(request.path_params["conversation"])
        return self.reply(200, self.success(self.view(found))) if found else await super().get(request)


_GONE = "deleted-is-not-listed deleted-is-not-read"
_ROWS: Mapping[str, Mapping[type[Emulator], str]] = {
    "coze": {
        EveryThirdCreationLost: "created-is-read",
        CreatedWithoutName: "created-has-its-name",
        RenamesLostAfterDeletion: "last-name-is-read",
        OldestRenamedAfterDeletion: "others-stay",
        DeletionTakesNewestToo: "others-stay",
        LaterPagesBeginLate: "listed-once",
        LaterPagesBeginEarly: "listed-once",
        OldestNotListed: "listed-once",
        FormerNameListed: "listed-name",
        CozeOldestFirst: "listed-newest-first",
        PagesOneTooLong: "page-is-no-longer-than-asked",
        DeletedStillListed: "deleted-is-not-listed",
        CozeDeletedStillRead: "deleted-is-not-read",
        DeletedStillRenamed: "deleted-is-not-renamed",
        DeletionDoesNothing: f"{_GONE} deleted-is-not-renamed",
        EverybodysListed: "other-account-does-not-list",
        CozeAnyoneReads: "other-account-does-not-read",
        AnyoneRenamesAfterDeletion: "other-account-does-not-rename",
        AnyoneDeletes: "other-account-does-not-delete",
        RefusedButDeleted: "other-account-does-not-delete",
    },
    "dify": {
        EveryThirdCreationLost: "begun-is-listed",
        RenamesLostAfterDeletion: "last-name-is-listed",
        OldestRenamedAfterDeletion: "others-stay",
        DeletionTakesNewestToo: "others-stay",
        LaterPagesBeginLate: "listed-once",
        LaterPagesBeginEarly: "listed-once",
        DifyOldestFirst: "listed-latest-change-first",
        PagesOneTooLong: "page-is-no-longer-than-asked",
        DeletedStillListed: "deleted-is-not-listed",
        DeletedStillRenamed: "deleted-is-not-renamed",
        DeletedRefusedOtherwise: "deleted-is-not-renamed",
        DeletionDoesNothing: "deleted-is-not-listed deleted-is-not-renamed deleted-is-not-deleted-again",
        DeletedTwice: "deleted-is-not-deleted-again",
        EverybodysListed: "other-user-does-not-list",
        AnyoneRenamesAfterDeletion: "other-user-does-not-rename",
        AnyoneDeletes: "other-user-does-not-delete",
        RefusedButDeleted: "other-user-does-not-delete",
    },
    "nuwax": {
        EveryThirdCreationLost: "created-is-read",
        CreatedWithoutName: "created-has-its-topic",
        RenamesLostAfterDeletion: "last-topic-is-read",
        OldestRenamedAfterDeletion: "others-stay",
        DeletionTakesNewestToo: "others-stay",
        OldestNotListed: "listed-once",
        FormerNameListed: "listed-topic",
        PagesOneTooLong: "page-is-no-longer-than-asked",
        DeletedStillListed: "deleted-is-not-listed",
        NuwaxDeletedStillRead: "deleted-is-not-read",
        DeletedStillRenamed: "deleted-is-not-updated",
        DeletionDoesNothing: f"{_GONE} deleted-is-not-updated",
        EverybodysListed: "other-user-does-not-list",
        NuwaxAnyoneReads: "other-user-does-not-read",
        AnyoneRenamesAfterDeletion: "other-user-does-not-update",
        AnyoneDeletes: "other-user-does-not-delete",
        RefusedButDeleted: "other-user-does-not-delete",
    },
}


def faults(vendor: str) -> list[Fault]:
    return [
        fault(vendor, override, " ".join(f"{vendor}.lifecycle.{slug}" for slug in breaks.split()))
        for override, breaks in _ROWS[vendor].items()
    ]
