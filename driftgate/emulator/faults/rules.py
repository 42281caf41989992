"""Faults of what a request may hold and what it may not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from driftgate.emulator.base import Conversation, Failed, JSON, Refused
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.nuwax import Nuwax

if TYPE_CHECKING:
    _Dify, _Coze, _Nuwax = Dify, Coze, Nuwax
else:
    _Dify = _Coze = _Nuwax = object

Body = Mapping[str, JSON]


# Dify


class UserOptional(_Dify):
    """Renames for a default user when none is given."""

    def validate_user(self, body: Body) -> None:
        if "user" in body:
            super().validate_user(body)

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user", self.params["user"]))


class NameOptional(_Dify):
    """Accepts a body without a name and stores an empty one."""

    def validate_name(self, body: Body) -> None:
        if "name" in body:
            super().validate_name(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({"name": "", **body}, conversation)


class NameOptionalWithoutFlag(_Dify):
    """Generates a name when both name and auto_generate are absent."""

    def validate_name(self, body: Body) -> None:
        if "name" in body or "auto_generate" in body:
            super().validate_name(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        if "name" not in body:
            return self.generated_name(body, conversation)
        return super().chosen_name(body, conversation)


class NameNeededForGeneration(_Dify):
    """Refuses auto_generate true without a name."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if self.generates(body) and "name" not in body:
            raise Refused("invalid", "name is required")


class NameBeatsGeneration(_Dify):
    """Takes the given name although auto_generate is true."""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["name"]) if body.get("name") else super().generated_name(body, conversation)


class NameAddedToGenerated(_Dify):
    """Stores the given name although it answers with a generated one."""

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(conversation, self.sent or name)

    sent = ""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        self.sent = str(body.get("name") or "")
        return super().generated_name(body, conversation)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        self.sent = ""
        return super().chosen_name(body, conversation)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), "name": name}


class IgnoredNameTooLong(_Dify):
    """Refuses a long name although auto_generate is true."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if self.generates(body) and len(str(body.get("name", ""))) > 255:
            raise Refused("invalid", "name is too long")


class IgnoredNameEmpty(_Dify):
    """Refuses an empty name although auto_generate is true."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if self.generates(body) and body.get("name") == "":
            raise Refused("invalid", "name is empty")


class GenerationByDefault(_Dify):
    """Takes an absent auto_generate for true."""

    def generates(self, body: Body) -> bool:
        return bool(body.get("auto_generate", True))


class FlagRequired(_Dify):
    """Refuses a body without auto_generate."""

    def validate_auto_generate(self, body: Body) -> None:
        if "auto_generate" not in body:
            raise Refused("invalid", "auto_generate is required")
        super().validate_auto_generate(body)


class FlagAsText(_Dify):
    """Takes any text for true."""

    def validate_auto_generate(self, body: Body) -> None:
        pass


class NullNameAccepted(_Dify):
    """Stores an empty name for null."""

    def validate_name(self, body: Body) -> None:
        if body.get("name", "") is not None or "name" not in body:
            super().validate_name(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({**body, "name": body.get("name") or ""}, conversation)


class AnyNameAsText(_Dify):
    """Turns names of other types into text."""

    def validate_name(self, body: Body) -> None:
        if body.get("name") is None:
            super().validate_name(body)


# Coze


class NameNotRequired(_Coze):
    """Accepts a body without a name and changes nothing."""

    def validate(self, body: JSON) -> None:
        if not isinstance(body, dict) or "name" in body:
            super().validate(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body.get("name", conversation.name))


class NullNameIgnored(_Coze):
    """Accepts a name of null and changes nothing."""

    def validate(self, body: JSON) -> None:
        if not isinstance(body, dict) or body.get("name", "") is not None:
            super().validate(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return conversation.name if body["name"] is None else str(body["name"])


class AnyNameConverted(_Coze):
    """Turns names of other types into text."""

    def validate_name(self, body: Body) -> None:
        if body.get("name") is None:
            super().validate_name(body)

    def validate_length(self, name: Any) -> None:
        super().validate_length(str(name))


class LimitOf99(_Coze):
    """Refuses names of 100 characters."""

    longest_name = 99


class LimitOf101(_Coze):
    """Accepts names of 101 characters."""

    longest_name = 101


class LimitOf50(_Coze):
    """Refuses names of more than 50 characters."""

    longest_name = 50


class NoLimit(_Coze):
    """Accepts names of any length."""

    longest_name = 10**6


class LimitInBytes(_Coze):
    """Counts 100 bytes of UTF-8."""

    def validate_length(self, name: str) -> None:
        super().validate_length("x" * len(name.encode()))


class LimitForAsciiAlone(_Coze):
    """Limits names of ASCII characters alone."""

    def validate_length(self, name: str) -> None:
        if name.isascii():
            super().validate_length(name)


class LimitForNonAsciiAlone(_Coze):
    """Limits names that are not all ASCII."""

    def validate_length(self, name: str) -> None:
        if not name.isascii():
            super().validate_length(name)


class LimitTwiceForAscii(_Coze):
    """Counts two ASCII characters as one."""

    def validate_length(self, name: str) -> None:
        super().validate_length(name[::2] if name.isascii() else name)


class OverLongCut(_Coze):
    """Cuts a name that is too long instead of refusing it."""

    def validate_length(self, name: str) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["name"])[: self.longest_name]


class OverLongRefusedButStored(_Coze):
    """Refuses a name that is too long, after storing it."""

    def validate_length(self, name: str) -> None:
        pass

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(conversation, name)
        if len(name) > self.longest_name:
            raise Refused("invalid", "name is too long")


class OverLongRefusedButStoredCut(_Coze):
    """Refuses a name that is too long, after storing its beginning."""

    def validate_length(self, name: str) -> None:
        pass

    def keep(self, conversation: Conversation, name: str) -> None:
        super().keep(conversation, name[: self.longest_name])
        if len(name) > self.longest_name:
            raise Refused("invalid", "name is too long")


class OverLongFails(_Coze):
    """Fails on a name that is too long."""

    def validate_length(self, name: str) -> None:
        if len(name) > self.longest_name:
            raise Failed("Data too long for column")


# Nuwax


class TopicRequired(_Nuwax):
    """Refuses firstMessage alone."""

    def validate_presence(self, body: Body) -> None:
        if "topic" not in body:
            raise Refused("invalid", "topic is required")


class FirstMessageRequired(_Nuwax):
    """Refuses topic alone, as the page's TypeScript type has it."""

    def validate_presence(self, body: Body) -> None:
        if "firstMessage" not in body:
            raise Refused("invalid", "firstMessage is required")


class NeitherAccepted(_Nuwax):
    """Accepts a body with neither and changes nothing."""

    def validate_presence(self, body: Body) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({"firstMessage": conversation.name, **body}, conversation)


class NeitherNamesNull(_Nuwax):
    """Accepts a body with neither and sets the topic to the word null."""

    def validate_presence(self, body: Body) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({"firstMessage": "null", **body}, conversation)


class NeitherRefusedButCleared(_Nuwax):
    """Refuses a body with neither, after clearing the topic."""

    def validate_presence(self, body: Body) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        if "topic" not in body and "firstMessage" not in body:
            conversation.name = ""
            raise Refused("invalid", "one of firstMessage and topic is required")
        return super().chosen_name(body, conversation)


class BothRefused(_Nuwax):
    """Refuses firstMessage and topic together."""

    def validate_presence(self, body: Body) -> None:
        super().validate_presence(body)
        if "firstMessage" in body and "topic" in body:
            raise Refused("invalid", "firstMessage and topic exclude each other")


class FirstMessageSummarised(_Nuwax):
    """Makes a title of the first message instead of taking it."""

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["topic"]) if "topic" in body else f"About {str(body['firstMessage'])[:10]}"


