"""The check "ignores": under a condition a field has no effect, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import JSON, at, brief, with_members
from driftgate.cases import generate
from driftgate.checks.check import Check, Title
from driftgate.contract import Requirement
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question, Rank

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.reads import Reading
    from driftgate.session.session import Session


def bodies(session: Session, requirement: Requirement) -> Iterator[tuple[str, dict[str, JSON], str]]:
    """Label, body, and the value that must have no effect; the last one, whose effect a read shows, in any case."""
    made = _all(session, requirement)
    for number, (label, body, value) in enumerate(made, 1):
        last = number == len(made)
        if last or session.affords(requirement, label, session.question(body, Rank.CASE)):
            yield label, body, value


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """The last value and the read after it are needed, the others where the plan allows it."""
    *others, last = [body for _, body, _ in _all(session, requirement)]
    needed = [session.question(last), Question((requirement.id, "read"), 1)]
    return [*needed, *(session.question(body, Rank.CASE) for body in others)]


def _all(session: Session, requirement: Requirement) -> list[tuple[str, dict[str, JSON], str]]:
    detail = requirement.detail
    values = {"other": session.plain_name(requirement.id), "over-long": generate.long_name("ASCII", 1000), "empty": ""}
    base = session.body(detail["body"], "")
    return [
        (f"{label} {detail['field']}", with_members(base, {detail["field"]: values[label]}), values[label])
        for label in detail["values"]
    ]


def answer_shows_another_name(expect: Expect, exchange: Exchange, name: str) -> None:
    """A rename was carried out, and its answer carries another name than this."""
    if expect.success(exchange):
        pointer = expect.contract.answered_name
        _differs(expect, exchange, "body", pointer, name, at(exchange.json, pointer))


def read_shows_another_name(expect: Expect, reading: Reading, name: str) -> None:
    """A read after a rename shows another name than this."""
    pointer = expect.contract.name_pointer
    shown = at(expect.readable(reading).conversation, pointer)
    _differs(expect, reading.exchange, "read", pointer, name, shown)


def _differs(expect: Expect, exchange: Exchange, part: str, pointer: str, unwanted: str, actual: object) -> None:
    """A name that is no text tells nothing; one that is empty was made so, whatever was sent."""
    if not isinstance(actual, str):
        return
    expect.judged()
    if actual and actual == unwanted:
        wanted = f"another name than {brief(unwanted)}"
        expect.found("name", Mismatch(part, pointer, wanted, brief(actual), "not ignored"), exchange)


CHECK = Check("ignores", Title.REQUESTS, "A field has no effect, for any value.", questions=questions)
