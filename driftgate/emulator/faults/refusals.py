"""Faults of how requests are refused, or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from driftgate.emulator.base import Conversation, Failed, JSON, Refused, token_of
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults.fault import Fault, Lie, fault, shared

if TYPE_CHECKING:
    _Dify = Dify
else:
    _Dify = object


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

    def validate(self, body: JSON) -> None:
        if not isinstance(body, dict):
            raise Failed("list indices must be integers")
        super().validate(body)


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


Told = tuple[int, dict[str, JSON]]


def _refusal_lie(name: str, says: str, change: Callable[[Refused, int, dict[str, JSON]], Told]) -> type[Any]:
    """A lie about what a refusal looks like."""

    def refusal(self: Any, refused: Refused) -> Told:
        return change(refused, *super(made, self).refusal(refused))

    made = type(name, (Lie,), {"__doc__": says, "refusal": refusal})
    return made


def _of(kind: str, http: int | None = None, /, **members: JSON) -> Callable[[Refused, int, dict[str, JSON]], Told]:
    """Changes refusals of one kind; "any" stands for all. A member set to ``...`` is left out."""

    def change(refused: Refused, was: int, body: dict[str, JSON]) -> Told:
        if kind not in ("any", refused.kind):
            return was, body
        changed = {**body, **members}
        return http or was, {key: value for key, value in changed.items() if value is not ...}

    return change


class HtmlRefusals(Lie):
    """Refuses with an HTML page."""

    def refusal_answer(self, refused: Refused) -> Response:
        status = super().refusal_answer(refused).status_code
        return Response("<html><body>Error</body></html>", status_code=status if status >= 400 else 400, media_type="text/html")


class OtherAppAccepted(_Dify):
    """Renames with the key of an app that holds no conversations."""

    def authorize(self, token: str) -> None:
        pass


class OtherAppUnauthorized(_Dify):
    """Refuses the key of an app without conversations as unauthorized."""

    def authorize(self, token: str) -> None:
        if token == self.other_app_key:
            raise Refused("credential", "Access token is invalid")


def _dify() -> list[Fault]:
    unknown, app, form = "unknown", "dify.rename.other-app-refused", "dify.answer.refusal-in-json"
    rows = {
        _refusal_lie("UnknownAs400", "Refuses an unknown conversation with HTTP 400.", _of("unknown", 400, status=400)): unknown,
        _refusal_lie("UnknownAs403", "Refuses an unknown conversation with HTTP 403.", _of("unknown", 403, status=403)): unknown,
        _refusal_lie("UnknownOtherCode", "Refuses an unknown conversation with another code.", _of("unknown", code="conversation_not_found")): unknown,
        _refusal_lie("UnknownWithoutCode", "Refuses an unknown conversation without a code.", _of("unknown", code=...)): f"{unknown} {form}",
        _refusal_lie("UnknownWithoutMessage", "Refuses an unknown conversation without a message.", _of("unknown", message=...)): f"{unknown} {form}",
        _refusal_lie("UnknownStatusApart", "Refuses an unknown conversation with HTTP 404 and status 400 in the body.", _of("unknown", status=400)): f"{unknown} {form}",
        _refusal_lie("UnknownStatusAsText", "Refuses an unknown conversation with its status as text.", _of("unknown", status="404")): f"{unknown} {form}",
        _refusal_lie("AppAs403", "Refuses the key of a wrong app with HTTP 403.", _of("app", 403, status=403)): app,
        _refusal_lie("AppOtherCode", "Refuses the key of a wrong app with another code.", _of("app", code="app_unavailable")): app,
        _refusal_lie("AppWithoutMessage", "Refuses the key of a wrong app without a message.", _of("app", message=...)): f"{app} {form}",
        _refusal_lie("AppStatusApart", "Refuses the key of a wrong app with HTTP 400 and status 403 in the body.", _of("app", status=403)): f"{app} {form}",
        _refusal_lie("InvalidWithoutCode", "Refuses invalid bodies without a code.", _of("invalid", code=...)): form,
        _refusal_lie("CredentialInAnotherForm", "Refuses credentials with a member error.", _of("credential", code=..., message=..., status=..., error="unauthorized")): form,
    }
    found = [fault("dify", lie, breaks) for lie, breaks in rows.items()]
    return [*found, fault("dify", OtherAppAccepted, app), fault("dify", OtherAppUnauthorized, app), fault("dify", HtmlRefusals, f"{unknown} {app}")]


def _enveloped(vendor: str, code: JSON, message: str) -> list[Fault]:
    has_code, has_message = f"{vendor}.answer.refusal-has-code", f"{vendor}.answer.refusal-has-message"
    present = f"{vendor}.answer.code-present"
    rejects = {
        "coze": "text not-null coze.rename.name-required limit",
        "nuwax": "text nuwax.rename.neither-refused nuwax.rename.first-message-or-topic",
    }[vendor]
    rows = {
        _refusal_lie("RefusalWithSuccessCode", "Refuses with HTTP 400 and the code of a success.", _of("any", 400, code=code)): has_code,
        _refusal_lie("RefusalWithoutCode", "Refuses with HTTP 400 and no code.", _of("any", 400, code=...)): present,
        _refusal_lie("RefusalCodeOfAnotherType", "Refuses with a code of another type.", lambda refused, was, body: (was, {**body, "code": str(body["code"]) if isinstance(body["code"], int) else int(body["code"])})): has_code,
        _refusal_lie("RefusalWithoutMessage", "Refuses without a message.", _of("any", **{message: ...})): has_message,
        _refusal_lie("RefusalWithEmptyMessage", "Refuses with an empty message.", _of("any", **{message: ""})): has_message,
        _refusal_lie("RefusalMessageAsObject", "Refuses with an object as message.", _of("any", **{message: {"text": "no"}})): has_message,
        _refusal_lie("UnknownAsServerError", "Refuses an unknown conversation with HTTP 500.", _of("unknown", 500)): "unknown no-5xx",
        _refusal_lie("InvalidAsServerError", "Refuses invalid bodies with HTTP 500.", _of("invalid", 500)): f"no-5xx {rejects}",
    }
    return [*(fault(vendor, lie, breaks) for lie, breaks in rows.items()), fault(vendor, HtmlRefusals, f"{vendor}.answer.is-json")]


def _coze() -> list[Fault]:
    lie = _refusal_lie("RefusalWithoutLogid", "Refuses without detail.", _of("any", detail=...))
    return [*_enveloped("coze", 0, "msg"), fault("coze", lie, "coze.answer.refusal-has-logid")]


def _nuwax() -> list[Fault]:
    form = "nuwax.answer.refusal-in-envelope"
    rows = {
        _refusal_lie("RefusalWithSuccessTrue", "Refuses with success true.", _of("any", success=True)): form,
        _refusal_lie("RefusalWithoutTid", "Refuses without tid.", _of("any", tid=...)): form,
    }
    return [*_enveloped("nuwax", "0000", "message"), *(fault("nuwax", lie, breaks) for lie, breaks in rows.items())]


def faults(vendor: str) -> list[Fault]:
    rows: dict[type[Any], str] = {
        UnknownAccepted: "unknown",
        UnknownRenamesOldest: "unknown id",
        UnknownFails: "unknown no-5xx",
        NoKeyAccepted: "no-key",
        WrongKeyAccepted: "wrong-key",
        NoKeyRefusedButStored: "no-key",
        WrongKeyRefusedButStored: "wrong-key",
        NoKeyFails: "no-key no-5xx",
        BrokenJsonAccepted: "broken-json",
        BrokenJsonFails: "broken-json no-5xx",
        ListBodyFails: "no-5xx",
        EmptyBodyFails: "no-5xx",
        InvalidUtf8Fails: "no-5xx",
        WrongTypeFails: "text no-5xx",
    }
    if vendor != "nuwax":
        rows |= {ForeignRenamed: "foreign", ForeignRefusedButStored: "foreign"}
    return [*shared(vendor, rows), *{"dify": _dify, "coze": _coze, "nuwax": _nuwax}[vendor]()]
