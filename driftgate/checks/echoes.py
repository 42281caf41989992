"""The check "echoes": the answer of a rename carries exactly the name that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import at
from driftgate.checks import names
from driftgate.checks.check import Check, Title
from driftgate.contract import Requirement
from driftgate.http.exchange import Exchange

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect

CHECK = Check("echoes", Title.EFFECTS, "The answer has exactly the name that was sent.", questions=names.questions)


def needs_no_read(requirement: Requirement) -> bool:
    """Whether the answer alone is judged. Another way of naming is read back by no other requirement."""
    return requirement.check == CHECK.name and "body" not in requirement.detail


def answer_shows(expect: Expect, exchange: Exchange, name: str) -> None:
    """The answer of a rename carries this name."""
    if expect.success(exchange):
        pointer = expect.contract.answered_name
        expect.same_name(exchange, "body", pointer, name, at(exchange.json, pointer))
