"""Faults of the form in which requests are refused: status, code, message."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.responses import Response

from driftgate.emulator.base import JSON, Emulator, Refused
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.override import Override, named

Refusal = tuple[int, dict[str, JSON]]
Change = Callable[[Refused, int, dict[str, JSON]], Refusal]
# name, what the server does, how refusals change, what that breaks
Row = tuple[str, str, Change, str]


def _override(name: str, says: str, change: Change) -> type[Emulator]:
    """Changes what a refusal looks like."""

    class Changed(Override):
        def refusal(self, refused: Refused) -> Refusal:
            return change(refused, *super().refusal(refused))

    return named(Changed, name, says)


def _of(kind: str, http: int | None = None, /, **members: JSON) -> Change:
    """Changes refusals of one kind; "any" stands for all. A member set to ``...`` is left out."""

    def change(refused: Refused, was: int, body: dict[str, JSON]) -> Refusal:
        if kind not in ("any", refused.kind):
            return was, body
        changed = {**body, **members}
        return http or was, {key: value for key, value in changed.items() if value is not ...}

    return change


def _other_type_of_code(refused: Refused, was: int, body: dict[str, JSON]) -> Refusal:
    code = body["code"]
    return was, {**body, "code": str(code) if isinstance(code, int) else int(code)}


class HtmlRefusals(Override):
    """Refuses with an HTML page."""

    def refusal_answer(self, refused: Refused) -> Response:
        status = super().refusal_answer(refused).status_code
        return Response(
            "<html><body>Error</body></html>", status_code=status if status >= 400 else 400, media_type="text/html"
        )


_APP, _FORM = "dify.rename.other-app-refused", "dify.answer.refusal-in-json"
_DIFY: list[Row] = [
    (
        "UnknownAs400",
        "Refuses an unknown conversation with HTTP 400.",
        _of("unknown", 400, status=400),
        "unknown",
    ),
    (
        "UnknownAs403",
        "Refuses an unknown conversation with HTTP 403.",
        _of("unknown", 403, status=403),
        "unknown",
    ),
    (
        "UnknownOtherCode",
        "Refuses an unknown conversation with another code.",
        _of("unknown", code="conversation_not_found"),
        "unknown",
    ),
    (
        "UnknownWithoutCode",
        "Refuses an unknown conversation without a code.",
        _of("unknown", code=...),
        f"unknown {_FORM}",
    ),
    (
        "UnknownWithoutMessage",
        "Refuses an unknown conversation without a message.",
        _of("unknown", message=...),
        f"unknown {_FORM}",
    ),
    (
        "UnknownStatusApart",
        "Refuses an unknown conversation with HTTP 404 and status 400 in the body.",
        _of("unknown", status=400),
        f"unknown {_FORM}",
    ),
    (
        "UnknownStatusAsText",
        "Refuses an unknown conversation with its status as text.",
        _of("unknown", status="404"),
        f"unknown {_FORM}",
    ),
    ("AppAs403", "Refuses the key of a wrong app with HTTP 403.", _of("app", 403, status=403), _APP),
    (
        "AppOtherCode",
        "Refuses the key of a wrong app with another code.",
        _of("app", code="app_unavailable"),
        _APP,
    ),
    (
        "AppWithoutMessage",
        "Refuses the key of a wrong app without a message.",
        _of("app", message=...),
        f"{_APP} {_FORM}",
    ),
    (
        "AppStatusApart",
        "Refuses the key of a wrong app with HTTP 400 and status 403 in the body.",
        _of("app", status=403),
        f"{_APP} {_FORM}",
    ),
    ("InvalidWithoutCode", "Refuses invalid bodies without a code.", _of("invalid", code=...), _FORM),
    (
        "CredentialInAnotherForm",
        "Refuses credentials with the member error in place of code, message and status.",
        _of("credential", code=..., message=..., status=..., error="unauthorized"),
        _FORM,
    ),
]


def _enveloped(vendor: str, code: JSON, message: str, rejects: str) -> list[Row]:
    """``code`` is that of a success, ``message`` the member that holds one, ``rejects`` what else refuses bodies."""
    has_code, has_message = f"{vendor}.answer.refusal-has-code", f"{vendor}.answer.refusal-has-message"
    return [
        (
            "RefusalWithSuccessCode",
            "Refuses with HTTP 400 and the code of a success.",
            _of("any", 400, code=code),
            has_code,
        ),
        (
            "RefusalWithoutCode",
            "Refuses with HTTP 400 and no code.",
            _of("any", 400, code=...),
            f"{vendor}.answer.code-present",
        ),
        ("RefusalCodeOfAnotherType", "Refuses with a code of another type.", _other_type_of_code, has_code),
        ("RefusalWithoutMessage", "Refuses without a message.", _of("any", **{message: ...}), has_message),
        ("RefusalWithEmptyMessage", "Refuses with an empty message.", _of("any", **{message: ""}), has_message),
        (
            "RefusalMessageAsObject",
            "Refuses with an object as the message.",
            _of("any", **{message: {"text": "no"}}),
            has_message,
        ),
        (
            "UnknownAsServerError",
            "Refuses an unknown conversation with HTTP 500.",
            _of("unknown", 500),
            "unknown no-5xx",
        ),
        ("InvalidAsServerError", "Refuses invalid bodies with HTTP 500.", _of("invalid", 500), f"no-5xx {rejects}"),
    ]


_COZE: list[Row] = [
    *_enveloped("coze", 0, "msg", "text not-null broken-json coze.rename.name-required limit"),
    ("RefusalWithoutLogid", "Refuses without detail.", _of("any", detail=...), "coze.answer.refusal-has-logid"),
]
_NUWAX: list[Row] = [
    *_enveloped(
        "nuwax",
        "0000",
        "message",
        "text nuwax.rename.first-message-is-text nuwax.rename.neither-refused nuwax.rename.first-message-or-topic",
    ),
    (
        "RefusalWithSuccessTrue",
        "Refuses with success true.",
        _of("any", success=True),
        "nuwax.answer.refusal-in-envelope",
    ),
    ("RefusalWithoutTid", "Refuses without tid.", _of("any", tid=...), "nuwax.answer.refusal-in-envelope"),
]
_ROWS: dict[str, Sequence[Row]] = {"coze": _COZE, "dify": _DIFY, "nuwax": _NUWAX}
_HTML = {"coze": "coze.answer.is-json", "dify": f"unknown {_APP}", "nuwax": "nuwax.answer.is-json"}


def faults(vendor: str) -> list[Fault]:
    rows = [fault(vendor, _override(name, says, change), breaks) for name, says, change, breaks in _ROWS[vendor]]
    return [*rows, fault(vendor, HtmlRefusals, _HTML[vendor])]
