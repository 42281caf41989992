"""The check "generates": a name that the server generates is not empty and not blank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.base.errors import Inconclusive
from driftgate.base.jsonvalue import at, brief
from driftgate.checks.check import Check, Title
from driftgate.contract import Outcome, Requirement
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.reads import Reading
    from driftgate.session.session import Session


def answer_shows_a_name(expect: Expect, session: Session, exchange: Exchange) -> None:
    """The answer carries a generated name. Whether it is the former one, as if a model fails, is observed.

    Raises Inconclusive where no name was generated: that such a request is accepted is another requirement.
    """
    if exchange.outcome is not Outcome.SUCCESS:
        raise Inconclusive(f"no name was generated: {exchange.describe()}")
    if not expect.contract.answers_with_name:
        return
    pointer = expect.contract.answered_name
    shown = at(exchange.json, pointer)
    _is_a_name(expect, exchange, "body", pointer, shown)
    former = session.name_before(exchange)
    expect.observe(exchange, None if former is None else "unchanged" if shown == former else "another")


def read_shows_a_name(expect: Expect, reading: Reading) -> None:
    """A read after names were generated shows one. Raises Inconclusive where it does not show the conversation."""
    pointer = expect.contract.name_pointer
    _is_a_name(expect, reading.exchange, "read", pointer, at(expect.readable(reading).conversation, pointer))


def _is_a_name(expect: Expect, exchange: Exchange, part: str, pointer: str, shown: object) -> None:
    """A name that is no text is found by other requirements."""
    if isinstance(shown, str):
        expect.judged()
        if not shown.strip():
            signature = "blank" if shown else "empty"
            expect.found("name", Mismatch(part, pointer, "a name that is not blank", brief(shown), signature), exchange)


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """A name is generated, and read, unless the read of a generated name that must be another one shows it."""
    ignoring = [row.id for row in session.contract.requirements if row.check == "ignores"]

    def is_read() -> bool:
        return session.is_read or any(map(session.plan.is_open, ignoring))

    body = session.body(requirement.detail["body"], "")
    return [session.question(body), Question((requirement.id, "read"), 1, answered=is_read)]


CHECK = Check(
    "generates",
    Title.REQUESTS,
    "A name that the server generates is not empty and not blank.",
    questions=questions,
)
