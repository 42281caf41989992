"""Faults of Dify's rules on request bodies: valid bodies refused, invalid ones accepted."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Refused
from driftgate.emulator.dify import Dify

Body = Mapping[str, JSON]


class UserOptional(Dify):
    """Accepts a body without user, and acts for a default user."""

    def validate_user(self, body: Body) -> None:
        if "user" in body:
            super().validate_user(body)

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user", self.params["user"]))


class UserAssumed(Dify):
    """Acts for the user DEFAULT-USER where a body names none."""

    def validate_user(self, body: Body) -> None:
        if "user" in body:
            super().validate_user(body)

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user", "DEFAULT-USER"))


class UserAssumedForRenames(UserAssumed):
    """Renames for the user DEFAULT-USER where a body names none, and creates no conversation for it."""

    async def chat(self, request: Request) -> Response:
        if "user" not in (await self.given(request) or {}):
            raise Refused("invalid", "user is required")
        return await super().chat(request)


class BodyOptional(Dify):
    """Accepts a request without a body, and generates a name."""

    def parse(self, raw: bytes) -> JSON:
        return super().parse(raw) if raw else {"user": self.params["user"], "auto_generate": True}


class NameOptional(Dify):
    """Accepts a body without a name, and stores an empty one."""

    def validate_name(self, body: Body) -> None:
        if "name" in body:
            super().validate_name(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({"name": "", **body}, conversation)


class NameOptionalWithoutFlag(Dify):
    """Generates a name when both name and auto_generate are absent."""

    def validate_name(self, body: Body) -> None:
        if "name" in body or "auto_generate" in body:
            super().validate_name(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        if "name" not in body:
            return self.generated_name(body, conversation)
        return super().chosen_name(body, conversation)


class NameNeededForGeneration(Dify):
    """Refuses auto_generate true without a name."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if self.generates(body) and "name" not in body:
            raise Refused("invalid", "name is required")


class NameBeatsGeneration(Dify):
    """Uses the given name although auto_generate is true."""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        return str(body["name"]) if body.get("name") else super().generated_name(body, conversation)


class NameAddedToGenerated(Dify):
    """Stores the given name and answers with a generated one."""

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, self.sent or name)

    sent = ""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        self.sent = str(body.get("name") or "")
        return super().generated_name(body, conversation)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        self.sent = ""
        return super().chosen_name(body, conversation)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), "name": name}


class IgnoredNameTooLong(Dify):
    """Refuses a long name although auto_generate is true."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if self.generates(body) and len(str(body.get("name", ""))) > 255:
            raise Refused("invalid", "name is too long")


class IgnoredNameEmpty(Dify):
    """Refuses an empty name although auto_generate is true."""

    def validate(self, body: JSON) -> None:
        super().validate(body)
        if self.generates(body) and body.get("name") == "":
            raise Refused("invalid", "name is empty")


class GeneratesEmptyName(Dify):
    """Generates an empty name."""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        return ""


class GeneratesBlankName(Dify):
    """Generates a name of spaces."""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        return "  "


class GeneratedNameStoredBlank(Dify):
    """Answers with the generated name, and stores an empty one."""

    generated = ""

    def generated_name(self, body: Body, conversation: Conversation) -> str:
        self.generated = super().generated_name(body, conversation)
        return self.generated

    def store_name(self, conversation: Conversation, name: str) -> None:
        super().store_name(conversation, "" if name == self.generated else name)

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {**super().renamed(conversation, name), "name": name}


class GenerationByDefault(Dify):
    """Treats an absent auto_generate as true."""

    def generates(self, body: Body) -> bool:
        return bool(body.get("auto_generate", True))


class FlagRequired(Dify):
    """Refuses a body without auto_generate."""

    def validate_auto_generate(self, body: Body) -> None:
        if "auto_generate" not in body:
            raise Refused("invalid", "auto_generate is required")
        super().validate_auto_generate(body)


class FlagAsText(Dify):
    """Accepts an auto_generate of any type."""

    def validate_auto_generate(self, body: Body) -> None:
        pass


class NullNameAccepted(Dify):
    """Accepts a name of null, and stores an empty one."""

    def validate_name(self, body: Body) -> None:
        if body.get("name", "") is not None or "name" not in body:
            super().validate_name(body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return super().chosen_name({**body, "name": body.get("name") or ""}, conversation)


class AnyNameAsText(Dify):
    """Accepts names of other types and converts them to text."""

    def validate_name(self, body: Body) -> None:
        if body.get("name") is None:
            super().validate_name(body)


class SeveralWrongTypesAccepted(Dify):
    """Accepts a body with more than one member of another type, and leaves the name as it was."""

    def validate(self, body: JSON) -> None:
        if not self.is_spoilt(body):
            super().validate(body)

    def is_spoilt(self, body: JSON) -> bool:
        types = {"user": str, "name": str, "auto_generate": bool}
        given = body if isinstance(body, dict) else {}
        return sum(key in given and not isinstance(given[key], of) for key, of in types.items()) > 1

    def owner(self, caller: str, body: JSON) -> str:
        return str(self.params["user"]) if self.is_spoilt(body) else super().owner(caller, body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return conversation.name if self.is_spoilt(body) else super().chosen_name(body, conversation)


class ListAccepted(Dify):
    """Accepts a list instead of a body, and leaves the name as it was."""

    def validate(self, body: JSON) -> None:
        if not isinstance(body, list):
            super().validate(body)

    def owner(self, caller: str, body: JSON) -> str:
        return str(self.params["user"]) if isinstance(body, list) else super().owner(caller, body)

    def chosen_name(self, body: Body, conversation: Conversation) -> str:
        return conversation.name if isinstance(body, list) else super().chosen_name(body, conversation)


FAULTS: Mapping[type[Emulator], str] = {
    BodyOptional: "dify.rename.body-required",
    UserOptional: "dify.rename.user-required",
    UserAssumed: "dify.rename.user-required",
    UserAssumedForRenames: "dify.rename.user-required",
    NameOptional: "dify.rename.name-required-unless-generated",
    NameOptionalWithoutFlag: "dify.rename.name-required-unless-generated",
    NameNeededForGeneration: "dify.rename.auto-generate-needs-no-name",
    NameBeatsGeneration: "dify.rename.auto-generate-ignores-name",
    NameAddedToGenerated: "dify.rename.auto-generate-ignores-name",
    IgnoredNameTooLong: "dify.rename.auto-generate-ignores-name",
    IgnoredNameEmpty: "dify.rename.auto-generate-ignores-name",
    GeneratesEmptyName: "dify.rename.auto-generate-gives-a-name",
    GeneratesBlankName: "dify.rename.auto-generate-gives-a-name",
    GeneratedNameStoredBlank: "dify.rename.auto-generate-gives-a-name",
    GenerationByDefault: "dify.rename.auto-generate-defaults-to-false dify.rename.name-required-unless-generated",
    FlagRequired: "accepted dify.rename.auto-generate-defaults-to-false",
    FlagAsText: "dify.rename.auto-generate-is-boolean",
    NullNameAccepted: "not-null",
    AnyNameAsText: "text",
    SeveralWrongTypesAccepted: "dify.rename.other-types-refused",
    ListAccepted: "dify.rename.other-types-refused",
}
