"""The check "keeps": a rename leaves other members and other conversations as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import ABSENT, JSON, at, type_name
from driftgate.checks.check import Check, Title
from driftgate.checks.expect import Inconclusive
from driftgate.contract import Contract, Outcome, Requirement
from driftgate.contract.schemas import validator, violations
from driftgate.http.exchange import Exchange
from driftgate.session.plan import Question

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.reads import Reading
    from driftgate.session.session import Session


def bystanders(session: Session, requirement: Requirement) -> list[tuple[Reading, Reading]]:
    """Another conversation as it was at first and as it is now, for a requirement that speaks of others."""
    if "others" not in requirement.detail or session.bystander is None:
        return []
    conversation, before = session.bystander
    return [(before, session.conversations.read(conversation))]


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """A rename that was read, and a read of the bystander."""
    is_list = session.contract.read.items is not None

    def shown() -> bool:
        return is_list and session.is_read  # the list that shows the one conversation shows the other, too

    others = [Question((requirement.id, "bystander"), 1, answered=shown)] if "others" in requirement.detail else []
    return [session.last_question(), *others]


def same_in_read(expect: Expect, before: Reading, after: Reading | None, pointers: Sequence[str]) -> None:
    """These members of a conversation are the same in both reads; one that was not there before is passed over."""
    later = expect.readable(after)
    _same(expect, before, later.conversation, later.exchange, "read", "", pointers)


def same_in_answer(expect: Expect, before: Reading, answer: Exchange, pointers: Sequence[str]) -> None:
    """These members are in a rename's answer as they were in the read before it. Raises Inconclusive."""
    if answer.outcome is not Outcome.SUCCESS:
        raise Inconclusive(f"there was no rename to look at the effects of: {answer.describe()}")
    if not expect.contract.answers_with_name:
        return  # a later read shows them
    root = expect.contract.rename.conversation or ""
    shown = at(answer.json, root)
    judged = [
        each
        for each in pointers
        if type_name(at(shown, each)) == type_name(at(before.conversation, each))
        or (_may_be(expect.contract, root + each, at(shown, each)) and not _is_broken(expect.contract, before, each))
    ]
    _same(expect, before, shown, answer, "body", root, judged)


def _may_be(contract: Contract, pointer: str, value: JSON) -> bool:
    """Whether an answer may have this value there; what is gone or of a wrong type is found by the check "answers"."""
    rows = [row.detail for row in contract.requirements if row.check == "answers" and row.detail.get("at") == pointer]
    forms = [row["schema"] for row in rows if "schema" in row]
    return value is not ABSENT and bool(forms) and all(validator(each).is_valid(value) for each in forms)


def _is_broken(contract: Contract, before: Reading, pointer: str) -> bool:
    """Whether a requirement on reads finds this member: one cause is told once, and such a read shows no value."""
    rows = [row.detail for row in contract.requirements if row.check == "answers"]
    return any(
        f"{row.get('at', '')}{below}".endswith(pointer)
        for row in rows
        if row.get("operation") == "read" and "schema" in row
        for below, *_ in violations(validator(row["schema"]), at(before.exchange.json, row.get("at", "")))
    )


def _same(
    expect: Expect, before: Reading, shown: object, exchange: Exchange, part: str, root: str, pointers: Sequence[str]
) -> None:
    expect.readable(before)
    for pointer in pointers:
        was, now = at(before.conversation, pointer), at(shown, pointer)
        if was is not ABSENT:
            expect.equal(exchange, part, root + pointer, was, now)


CHECK = Check(
    "keeps",
    Title.EFFECTS,
    "A rename does not change other members of the conversation, or other conversations.",
    questions=questions,
    needs_bystander=lambda requirement: "others" in requirement.detail,
)
