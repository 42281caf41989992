"""Faults of Coze's rules on request bodies: valid bodies refused, invalid ones accepted."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import JSON, Conversation, Emulator, Failed, Refused
from driftgate.emulator.coze import Coze

Body = Mapping[str, JSON]

_LIMIT = Coze.longest_name  # of the page, whatever the server has that the fault is put on


class NameNotRequired(Coze):
    """Accepts a body without a name, and changes nothing."""

    def validate(self, body: JSON) -> None:
        if not isinstance(body, dict) or "name" in body:
            super().validate(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body.get("name", conversation.name))


class MissingNameClears(Coze):
    """Accepts a body without a name, and clears the name."""

    def validate(self, body: JSON) -> None:
        if not isinstance(body, dict) or "name" in body:
            super().validate(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name(body, conversation) if "name" in body else ""


class MetaDataWiped(Coze):
    """Renames, and loses the meta_data that the conversation was created with."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        conversation.more["meta_data"] = {}


class NullNameIgnored(Coze):
    """Accepts a name of null, and changes nothing."""

    def validate(self, body: JSON) -> None:
        if not isinstance(body, dict) or body.get("name", "") is not None:
            super().validate(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return conversation.name if body["name"] is None else str(body["name"])


class AnyNameConverted(Coze):
    """Accepts names of other types and converts them to text."""

    def validate_name(self, body: Body) -> None:
        if body.get("name") is None:
            super().validate_name(body)

    def validate_length(self, name: str) -> None:
        super().validate_length(str(name))


class LimitOf99(Coze):
    """Refuses names of 100 characters."""

    longest_name = 99


class LimitOf101(Coze):
    """Accepts names of 101 characters."""

    def validate_length(self, name: str) -> None:
        if len(name or "") != _LIMIT + 1:
            super().validate_length(name)


class LimitOf50(Coze):
    """Refuses names of more than 50 characters."""

    longest_name = 50


class NoLimit(Coze):
    """Accepts names of any length."""

    def validate_length(self, name: str) -> None:
        pass


class LimitInBytes(Coze):
    """Refuses names of more than 100 bytes in UTF-8."""

    def validate_length(self, name: str) -> None:
        super().validate_length("x" * len(name.encode()))


class LimitForAsciiAlone(Coze):
    """Limits only names that are all ASCII."""

    def validate_length(self, name: str) -> None:
        if name.isascii():
            super().validate_length(name)


class LimitForNonAsciiAlone(Coze):
    """Limits only names that are not all ASCII."""

    def validate_length(self, name: str) -> None:
        if not name.isascii():
            super().validate_length(name)


class LimitTwiceForAscii(Coze):
    """Counts two ASCII characters as one."""

    def validate_length(self, name: str) -> None:
        super().validate_length(name[::2] if name.isascii() else name)


class OverLongCut(Coze):
    """Cuts off a name that is too long instead of refusing it."""

    def validate_length(self, name: str) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name(body, conversation)[:_LIMIT]


class OverLongRefusedButStored(Coze):
    """Refuses a name that is too long, after storing it."""

    def validate_length(self, name: str) -> None:
        pass

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name)
        if len(name) > _LIMIT:
            raise Refused("invalid", "name is too long")


class OverLongRefusedButStoredCut(Coze):
    """Refuses a name that is too long, after storing its first 100 characters."""

    def validate_length(self, name: str) -> None:
        pass

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name[:_LIMIT])
        if len(name) > _LIMIT:
            raise Refused("invalid", "name is too long")


class OverLongFails(Coze):
    """Answers a name that is too long with HTTP 500."""

    def validate_length(self, name: str) -> None:
        if len(name or "") > _LIMIT:
            raise Failed("Data too long for column")


FAULTS: Mapping[type[Emulator], str] = {
    NameNotRequired: "coze.rename.name-required",
    MissingNameClears: "coze.rename.name-required",
    MetaDataWiped: "keep",
    NullNameIgnored: "not-null",
    AnyNameConverted: "text",
    LimitOf99: "limit echo persist",
    LimitOf101: "limit",
    LimitOf50: "limit echo persist",
    NoLimit: "limit",
    LimitInBytes: "limit echo persist",
    LimitForAsciiAlone: "limit",
    LimitForNonAsciiAlone: "limit",
    LimitTwiceForAscii: "limit",
    OverLongCut: "limit",
    OverLongRefusedButStored: "limit",
    OverLongRefusedButStoredCut: "limit",
    OverLongFails: "limit no-5xx",
}
