"""The check "accepts": documented requests are carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import JSON
from driftgate.checks.check import Check, Title
from driftgate.contract import Outcome, Requirement
from driftgate.contract.template import fill
from driftgate.http.exchange import Exchange

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.plan import Question
    from driftgate.session.session import Session


def bodies(session: Session, requirement: Requirement) -> list[tuple[str, dict[str, JSON]]]:
    """The bodies of the requirement, or the requests of the page's examples, each with its label."""
    if "bodies" in requirement.detail:
        return [
            (f"body {number}", fill(body, session.values()))
            for number, body in enumerate(requirement.detail["bodies"], 1)
        ]
    return [
        (f"example {example.id}", fill(example.request, session.values()))
        for example in session.contract.examples
        if example.request is not None and (session.target.allow_cost or not example.costs)
    ]


def is_accepted(expect: Expect, requirement: Requirement, exchange: Exchange) -> None:
    """The request was carried out; where a refusal is documented that is as good, it has that form."""
    if "or" in requirement.detail and exchange.outcome is Outcome.REFUSAL:
        expect.answer(exchange, requirement.detail["or"])
    else:
        expect.success(exchange)


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """All bodies are documented, and so all are asked."""
    return [session.question(body) for _, body in bodies(session, requirement)]


CHECK = Check(
    "accepts",
    Title.REQUESTS,
    "The target accepts a body that the contract allows, or answers with a refusal that the row allows.",
    questions=questions,
)
