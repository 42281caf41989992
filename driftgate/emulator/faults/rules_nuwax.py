"""Faults of Nuwax's rules: valid bodies refused, invalid ones accepted, members of its own changed."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import JSON, Conversation, Emulator, Refused
from driftgate.emulator.faults.members import NOT_IN_EXAMPLE
from driftgate.emulator.nuwax import Nuwax

Body = Mapping[str, JSON]


class TopicRequired(Nuwax):
    """Refuses a body with firstMessage only."""

    def validate_presence(self, body: Body) -> None:
        if "topic" not in body:
            raise Refused("invalid", "topic is required")


class FirstMessageRequired(Nuwax):
    """Refuses a body with topic only, as the page's TypeScript type would."""

    def validate_presence(self, body: Body) -> None:
        if "firstMessage" not in body:
            raise Refused("invalid", "firstMessage is required")


class NeitherAccepted(Nuwax):
    """Accepts a body with neither firstMessage nor topic, and changes nothing."""

    def validate_presence(self, body: Body) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({"firstMessage": conversation.name, **body}, conversation)


class NeitherNamesNull(Nuwax):
    """Accepts a body with neither, and sets the topic to the word null."""

    def validate_presence(self, body: Body) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({"firstMessage": "null", **body}, conversation)


class NeitherRefusedButCleared(Nuwax):
    """Refuses a body with neither, after clearing the topic."""

    def validate_presence(self, body: Body) -> None:
        pass

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        if "topic" not in body and "firstMessage" not in body:
            conversation.name = ""
            raise Refused("invalid", "one of firstMessage and topic is required")
        return super().chosen_name(body, conversation)


class BothRefused(Nuwax):
    """Refuses a body with both firstMessage and topic."""

    def validate_presence(self, body: Body) -> None:
        super().validate_presence(body)
        if "firstMessage" in body and "topic" in body:
            raise Refused("invalid", "firstMessage and topic exclude each other")


class FirstMessageSummarised(Nuwax):
    """Summarises the first message instead of using it as the topic."""

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["topic"]) if "topic" in body else f"About {str(body['firstMessage'])[:10]}"


class FirstMessageCutAt20(Nuwax):
    """Cuts the first message off after 20 characters."""

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["topic"]) if "topic" in body else str(body["firstMessage"])[:20]


class FirstMessageWithoutEffect(Nuwax):
    """Accepts firstMessage, and leaves the topic as it was."""

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return str(body.get("topic", conversation.name))


class AnyTopicAsText(Nuwax):
    """Accepts topics and first messages of other types and converts them to text."""

    def validate_texts(self, body: Body) -> None:
        pass


class AnyFirstMessageAccepted(Nuwax):
    """Accepts first messages of other types."""

    def validate_texts(self, body: Body) -> None:
        super().validate_texts({key: value for key, value in body.items() if key != "firstMessage"})


class NullsAccepted(Nuwax):
    """Accepts a body whose firstMessage and topic are null, and leaves the topic as it was."""

    def validate_texts(self, body: Body) -> None:
        super().validate_texts({} if self.is_null(body) else body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return conversation.name if self.is_null(body) else super().chosen_name(body, conversation)

    def is_null(self, body: Body) -> bool:
        return all(body.get(key, "") is None for key in ("firstMessage", "topic"))


class OptionalsEmptied(Nuwax):
    """Reads show null for the members that the example leaves out; a rename answers with empty texts and lists."""

    def view(self, conversation: Conversation) -> dict[str, JSON]:
        return {**super().view(conversation), **dict.fromkeys(NOT_IN_EXAMPLE)}

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        empty: dict[str, JSON] = {member: [] if member == "sharedUris" else "" for member in NOT_IN_EXAMPLE}
        return {**super().renamed(conversation, name), **empty}


FAULTS: Mapping[type[Emulator], str] = {
    TopicRequired: "accepted nuwax.rename.first-message-or-topic nuwax.rename.first-message-becomes-topic",
    FirstMessageRequired: "accepted nuwax.rename.first-message-or-topic echo persist same former in-use",
    NeitherAccepted: "nuwax.rename.first-message-or-topic nuwax.rename.neither-refused",
    NeitherNamesNull: "nuwax.rename.first-message-or-topic nuwax.rename.neither-refused",
    NeitherRefusedButCleared: "nuwax.rename.first-message-or-topic nuwax.rename.neither-refused",
    BothRefused: "nuwax.rename.first-message-or-topic",
    FirstMessageSummarised: "nuwax.rename.first-message-becomes-topic",
    FirstMessageCutAt20: "nuwax.rename.first-message-becomes-topic",
    FirstMessageWithoutEffect: "nuwax.rename.first-message-becomes-topic",
    AnyTopicAsText: "text nuwax.rename.first-message-is-text nuwax.rename.other-types-refused",
    AnyFirstMessageAccepted: "nuwax.rename.first-message-is-text",
    NullsAccepted: "nuwax.rename.other-types-refused",
    OptionalsEmptied: "nuwax.rename.state-kept",
}
