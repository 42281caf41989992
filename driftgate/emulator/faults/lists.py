"""Faults of making conversations, and of listing them."""

from __future__ import annotations

from driftgate.emulator.base import JSON, Conversation
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults.fault import Lie


class EveryThirdCreationLost(Lie):
    """Answers every creation with an id, and keeps no conversation under every third."""

    count = 0

    def make(self, owner: str, name: str, **more: JSON) -> Conversation:
        made = super().make(owner, name, **more)
        self.count += 1
        if self.count % 3 == 0:
            del self.conversations[made.id]
        return made


class CreatedWithoutName(Lie):
    """Makes conversations without the name that was asked for."""

    def make(self, owner: str, name: str, **more: JSON) -> Conversation:
        return super().make(owner, "", **more)


class LaterPagesBeginLate(Lie):
    """Leaves out the first conversation of every page of a list but the first."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        return super().on_page(rows, begin, size)[bool(begin) :]


class LaterPagesBeginEarly(Lie):
    """Begins every page of a list with the last conversation of the page before."""

    last: Conversation | None = None

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        shown = [self.last, *page][:size] if begin and self.last else page
        self.last = page[-1] if page else None
        return shown


class OldestNotListed(Lie):
    """Leaves the oldest conversation out of lists."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        return [each for each in super().on_page(rows, begin, size) if each is not self._oldest()]

    def _oldest(self) -> Conversation | None:
        return next(iter(self.conversations.values()), None)


class FormerNameListed(Lie):
    """Lists conversations under the names that they had before."""

    def keep(self, conversation: Conversation, name: str) -> None:
        conversation.more["name before"] = conversation.name
        super().keep(conversation, name)

    def listed(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().listed(conversation)
        return {**view, self.name_key: conversation.more.get("name before", view[self.name_key])}


class CozeOldestFirst(Coze):
    """Lists the conversation first that was made first."""

    sort_order = "ASC"


class DifyOldestFirst(Dify):
    """Lists the conversation first that was changed first."""

    sort_by = "updated_at"


class PagesOneTooLong(Lie):
    """Lists one conversation more on a page than was asked for."""

    def page_size(self, asked: str | None, default: int, most: int) -> int:
        return super().page_size(asked, default, most) + 1


class EverybodysListed(Lie):
    """Lists the conversations of all accounts to everybody, after one's own."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        others = [each for each in self.conversations.values() if each not in page]
        return page if begin or len(page) >= size else [*page, *others][:size]
