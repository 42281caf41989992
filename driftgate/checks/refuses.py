"""The check "refuses": a named situation (an unknown conversation, a wrong credential) gets its documented refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, Case, encode
from driftgate.checks.check import Check, Title
from driftgate.contract import Requirement

if TYPE_CHECKING:
    from driftgate.session.session import Session


def cases(session: Session, requirement: Requirement) -> list[Case]:
    """The one case that puts the server into the situation."""
    request = requirement.detail["request"]
    name = generate.fresh_name(session.seed, requirement.id)
    control = session.body(None, name)
    body = session.body(request.get("body"), name)
    label = ", ".join(f"{key} {value}" for key, value in request.items() if key != "body") or "another body"
    unknown = request.get("conversation") == "unknown"
    return [Case(label, encode(body), control, name, request.get("credential", GIVEN), unknown)]


CHECK = Check(
    "refuses",
    Title.REFUSALS,
    "A named situation leads to the documented refusal and changes nothing.",
    cases=cases,
)