class FirstMessageCutAt20(_Nuwax):
    """Takes the first 20 characters of the first message."""

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["topic"]) if "topic" in body else str(body["firstMessage"])[:20]


class FirstMessageWithoutEffect(_Nuwax):
    """Accepts firstMessage and leaves the topic as it was."""

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body.get("topic", conversation.name))


class AnyTopicAsText(_Nuwax):
    """Turns topics of other types into text."""

    def validate_texts(self, body: Body) -> None:
        pass


_DIFY: Mapping[type[Any], str] = {
    UserOptional: "dify.rename.user-required",
    NameOptional: "dify.rename.name-required-unless-generated",
    NameOptionalWithoutFlag: "dify.rename.name-required-unless-generated",
    NameNeededForGeneration: "dify.rename.auto-generate-needs-no-name",
    NameBeatsGeneration: "dify.rename.auto-generate-ignores-name",
    NameAddedToGenerated: "dify.rename.auto-generate-ignores-name",
    IgnoredNameTooLong: "dify.rename.auto-generate-ignores-name",
    IgnoredNameEmpty: "dify.rename.auto-generate-ignores-name",
    GenerationByDefault: "dify.rename.auto-generate-defaults-to-false dify.rename.name-required-unless-generated",
    FlagRequired: "accepted dify.rename.auto-generate-defaults-to-false",
    FlagAsText: "dify.rename.auto-generate-is-boolean",
    NullNameAccepted: "not-null",
    AnyNameAsText: "text",
}
_COZE: Mapping[type[Any], str] = {
    NameNotRequired: "coze.rename.name-required",
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
_NUWAX: Mapping[type[Any], str] = {
    TopicRequired: "accepted nuwax.rename.first-message-or-topic nuwax.rename.first-message-becomes-topic",
    FirstMessageRequired: "accepted nuwax.rename.first-message-or-topic echo persist same former in-use",
    NeitherAccepted: "nuwax.rename.first-message-or-topic nuwax.rename.neither-refused",
    NeitherNamesNull: "nuwax.rename.first-message-or-topic nuwax.rename.neither-refused",
    NeitherRefusedButCleared: "nuwax.rename.first-message-or-topic nuwax.rename.neither-refused",
    BothRefused: "nuwax.rename.first-message-or-topic",
    FirstMessageSummarised: "nuwax.rename.first-message-becomes-topic",
    FirstMessageCutAt20: "nuwax.rename.first-message-becomes-topic",
    FirstMessageWithoutEffect: "nuwax.rename.first-message-becomes-topic",
    AnyTopicAsText: "text",
}
_ROWS: Mapping[str, Mapping[type[Any], str]] = {"dify": _DIFY, "coze": _COZE, "nuwax": _NUWAX}


def faults(vendor: str) -> list[Fault]:
    return [fault(vendor, lie, breaks) for lie, breaks in _ROWS[vendor].items()]
