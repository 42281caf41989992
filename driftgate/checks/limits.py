"""The check "limits": a text is accepted at its bound and refused beyond it, in several alphabets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import JSON, at, brief, with_members
from driftgate.cases import generate
from driftgate.cases.bodies import Case, encode
from driftgate.checks.check import Check, Title
from driftgate.contract import Contract, Requirement
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question, Rank

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.session import Session


def bodies(session: Session, requirement: Requirement) -> Iterator[tuple[str, dict[str, JSON], str]]:
    """What must be accepted: label, body and name at the bound, in each alphabet that the plan allows."""
    bound: int = requirement.detail["at_most"]
    for number, alphabet in enumerate(requirement.detail["alphabets"]):
        label, (body, name) = f"{bound} {alphabet} characters", _body(session, requirement, bound, alphabet)
        if number == 0 or session.affords(requirement, label, session.question(body, Rank.CASE, read=True)):
            yield label, body, name


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """The bound in the first alphabet is needed, the others where the plan allows it."""
    bound: int = requirement.detail["at_most"]
    made = [_body(session, requirement, bound, alphabet)[0] for alphabet in requirement.detail["alphabets"]]
    return [session.question(body, Rank.CASE if number else Rank.NEEDED, read=True) for number, body in enumerate(made)]


def cases(session: Session, requirement: Requirement) -> list[Case]:
    """What must be refused: one character beyond the bound, in each alphabet."""
    bound: int = requirement.detail["at_most"]
    made = []
    for alphabet in requirement.detail["alphabets"]:
        body, text = _body(session, requirement, bound + 1, alphabet)
        control, _ = _body(session, requirement, bound, alphabet)
        made.append(Case(f"{bound + 1} {alphabet} characters", encode(body), control, name=text))
    return made


def _body(session: Session, requirement: Requirement, length: int, alphabet: str) -> tuple[dict[str, JSON], str]:
    """The rename body whose limited field holds ``length`` characters, and that text."""
    text = generate.long_name(alphabet, length, session.seed)
    return with_members(session.body(None, text), {requirement.detail["field"]: text}), text


def is_answered_whole(expect: Expect, exchange: Exchange, name: str) -> None:
    """The answer of a rename does not carry the beginning of this name alone."""
    if expect.success(exchange):
        pointer = expect.contract.answered_name
        shown = at(exchange.json, pointer)
        expect.judged()
        if isinstance(shown, str) and shown != name and name.startswith(shown):
            expect.found(
                "value", Mismatch("body", pointer, brief(name), brief(shown), f"cut to {len(shown)}"), exchange
            )


def shortest(contract: Contract) -> int | None:
    """The smallest bound that the contract promises, if there is one."""
    bounds = [row.detail["at_most"] for row in contract.requirements if row.check == CHECK.name]
    return min(bounds, default=None)


CHECK = Check(
    "limits",
    Title.REQUESTS,
    "The target accepts a text at the limit and refuses a longer one, in several alphabets.",
    cases=cases,
    questions=questions,
)
