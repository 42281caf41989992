"""Faults of deleting conversations, of what is deleted, and of who may reach the others."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Refused
from driftgate.emulator.coze import Coze
from driftgate.emulator.faults.fault import Lie
from driftgate.emulator.nuwax import Nuwax


class _AfterDeletion(Lie):
    """Base of what goes wrong once a conversation was deleted."""

    deletions = 0

    def remove(self, conversation: Conversation) -> None:
        super().remove(conversation)
        self.deletions += 1


class RenamesLostAfterDeletion(_AfterDeletion):
    """Answers a rename with the new name and keeps the old one, once a conversation was deleted."""

    def keep(self, conversation: Conversation, name: str) -> None:
        if not self.deletions:
            super().keep(conversation, name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), self.name_key: name}


class OldestRenamedAfterDeletion(_AfterDeletion):
    """Gives the new name to the owner's oldest conversation too, once a conversation was deleted."""

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(conversation, name)
        if self.deletions:
            own = [each for each in self.conversations.values() if each.owner == conversation.owner]
            super().keep(own[0], name)


class DeletionTakesNewestToo(Lie):
    """Deletes the owner's newest conversation with the one that was named."""

    def remove(self, conversation: Conversation) -> None:
        super().remove(conversation)
        own = [each for each in self.conversations.values() if each.owner == conversation.owner]
        if own:
            super().remove(own[-1])


class _Ghosts(Lie):
    """Base of what is still done with deleted conversations: those are remembered."""

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
    """Shows deleted conversations by their ids."""

    async def retrieve(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().retrieve(request)
        finally:
            self.reachable = False


class NuwaxDeletedStillRead(_Ghosts, Nuwax):
    """Shows deleted conversations by their ids."""

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


class DeletionDoesNothing(Lie):
    """Answers a deletion as done and keeps the conversation."""

    def remove(self, conversation: Conversation) -> None:
        return None


class DeletedAgain(_Ghosts):
    """Answers a second deletion as done."""

    async def delete(self, request: Request) -> Response:
        self.reachable = True
        try:
            return await super().delete(request)
        finally:
            self.reachable = False


class _AnyoneAfterDeletion(_AfterDeletion):
    """Base of what everybody may do once a conversation was deleted."""

    anyone = False

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if self.anyone and self.deletions and conversation_id in self.conversations:
            return self.conversations[conversation_id]
        return super().locate(caller, conversation_id, body)


class AnyoneRenamesAfterDeletion(_AnyoneAfterDeletion):
    """Lets everybody rename everything, once a conversation was deleted."""

    async def rename(self, request: Request) -> Response:
        self.anyone = True
        try:
            return await super().rename(request)
        finally:
            self.anyone = False


class AnyoneDeletes(_AnyoneAfterDeletion):
    """Lets everybody delete everything, once a conversation was deleted."""

    async def delete(self, request: Request) -> Response:
        self.anyone = True
        try:
            return await super().delete(request)
        finally:
            self.anyone = False


class RefusedButDeleted(_AfterDeletion):
    """Refuses to delete another account's conversation, and deletes it."""

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
    """Shows every conversation to everybody who has its id."""

    async def retrieve(self, request: Request) -> Response:
        found = self.conversations.get(request.query_params.get("conversation_id", ""))
        return self.reply(200, self.success(self.view(found))) if found else await super().retrieve(request)


class NuwaxAnyoneReads(Nuwax):
    """Shows every conversation to everybody who has its id."""

    async def get(self, request: Request) -> Response:
        found = self.conversations.get(request.path_params["conversation"])
        return self.reply(200, self.success(self.view(found))) if found else await super().get(request)
