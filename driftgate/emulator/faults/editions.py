"""Faults of further editions: they break what an edition promises beyond, or unlike, the vendor's current one."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import JSON, Conversation, Emulator, Refused
from driftgate.emulator.dify import Dify


class UserStillRequired(Dify):
    """Refuses a body without user, as the earlier edition did."""

    def validate_user(self, body: Mapping[str, JSON]) -> None:
        if "user" not in body:
            raise Refused("invalid", "user is required")
        super().validate_user(body)


class AnonymousForbidden(Dify):
    """Answers a body without user with HTTP 403 where the conversation belongs to a user."""

    _anonymous = False

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        if refused.kind == "foreign" and self._anonymous:
            return 403, {"code": "forbidden", "message": refused.reason, "status": 403}
        return super().refusal(refused)

    def owner(self, caller: str, body: JSON) -> str:
        self._anonymous = "user" not in body
        return super().owner(caller, body)


class _Key(Dify):
    """Base of faults of requests without a key (``missing``), or with a key that nobody has."""

    missing = True
    _applies = False

    def authenticate(self, token: str | None) -> str:
        self._applies = (token is None) is self.missing
        return super().authenticate(token)

    def refusal(self, refused: Refused) -> tuple[int, dict[str, JSON]]:
        status, body = super().refusal(refused)
        return self.changed(status, body) if refused.kind == "credential" and self._applies else (status, body)

    def changed(self, status: int, body: dict[str, JSON]) -> tuple[int, dict[str, JSON]]:
        """The refusal that the fault sends in place of this one."""
        return 403, {**body, "status": 403}


class MissingKeyForbidden(_Key):
    """Refuses a request without a key with HTTP 403."""


class WrongKeyForbidden(_Key):
    """Refuses a request with a wrong key with HTTP 403."""

    missing = False


class MissingKeyOtherCode(_Key):
    """Refuses a request without a key under another code."""

    def changed(self, status: int, body: dict[str, JSON]) -> tuple[int, dict[str, JSON]]:
        return status, {**body, "code": "missing_key"}


class WrongKeyOtherCode(_Key):
    """Refuses a request with a wrong key under another code."""

    missing = False

    def changed(self, status: int, body: dict[str, JSON]) -> tuple[int, dict[str, JSON]]:
        return status, {**body, "code": "wrong_key"}


class EmptyNameAccepted(Dify):
    """Accepts an empty name."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if body.get("name") != "":
            super().validate_name(body)


class BlankNameAccepted(Dify):
    """Accepts a name of spaces."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if not str(body.get("name", "")).isspace():
            super().validate_name(body)


class BlankNameKept(Dify):
    """Answers a blank name with success, and keeps the name that was."""

    def validate_name(self, body: Mapping[str, JSON]) -> None:
        if str(body.get("name") or "x").strip():
            super().validate_name(body)

    def store_name(self, conversation: Conversation, name: str) -> None:
        if name.strip():
            super().store_name(conversation, name)


class StatusLeftOut(Dify):
    """Leaves status out of the answer to a rename."""

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {key: value for key, value in super().renamed(conversation, name).items() if key != "status"}


class InputsLeftOut(Dify):
    """Leaves inputs out of the answer to a rename."""

    def renamed(self, conversation: Conversation, name: str) -> dict[str, JSON]:
        return {key: value for key, value in super().renamed(conversation, name).items() if key != "inputs"}


_OF_JULY: Mapping[type[Emulator], str] = {
    UserStillRequired: "dify.rename.user-may-be-absent",
    AnonymousForbidden: "dify.rename.user-may-be-absent",
    MissingKeyForbidden: "no-key",
    WrongKeyForbidden: "wrong-key altered-key",
    MissingKeyOtherCode: "no-key",
    WrongKeyOtherCode: "wrong-key altered-key",
}
FAULTS: Mapping[tuple[str, str], Mapping[type[Emulator], str]] = {
    ("dify", "2026-07"): _OF_JULY,
    ("dify", "2026-generated"): {
        **_OF_JULY,
        EmptyNameAccepted: "dify.rename.name-not-blank",
        BlankNameAccepted: "dify.rename.name-not-blank",
        BlankNameKept: "dify.rename.name-not-blank",
        StatusLeftOut: "present",
        InputsLeftOut: "present",
    },
}
