"""Faults of how requests are refused, or not."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Failed, Refused, token_of
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults.fault import Fault, Lie, shared


class UnknownAccepted(Lie):
    """Answers a rename of an unknown conversation as done."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if conversation_id in self.conversations:
            return super().locate(caller, conversation_id, body)
        any_other = next(iter(self.conversations.values()))
        return Conversation(conversation_id, self.owner(caller, body), "", 1.7e9, 1.7e9, more=dict(any_other.more))


class UnknownRenamesOldest(Lie):
    """Renames the oldest conversation when the one named is unknown."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        known = conversation_id in self.conversations
        return super().locate(caller, conversation_id if known else next(iter(self.conversations)), body)


class UnknownFails(Lie):
    """Fails on an unknown conversation."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if conversation_id not in self.conversations:
            raise Failed("no row")
        return super().locate(caller, conversation_id, body)


class _AnyKey(Lie):
    """Lets some requests in without looking at their key."""

    def lets_in(self, token: str | None) -> bool:
        return False

    def authenticate(self, token: str | None) -> str:
        return super().authenticate(self.api_key if self.lets_in(token) else token)


class NoKeyAccepted(_AnyKey):
    """Lets requests without a credential in."""

    def lets_in(self, token: str | None) -> bool:
        return token is None


class WrongKeyAccepted(_AnyKey):
    """Lets any credential in."""

    def lets_in(self, token: str | None) -> bool:
        return token is not None and not token.startswith(("app-emulated", "pat_emulated"))


class _RefusedLate(Lie):
    """Refuses some requests after it has renamed."""

    def late(self, token: str | None) -> bool:
        return False

    async def rename(self, request: Request) -> Response:
        if not self.late(token_of(request)):
            return await super().rename(request)
        body = self.parse(await request.body())
        found = self.conversations.get(request.path_params["conversation"])
        if found is not None:
            self.keep(found, self.chosen_name(body, found))
        raise Refused("credential", "the credential is wrong")


class NoKeyRefusedButStored(_RefusedLate):
    """Refuses a request without a credential, after renaming."""

    def late(self, token: str | None) -> bool:
        return token is None


class WrongKeyRefusedButStored(_RefusedLate):
    """Refuses a wrong credential, after renaming."""

    def late(self, token: str | None) -> bool:
        return token == "driftgate-no-such-key"


class NoKeyFails(Lie):
    """Fails without a credential."""

    def authenticate(self, token: str | None) -> str:
        if token is None:
            raise Failed("no token")
        return super().authenticate(token)


class ForeignRenamed(Lie):
    """Renames conversations of others."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        found = self.conversations.get(conversation_id)
        return found if found is not None else super().locate(caller, conversation_id, body)


class ForeignRefusedButStored(Lie):
    """Refuses to rename a conversation of others, after doing it."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        try:
            return super().locate(caller, conversation_id, body)
        except Refused as refused:
            if refused.kind == "foreign":
                found = self.conversations[conversation_id]
                self.keep(found, self.chosen_name(body, found))
            raise


class BrokenJsonAccepted(Lie):
    """Completes JSON that is cut off."""

    def parse(self, raw: bytes) -> JSON:
        try:
            return super().parse(raw)
        except Refused:
            return super().parse(raw + b"}")


class BrokenJsonFails(Lie):
    """Fails on a body that is not JSON."""

    def parse(self, raw: bytes) -> JSON:
        try:
            return super().parse(raw)
        except Refused:
            raise Failed("unexpected end of data") from None


class ListBodyFails(Lie):
    """Fails on a body that is no object."""

    def parse(self, raw: bytes) -> JSON:
        body = super().parse(raw)
        if not isinstance(body, dict):
            raise Failed("list indices must be integers")
        return body


class EmptyBodyFails(Lie):
    """Fails without a body."""

    def parse(self, raw: bytes) -> JSON:
        if not raw:
            raise Failed("no body")
        return super().parse(raw)


class InvalidUtf8Fails(Lie):
    """Fails on a body that is not UTF-8."""

    def parse(self, raw: bytes) -> JSON:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise Failed(str(problem)) from None
        return super().parse(raw)


class WrongTypeFails(Lie):
    """Fails on a name of another type."""

    def validate(self, body: JSON) -> None:
        if isinstance(body, dict) and not isinstance(body.get(self.name_key, ""), (str, type(None))):
            raise Failed("expected str")
        super().validate(body)


class OtherAppAccepted(Dify):
    """Renames with the key of an app that holds no conversations."""

    def authorize(self, token: str) -> None:
        pass


class OtherAppUnauthorized(Dify):
    """Refuses the key of an app without conversations as unauthorized."""

    def authorize(self, token: str) -> None:
        if token == self.other_app_key:
            raise Refused("credential", "Access token is invalid")


def faults(vendor: str) -> list[Fault]:
    rows: dict[type[Emulator], str] = {
        UnknownAccepted: "unknown",
        UnknownRenamesOldest: "unknown id",
        UnknownFails: "unknown no-5xx",
        NoKeyAccepted: "no-key",
        WrongKeyAccepted: "wrong-key",
        NoKeyRefusedButStored: "no-key",
        WrongKeyRefusedButStored: "wrong-key",
        NoKeyFails: "no-key no-5xx",
        BrokenJsonAccepted: "broken-json",
        BrokenJsonFails: "broken-json no-body no-5xx",
        ListBodyFails: "no-5xx",
        EmptyBodyFails: "no-body no-5xx",
        InvalidUtf8Fails: "no-5xx",
        WrongTypeFails: "text no-5xx",
    }
    if vendor != "nuwax":
        rows |= {ForeignRenamed: "foreign", ForeignRefusedButStored: "foreign"}
    if vendor == "dify":
        rows |= dict.fromkeys((OtherAppAccepted, OtherAppUnauthorized), "dify.rename.other-app-refused")
    return shared(vendor, rows)
