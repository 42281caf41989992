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


CHECK = Check(
    "survives", Title.ROBUSTNESS, "No request body, even a malformed one, causes a server error.", answers=_Judge
)


def bodies(session: Session) -> list[bytes]:
    """Bodies that are no valid request; in the profile smoke only the first, all answers count anyway."""
    made = malformed(session.body(None, session.plain_name("malformed")))
    return made[:1] if session.profile is Profile.SMOKE else made


def malformed(valid: Mapping[str, JSON]) -> list[bytes]:
    """A JSON array, no body at all, invalid UTF-8: made of a valid body."""
    text = encode(valid)
    return [b"[]", b"", text[:-2] + b"\xff\xfe" + text[-2:]]


def of_wrong_types(session: Session) -> Iterator[bytes]:
    """Bodies of which a single member has another type, so that none hides another; as many as requests are left.

    What a requirement of the check "rejects" sends counts already, as all answers do.
    """
    if session.profile is Profile.SMOKE:
        return
    allow_cost = session.target.allow_cost
    rows = [row for row in session.contract.requirements if row.check == "rejects"]
    sent = broken_by(session.contract, {row.id for row in rows if allow_cost or not row.costs})
    valid = session.body(None, session.plain_name("wrong type"))
    for each in wrong_types(session.contract, allow_cost=allow_cost):
        if each not in sent and session.conversations.client.budget.left:
            yield encode({**valid, each.member: VALUES[each.type]})
