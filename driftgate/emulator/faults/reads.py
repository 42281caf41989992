"""Faults of reads: what they show, and what they change."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Handler
from driftgate.emulator.faults.fault import Fault, shared
from driftgate.emulator.override import Override


class _Reading(Override):
    """Base of faults that strike while a request reads, or after it did."""

    reading = False

    def endpoints(self) -> list[tuple[str, str, Handler]]:
        return [
            (method, path, self._read(handler) if method == "GET" else handler)
            for method, path, handler in super().endpoints()
        ]

    def _read(self, handler: Handler) -> Handler:
        async def read(request: Request) -> Response:
            self.reading = True
            try:
                response = await handler(request)
            finally:
                self.reading = False
            self.was_read()
            return response

        return read

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        return self.shown(view) if self.reading else view

    def shown(self, view: dict[str, JSON]) -> dict[str, JSON]:
        """What a read shows of a conversation."""
        return view

    def was_read(self) -> None:
        """What happens after a read."""


class ReadNeverShowsName(_Reading):
    """Shows no names in reads."""

    def shown(self, view: dict[str, JSON]) -> dict[str, JSON]:
        return {key: value for key, value in view.items() if key != self.name_key}


class ReadNameNull(_Reading):
    """Shows names as null in reads."""

    def shown(self, view: dict[str, JSON]) -> dict[str, JSON]:
        return {**view, self.name_key: None}


class ReadNameNumber(_Reading):
    """Shows a number for every name in reads."""

    def shown(self, view: dict[str, JSON]) -> dict[str, JSON]:
        return {**view, self.name_key: 4711}


class ReadIdOtherType(_Reading):
    """Shows ids in reads as numbers."""

    def shown(self, view: dict[str, JSON]) -> dict[str, JSON]:
        return {**view, "id": int(view["id"].replace("-", ""), 16)}


class ReadIdNoUuid(_Reading):
    """Shows ids in reads without their hyphens."""

    def shown(self, view: dict[str, JSON]) -> dict[str, JSON]:
        return {**view, "id": view["id"].replace("-", "")}


class ReadTouchesUpdatedAt(_Reading):
    """Moves the time of the last update by a minute with every read."""

    def was_read(self) -> None:
        for conversation in self.conversations.values():
            conversation.updated += 60


class ReadTrimsName(_Reading):
    """Cuts names to 14 characters once they were read."""

    def was_read(self) -> None:
        for conversation in self.conversations.values():
            conversation.name = conversation.name[:14]


class ReadReversesList(_Reading):
    """Reverses the order of lists with every read."""

    backwards = False

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        return page[::-1] if self.backwards else page

    def was_read(self) -> None:
        self.backwards = not self.backwards


# what needs the name in a read, by vendor: the requirements that no name, or another one, violates
_UNSEEN = {
    "coze": "persist same former in-use limit",
    "dify": "persist same former in-use dify.rename.auto-generate-defaults-to-false",
    "nuwax": "persist same former in-use nuwax.rename.first-message-becomes-topic",
}
_ROWS: dict[str, dict[type[Emulator], str]] = {
    "coze": {
        ReadNeverShowsName: _UNSEEN["coze"],
        ReadNameNull: _UNSEEN["coze"],
        ReadNameNumber: f"{_UNSEEN['coze']} coze.read.name-is-text",
        ReadIdOtherType: "coze.read.id-is-text",
    },
    "dify": {
        **dict.fromkeys(
            (ReadNeverShowsName, ReadNameNull, ReadNameNumber), f"{_UNSEEN['dify']} dify.read.name-is-text"
        ),
        **dict.fromkeys((ReadIdOtherType, ReadIdNoUuid), "dify.read.id-is-uuid"),
        ReadReversesList: "dify.read.changes-nothing",
    },
    "nuwax": {
        ReadNeverShowsName: _UNSEEN["nuwax"],
        ReadNameNull: _UNSEEN["nuwax"],
        ReadNameNumber: f"{_UNSEEN['nuwax']} nuwax.read.topic-is-text",
    },
}


def faults(vendor: str) -> list[Fault]:
    changed = f"{vendor}.read.changes-nothing"
    return shared(vendor, {**_ROWS[vendor], ReadTouchesUpdatedAt: changed, ReadTrimsName: changed})
