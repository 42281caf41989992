"""The check "rereads": reading changes nothing, so that two reads in a row show the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftgate.base.jsonvalue import ABSENT, JSON, at, brief
from driftgate.checks.check import Check, Title
from driftgate.contract import Operation, Requirement
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.plan import Question

if TYPE_CHECKING:
    from driftgate.checks.expect import Expect
    from driftgate.session.reads import Reading
    from driftgate.session.session import Session


def same_in_both(expect: Expect, before: Reading, after: Reading, pointers: Sequence[str]) -> None:
    """These members are the same in both reads, and the rows of a list are in the same order.

    Raises Inconclusive where one of them does not show the conversation.
    """
    first, second = expect.readable(before), expect.readable(after)
    for pointer in pointers:
        was = at(first.conversation, pointer)
        if was is not ABSENT:
            expect.equal(second.exchange, "read", pointer, was, at(second.conversation, pointer))
    if expect.contract.read.items is not None:
        _same_order(expect, expect.contract.read, first.exchange, second.exchange)


def _same_order(expect: Expect, operation: Operation, first: Exchange, second: Exchange) -> None:
    """Of the rows that are equal in both lists: others may have changed, made or deleted some in the meantime."""
    before, after = (_rows(operation, exchange) for exchange in (first, second))
    kept = [row for row in before if row in after]
    later = [row for row in after if row in before]
    expect.judged()
    if kept != later:
        ids = [[at(row, expect.contract.id_pointer) for row in rows[:5]] for rows in (kept, later)]
        mismatch = Mismatch("read", operation.items or "", brief(ids[0]), brief(ids[1]), "another order")
        expect.found("value", mismatch, second)


def _rows(operation: Operation, exchange: Exchange) -> list[JSON]:
    rows = at(exchange.json, operation.items or "")
    return rows if isinstance(rows, list) else []


def questions(session: Session, requirement: Requirement) -> list[Question]:
    """Two reads, unless a read came just before."""
    return [Question((requirement.id, "reads"), 2)]


CHECK = Check("rereads", Title.EFFECTS, "Two reads with nothing between them show the same.", questions=questions)
