"""Faults of refusing: what must be refused is accepted, is done before it is refused, or is a server error."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import JSON, Conversation, Emulator, Failed, Refused, token_of
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults.fault import Fault, shared
from driftgate.emulator.override import Override


class UnknownAccepted(Override):
    """Answers a rename of an unknown conversation as done."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if conversation_id in self.conversations:
            return super().locate(caller, conversation_id, body)
        any_other = next(iter(self.conversations.values()))
        return Conversation(conversation_id, self.owner(caller, body), "", 1.7e9, 1.7e9, more=dict(any_other.more))


class UnknownRenamesOldest(Override):
    """Renames the oldest conversation when an unknown one is asked for."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        known = conversation_id in self.conversations
        return super().locate(caller, conversation_id if known else next(iter(self.conversations)), body)


class UnknownFails(Override):
    """Answers a rename of an unknown conversation with HTTP 500."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        if conversation_id not in self.conversations:
            raise Failed("no row")
        return super().locate(caller, conversation_id, body)


class NoKeyAccepted(Override):
    """Accepts requests without a credential."""

    def credential(self, request: Request) -> str | None:
        return super().credential(request) if "authorization" in request.headers else self.api_key


class _AnyKey(Override):
    """Accepts some keys that are nobody's."""

    def lets_in(self, token: str) -> bool:
        return False

    def authenticate(self, token: str | None) -> str:
        known = token is None or token in (self.api_key, *self.params.values())
        return super().authenticate(self.api_key if token is not None and not known and self.lets_in(token) else token)


class WrongKeyAccepted(_AnyKey):
    """Accepts any credential."""

    def lets_in(self, token: str) -> bool:
        return True


class WellFormedKeyAccepted(_AnyKey):
    """Accepts any key with the beginning and the length of a right one."""

    def lets_in(self, token: str) -> bool:
        return token[:3] == self.api_key[:3] and len(token) == len(self.api_key)


class KeyBeginningCompared(_AnyKey):
    """Compares all of a key but its last four characters."""

    def lets_in(self, token: str) -> bool:
        return token[:-4] == self.api_key[:-4]


class _SchemeIgnored(Override):
    """Accepts a key in some headers without looking for the scheme Bearer."""

    words: tuple[int, ...] = (1, 2)

    def credential(self, request: Request) -> str | None:
        words = request.headers.get("authorization", "").split()
        return words[-1] if len(words) in self.words else super().credential(request)


class SchemeIgnored(_SchemeIgnored):
    """Accepts a key under any scheme, and without one."""


class SchemeOptional(_SchemeIgnored):
    """Accepts a key without a scheme."""

    words = (1,)


class AnySchemeAccepted(_SchemeIgnored):
    """Accepts a key under any scheme."""

    words = (2,)


class _RefusedLate(Override):
    """Refuses some requests after it has carried them out."""

    def late(self, request: Request) -> bool:
        return False

    async def rename(self, request: Request) -> Response:
        if not self.late(request):
            return await super().rename(request)
        body = self.parse(await request.body())
        found = self.conversations.get(request.path_params["conversation"])
        if found is not None:
            self.store_name(found, self.chosen_name(body, found))
        raise Refused("credential", "the credential is wrong")


class NoKeyRefusedButStored(_RefusedLate):
    """Refuses a request without a credential after carrying it out."""

    def late(self, request: Request) -> bool:
        return "authorization" not in request.headers


class WrongKeyRefusedButStored(_RefusedLate):
    """Refuses a request with a wrong credential after carrying it out."""

    def late(self, request: Request) -> bool:
        token = token_of(request)
        return token is not None and token not in (self.api_key, *self.params.values())


class NoKeyFails(Override):
    """Answers a request without a credential with HTTP 500."""

    def credential(self, request: Request) -> str | None:
        if "authorization" not in request.headers:
            raise Failed("no header")
        return super().credential(request)


