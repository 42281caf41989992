"""The check "types": a body is not carried out that is no object, or has members of other types than promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from driftgate.base.errors import Inconclusive
from driftgate.base.jsonvalue import JSON, parse
from driftgate.cases.wrong_types import combined
from driftgate.checks.check import Check, Title
from driftgate.checks.survives import LIST, body_of, label_of, unasked_types
from driftgate.contract import Contract, Outcome, Requirement
from driftgate.contract.openapi import rename_schema
from driftgate.contract.schemas import validator
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question, Rank

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.session import Session


def bodies(session: Session, requirement: Requirement) -> Iterator[tuple[str, bytes]]:
    """A list, and bodies with several members of another type, each with what is wrong in it; as the plan allows.

    The check "survives" sends the same ones. A success says that each of these types was taken. Raises
    Inconclusive where the plan allows none.
    """
    allowed = False
    for label, body in _bodies(session):
        if session.affords(requirement, label, session.question(body, Rank.TYPE)):
            allowed = True
            yield label, body
    if not allowed:
        raise Inconclusive("no request is left for a body with members of other types: raise --max-requests")


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """All where the plan allows it: what else failed is worth more."""
    return [session.question(body, Rank.TYPE) for _, body in _bodies(session)]


def is_not_carried_out(expect: Expect, exchange: Exchange) -> None:
    """Anything but a success passes: a server error is found by the check "survives"."""
    if expect.answered(exchange) is Outcome.SUCCESS:
        mismatch = Mismatch("status", "", "a refusal", exchange.describe(), f"success of {expect.case}")
        expect.found("outcome", mismatch, exchange)


def _bodies(session: Session) -> Iterator[tuple[str, bytes]]:
    """What no requirement of the check "rejects" sends."""
    rows = [row for row in session.contract.requirements if row.check == "rejects"]
    if not any(each.get("raw") == "list" for row in rows for each in row.detail["breaks"]):
        yield "a list as the body", LIST
    for types in combined(unasked_types(session)):
        body = body_of(session, types)
        if _is_forbidden(session.contract, parse(body)):
            yield " and ".join(map(label_of, types)), body


def _is_forbidden(contract: Contract, body: JSON) -> bool:
    """Whether a body is no valid request, even where a null is taken for a member that is left out."""
    assert isinstance(body, Mapping)
    given = {key: value for key, value in body.items() if value is not None}
    return not validator(rename_schema(contract)).is_valid(given)


CHECK = Check(
    "types",
    Title.ROBUSTNESS,
    "A list in place of the body, or a body with members of other types than the contract says, is not answered with "
    "success.",
    questions=questions,
)
