"""The check "survives": no body, however malformed, is answered with a server error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from driftgate.base.jsonvalue import JSON
from driftgate.cases.bodies import encode
from driftgate.cases.wrong_types import VALUES, broken_by, wrong_types
from driftgate.checks.check import Check, Title
from driftgate.contract import Outcome, Profile, Requirement
from driftgate.http.exchange import Answer, Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question, Rank

if TYPE_CHECKING:
    from driftgate.session.session import Session


class _Judge:
    """Every answer counts, whatever its request was."""

    by_outcome = False

    def __init__(self, params: Mapping[str, Any]) -> None:
        pass

    def part(self, requirement: Requirement) -> str:
        return "status"

    def applies(self, requirement: Requirement, exchange: Exchange) -> bool:
        return True

    def judge(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[Mismatch]:
        if exchange.outcome is not Outcome.SERVER_ERROR:
            return []
        return [Mismatch("status", "", "any answer but a server error", exchange.describe(), "server error")]


def bodies(session: Session, requirement: Requirement) -> Iterator[bytes]:
    """Bodies that are no valid request, as many as the plan allows; all answers of the run count anyway."""
    for number, body in enumerate(_asked(session)):
        question = session.question(body, Rank.CASE)
        if number == 0 or session.affords(requirement, f"malformed body {number + 1}", question):
            yield body


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """The first body is needed, the others where the plan allows it."""
    return [session.question(body, Rank.CASE if number else Rank.NEEDED) for number, body in enumerate(_asked(session))]


def _asked(session: Session) -> list[bytes]:
    """In the profile smoke only the first body."""
    made = malformed(session.body(None, session.plain_name("malformed")))
    return made[:1] if session.profile is Profile.SMOKE else made


def malformed(valid: Mapping[str, JSON]) -> list[bytes]:
    """A JSON array, no body at all, invalid UTF-8: made of a valid body."""
    text = encode(valid)
    return [b"[]", b"", text[:-2] + b"\xff\xfe" + text[-2:]]


def of_wrong_types(session: Session, requirement: Requirement) -> Iterator[bytes]:
    """Bodies of which a single member has another type, so that none hides another; as many as the plan allows.

    What a requirement of the check "rejects" sends counts already, as all answers do.
    """
    if session.profile is Profile.SMOKE:
        return
    allow_cost = session.target.allow_cost
    rows = [row for row in session.contract.requirements if row.check == "rejects"]
    sent = broken_by(session.contract, {row.id for row in rows if allow_cost or not row.costs})
    valid = session.body(None, session.plain_name("wrong type"))
    for each in wrong_types(session.contract, allow_cost=allow_cost):
        body = encode({**valid, each.member: VALUES[each.type]})
        label = f"{each.type} as {each.member}"
        if each not in sent and session.affords(requirement, label, session.question(body, Rank.GENERATED)):
            yield body


CHECK = Check(
    "survives",
    Title.ROBUSTNESS,
    "No request body, even a malformed one, causes a server error.",
    questions=questions,
    answers=_Judge,
)
