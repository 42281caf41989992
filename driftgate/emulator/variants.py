"""Conforming variants: servers that differ only where the vendor's page says nothing. None of them is a violation."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Mapping

from driftgate.emulator.base import JSON, Conversation, Emulator, Refused
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.nuwax import Nuwax
from driftgate.emulator.override import Override, kebab
from driftgate.emulator.vendors import EMULATORS


class BlankNamesRefused(Override):
    """Refuses names that are empty or blank."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if not name.strip():
            raise Refused("invalid", "the name is blank")
        super().store_name(conversation, name)


class NamesTrimmed(Override):
    """Removes spaces around names."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, name.strip())


class NamesComposed(Override):
    """Stores names in Unicode's composed form (NFC)."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, unicodedata.normalize("NFC", name))


class LongNamesRefused(Override):
    """Refuses names of more than 255 characters."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        if len(name) > 255:
            raise Refused("invalid", "the name has more than 255 characters")
        super().store_name(conversation, name)


class UpdateTimeStill(Override):
    """Does not change the time of the last update when it renames."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        before = conversation.updated
        super().store_name(conversation, name)
        conversation.updated = before


class UnknownMembersRefused(Override):
    """Refuses members that the page does not know."""

    known = frozenset({"name", "user", "auto_generate", "topic", "firstMessage"})

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if not self.known.issuperset(body):
            raise Refused("invalid", "unknown member")


class MoreMembers(Override):
    """Answers with members that the page does not show."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {**super().view(conversation), "icon": None, "tags": [], "extra": {"score": 0.5}}


class OtherWords(Override):
    """Gives the reasons of refusals in another language."""

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        return super().refusal(Refused(refused.kind, "请求未被接受"))


class DifyBareWords(Dify):
    """Refuses credentials with 403 and invalid bodies with 422, under other codes."""

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, body = super().refusal(refused)
        other = {"credential": (403, "forbidden"), "invalid": (422, "validation_error"), "malformed": (400, "bad_json")}
        status, code = other.get(refused.kind, (status, body["code"]))
        return status, {**body, "status": status, "code": code}


class IntroductionNull(Dify):
    """Answers with an introduction of null."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {**super().view(conversation), "introduction": None}


class GeneratedNamesVary(Dify):
    """Generates another name each time."""

    def generated_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return f"Title {random.randrange(10**9)}"


class GenerationKeepsName(Dify):
    """Keeps the old name when a name is to be generated, as when the model fails."""

    def generated_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return conversation.name


class DifyTypesConverted(Dify):
    """Converts names of other types to text, and flags of other types to true or false."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if body.get("name") is None:
            super().validate_name(body)

    def validate_auto_generate(self, body: Mapping[str, JSON]) -> None:
        return None


class RefusalsAs4xx(Override):
    """Refuses with HTTP 400, 401, 403 and 404."""

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        _, body = super().refusal(refused)
        return {"credential": 401, "foreign": 403, "unknown": 404}.get(refused.kind, 400), body


class LimitInUtf16Units(Coze):
    """Counts characters as UTF-16 units."""

    def validate_length(self, name: str) -> None:
        super().validate_length("x" * (len(name.encode("utf-16-le")) // 2))


class OtherIds(Coze):
    """Uses ids that are not numbers, and a custom channel."""

    def new_id(self, number: int) -> str:
        return f"conv-{number:08x}"

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {**super().view(conversation), "connector_id": "10000121", "creator_id": "user-1"}


class MetaDataFilled(Coze):
    """Answers with meta data in every conversation."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {**super().view(conversation), "meta_data": {"uuid": "newid1234", "k" * 64: "v" * 512}}


class CozeOtherCodes(Coze):
    """Refuses under other codes."""

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, body = super().refusal(refused)
        return status, {**body, "code": 700012006 if refused.kind == "credential" else 103000002}


class CozeTypesConverted(Coze):
    """Converts names of other types to text."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if body.get("name") is None:
            super().validate_name(body)

    def validate_length(self, name: str) -> None:
        super().validate_length(str(name))


class NullsForTheRest(Nuwax):
    """Answers with null for the members that the example leaves out."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        rest = ("taskCron", "taskCronDesc", "sandboxServerId", "sandboxSessionId", "sharedUris")
        return {**super().view(conversation), **dict.fromkeys(rest)}


class OptionalsFilled(Nuwax):
    """Answers with values for the members that the example shows as null."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        more = {"summary": "A talk", "variables": {"city": "Berlin"}, "messageList": [], "taskId": "t-1"}
        return {**super().view(conversation), **more, "sharedUris": ["/a"]}


class FirstMessageWins(Nuwax):
    """Uses firstMessage when both firstMessage and topic are given."""

    def chosen_name(self, body: Mapping[str, JSON], conversation: Conversation) -> str:
        return str(body.get("firstMessage", body.get("topic")))


class ZuluTimes(Nuwax):
    """Writes times without fractions and with a Z."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        view = super().view(conversation)
        return {**view, **{key: f"{view[key][:19]}Z" for key in ("modified", "created")}}


class NuwaxTypesConverted(Nuwax):
    """Converts topics of other types to text."""

    def validate_texts(self, body: Mapping[str, JSON]) -> None:
        return None


class OthersMakeConversations(Override):
    """Adds a conversation of somebody else's after each page of a list, a dozen times."""

    made_by_others = 0

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        page = super().on_page(rows, begin, size)
        if page and self.made_by_others < 12:
            self.made_by_others += 1
            self.put(self._free_id(), page[0].owner, "Somebody else's", **page[0].more)
        return page


class PagesCapped(Override):
    """Lists at most two conversations on a page, even when more are asked for."""

    def page_size(self, asked: str | None, default: int, most: int) -> int:
        return min(2, super().page_size(asked, default, most))


class OldestListedFirst(Nuwax):
    """Lists conversations in the order of their last change, the oldest first."""

    def on_page(self, rows: list[Conversation], begin: int, size: int) -> list[Conversation]:
        return super().on_page(rows, begin, size)[::-1]


_SHARED: tuple[type[Emulator], ...] = (
    BlankNamesRefused,
    NamesTrimmed,
    NamesComposed,
    LongNamesRefused,
    UpdateTimeStill,
    UnknownMembersRefused,
    MoreMembers,
    OtherWords,
    OthersMakeConversations,
)
_OF_VENDORS: Mapping[str, tuple[type[Emulator], ...]] = {
    "dify": (
        DifyBareWords,
        IntroductionNull,
        GeneratedNamesVary,
        GenerationKeepsName,
        DifyTypesConverted,
        PagesCapped,
    ),
    "coze": (
        RefusalsAs4xx,
        LimitInUtf16Units,
        OtherIds,
        MetaDataFilled,
        CozeOtherCodes,
        CozeTypesConverted,
        PagesCapped,
    ),
    "nuwax": (
        RefusalsAs4xx,
        NullsForTheRest,
        OptionalsFilled,
        FirstMessageWins,
        ZuluTimes,
        NuwaxTypesConverted,
        OldestListedFirst,
    ),
}
VARIANTS: Mapping[str, Mapping[str, type[Emulator]]] = {
    vendor: {kebab(variant.__name__): variant for variant in (*_SHARED, *own)} for vendor, own in _OF_VENDORS.items()
}


def varied(vendor: str, name: str) -> Emulator:
    """An emulator of this variant. Raises KeyError for a name that is not in the list."""
    emulator: type[Emulator] = type("Varied", (VARIANTS[vendor][name], EMULATORS[vendor]), {})
    return emulator()