class ForeignRenamed(Override):
    """Renames conversations that belong to others."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        found = self.conversations.get(conversation_id)
        return found if found is not None else super().locate(caller, conversation_id, body)


class ForeignRefusedButStored(Override):
    """Refuses to rename a conversation that belongs to others, after renaming it."""

    def locate(self, caller: str, conversation_id: str, body: JSON) -> Conversation:
        try:
            return super().locate(caller, conversation_id, body)
        except Refused as refused:
            if refused.kind == "foreign":
                found = self.conversations[conversation_id]
                self.store_name(found, self.chosen_name(body, found))
            raise


class BrokenJsonAccepted(Override):
    """Accepts JSON that is cut off, and completes it."""

    def parse(self, raw: bytes) -> JSON:
        try:
            return super().parse(raw)
        except Refused:
            return super().parse(raw + b"}")


class BrokenJsonFails(Override):
    """Answers a body that is not JSON with HTTP 500."""

    def parse(self, raw: bytes) -> JSON:
        try:
            return super().parse(raw)
        except Refused:
            raise Failed("unexpected end of data") from None


class ListBodyFails(Override):
    """Answers a body that is no object with HTTP 500."""

    def parse(self, raw: bytes) -> JSON:
        body = super().parse(raw)
        if not isinstance(body, dict):
            raise Failed("list indices must be integers")
        return body


class EmptyBodyFails(Override):
    """Answers a request without a body with HTTP 500."""

    def parse(self, raw: bytes) -> JSON:
        if not raw:
            raise Failed("no body")
        return super().parse(raw)


class InvalidUtf8Fails(Override):
    """Answers a body that is not UTF-8 with HTTP 500."""

    def parse(self, raw: bytes) -> JSON:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as problem:
            raise Failed(str(problem)) from None
        return super().parse(raw)


class WrongTypeFails(Override):
    """Answers a name of another type with HTTP 500."""

    def validate(self, body: JSON) -> None:
        if isinstance(body, dict) and not isinstance(body.get(self.name_key, ""), (str, type(None))):
            raise Failed("expected str")
        super().validate(body)


class OtherAppAccepted(Dify):
    """Accepts the key of an app that holds no conversations."""

    def authorize(self, token: str) -> None:
        pass


class OtherAppUnauthorized(Dify):
    """Refuses the key of an app without conversations with HTTP 401."""

    def authorize(self, token: str) -> None:
        if token == self.other_app_key:
            raise Refused("credential", "Access token is invalid")


def faults(vendor: str) -> list[Fault]:
    rows: dict[type[Emulator], str] = {
        UnknownAccepted: "unknown",
        UnknownRenamesOldest: "unknown id",
        UnknownFails: "unknown no-5xx",
        NoKeyAccepted: "no-key",
        WrongKeyAccepted: "wrong-key altered-key",
        WellFormedKeyAccepted: "wrong-key altered-key",
        KeyBeginningCompared: "altered-key",
        SchemeIgnored: "no-scheme other-scheme",
        SchemeOptional: "no-scheme",
        AnySchemeAccepted: "other-scheme",
        NoKeyRefusedButStored: "no-key",
        WrongKeyRefusedButStored: "wrong-key altered-key",
        NoKeyFails: "no-key no-5xx",
        BrokenJsonAccepted: "broken-json",
        BrokenJsonFails: "broken-json no-body no-5xx",
        ListBodyFails: "no-5xx" if vendor == "dify" else "no-5xx broken-json",
        EmptyBodyFails: f"{'no-body' if vendor == 'dify' else 'broken-json'} no-5xx",
        InvalidUtf8Fails: "no-5xx",
        WrongTypeFails: "text no-5xx",
        ForeignRenamed: "foreign",
        ForeignRefusedButStored: "foreign",
    }
    if vendor == "dify":
        rows |= dict.fromkeys((OtherAppAccepted, OtherAppUnauthorized), "dify.rename.other-app-refused")
    return shared(vendor, rows)
