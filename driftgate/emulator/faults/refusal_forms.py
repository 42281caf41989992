"""Faults of the form in which requests are refused: status, code, message."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from driftgate.emulator.base import JSON, Emulator, Refused
from driftgate.emulator.faults.fault import Fault, Lie, fault, named

Told = tuple[int, dict[str, JSON]]


def _refusal_lie(name: str, says: str, change: Callable[[Refused, int, dict[str, JSON]], Told]) -> type[Emulator]:
    """A lie about what a refusal looks like."""

    class Changed(Lie):
        def refusal(self, refused: Refused) -> Told:
            return change(refused, *super().refusal(refused))

    return named(Changed, name, says)


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
        return Response(
            "<html><body>Error</body></html>", status_code=status if status >= 400 else 400, media_type="text/html"
        )


def _dify() -> list[Fault]:
    unknown, app, form = "unknown", "dify.rename.other-app-refused", "dify.answer.refusal-in-json"
    rows = {
        _refusal_lie(
            "UnknownAs400", "Refuses an unknown conversation with HTTP 400.", _of("unknown", 400, status=400)
        ): unknown,
        _refusal_lie(
            "UnknownAs403", "Refuses an unknown conversation with HTTP 403.", _of("unknown", 403, status=403)
        ): unknown,
        _refusal_lie(
            "UnknownOtherCode",
            "Refuses an unknown conversation with another code.",
            _of("unknown", code="conversation_not_found"),
        ): unknown,
        _refusal_lie(
            "UnknownWithoutCode", "Refuses an unknown conversation without a code.", _of("unknown", code=...)
        ): f"{unknown} {form}",
        _refusal_lie(
            "UnknownWithoutMessage", "Refuses an unknown conversation without a message.", _of("unknown", message=...)
        ): f"{unknown} {form}",
        _refusal_lie(
            "UnknownStatusApart",
            "Refuses an unknown conversation with HTTP 404 and status 400 in the body.",
            _of("unknown", status=400),
        ): f"{unknown} {form}",
        _refusal_lie(
            "UnknownStatusAsText",
            "Refuses an unknown conversation with its status as text.",
            _of("unknown", status="404"),
        ): f"{unknown} {form}",
        _refusal_lie("AppAs403", "Refuses the key of a wrong app with HTTP 403.", _of("app", 403, status=403)): app,
        _refusal_lie(
            "AppOtherCode", "Refuses the key of a wrong app with another code.", _of("app", code="app_unavailable")
        ): app,
        _refusal_lie(
            "AppWithoutMessage", "Refuses the key of a wrong app without a message.", _of("app", message=...)
        ): f"{app} {form}",
        _refusal_lie(
            "AppStatusApart",
            "Refuses the key of a wrong app with HTTP 400 and status 403 in the body.",
            _of("app", status=403),
        ): f"{app} {form}",
        _refusal_lie("InvalidWithoutCode", "Refuses invalid bodies without a code.", _of("invalid", code=...)): form,
        _refusal_lie(
            "CredentialInAnotherForm",
            "Refuses credentials with a member error.",
            _of("credential", code=..., message=..., status=..., error="unauthorized"),
        ): form,
    }
    found = [fault("dify", lie, breaks) for lie, breaks in rows.items()]
    return [
        *found,
        fault("dify", HtmlRefusals, f"{unknown} {app}"),
    ]


def _enveloped(vendor: str, code: JSON, message: str) -> list[Fault]:
    has_code, has_message = f"{vendor}.answer.refusal-has-code", f"{vendor}.answer.refusal-has-message"
    present = f"{vendor}.answer.code-present"
    rejects = {
        "coze": "text not-null coze.rename.name-required limit",
        "nuwax": "text nuwax.rename.neither-refused nuwax.rename.first-message-or-topic",
    }[vendor]
    rows = {
        _refusal_lie(
            "RefusalWithSuccessCode", "Refuses with HTTP 400 and the code of a success.", _of("any", 400, code=code)
        ): has_code,
        _refusal_lie("RefusalWithoutCode", "Refuses with HTTP 400 and no code.", _of("any", 400, code=...)): present,
        _refusal_lie(
            "RefusalCodeOfAnotherType",
            "Refuses with a code of another type.",
            lambda refused, was, body: (
                was,
                {**body, "code": str(body["code"]) if isinstance(body["code"], int) else int(body["code"])},
            ),
        ): has_code,
        _refusal_lie("RefusalWithoutMessage", "Refuses without a message.", _of("any", **{message: ...})): has_message,
        _refusal_lie(
            "RefusalWithEmptyMessage", "Refuses with an empty message.", _of("any", **{message: ""})
        ): has_message,
        _refusal_lie(
            "RefusalMessageAsObject", "Refuses with an object as message.", _of("any", **{message: {"text": "no"}})
        ): has_message,
        _refusal_lie(
            "UnknownAsServerError", "Refuses an unknown conversation with HTTP 500.", _of("unknown", 500)
        ): "unknown no-5xx",
        _refusal_lie(
            "InvalidAsServerError", "Refuses invalid bodies with HTTP 500.", _of("invalid", 500)
        ): f"no-5xx {rejects}",
    }
    return [
        *(fault(vendor, lie, breaks) for lie, breaks in rows.items()),
        fault(vendor, HtmlRefusals, f"{vendor}.answer.is-json"),
    ]


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
    return {"dify": _dify, "coze": _coze, "nuwax": _nuwax}[vendor]()
