"""Emulators of further editions: servers that keep what a vendor has promised since, or did before."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import JSON, Emulator
from driftgate.emulator.dify import Dify


class WithoutUser(Dify):
    """Acts for a user of its own where none is named, and so does not find the conversations of others."""

    anonymous = "DEFAULT-USER"

    def validate_user(self, body: Mapping[str, JSON]) -> None:
        if "user" in body:
            super().validate_user(body)

    def owner(self, caller: str, body: JSON) -> str:
        return str(body.get("user", self.anonymous))


EDITIONS: Mapping[tuple[str, str], type[Emulator]] = {("dify", "2026-07"): WithoutUser}
