"""What a run will ask, before it asks: the questions of all requirements, and the cases that share a read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from driftgate.cases.bodies import GIVEN, Case
from driftgate.cases.bodies import Question as CaseQuestion
from driftgate.checks.registry import check_named
from driftgate.contract import Level, Requirement
from driftgate.session.plan import Question, Rank
from driftgate.session.session import Session


def expect_all(session: Session, rows: Sequence[Requirement]) -> None:
    """Tells a session what these requirements will ask."""
    cases = {row.id: check_named(row.check).cases(session, row) for row in rows if row.level is not Level.MAY}
    batches = _batches(rows, cases)
    ranks = _ranks(rows, cases)
    session.refusals.expect(batches, {each: rank for each, rank in ranks.items() if rank is not Rank.NEEDED})
    session.plan.expect(
        {
            row.id: [
                *check_named(row.check).questions(session, row),
                *_of_cases(session, cases.get(row.id, ()), ranks),
                *_reads(session, cases.get(row.id, ()), batches),
            ]
            for row in rows
        }
    )


def _batches(rows: Iterable[Requirement], cases: Mapping[str, Sequence[Case]]) -> Sequence[Sequence[Case]]:
    """The cases that must be refused, in two batches: bodies that a SHOULD forbids are often let through."""
    strict: list[Case] = []
    lenient: list[Case] = []
    for row in rows:
        for case in cases.get(row.id, ()):
            by_body = row.level is Level.SHOULD and case.credential == GIVEN
            (lenient if by_body else strict).append(case)
    return strict, lenient


def _ranks(rows: Iterable[Requirement], cases: Mapping[str, Sequence[Case]]) -> Mapping[CaseQuestion, Rank]:
    """What each case is worth to the requirement that needs it most: the first one of each is needed."""
    ranks: dict[CaseQuestion, Rank] = {}
    for row in rows:
        further = Rank.LENIENT_CASE if row.level is Level.SHOULD else Rank.CASE
        for index, case in enumerate(cases.get(row.id, ())):
            rank = further if index else Rank.NEEDED
            ranks[case.question] = min(rank, ranks.get(case.question, rank))
    return ranks


def _of_cases(session: Session, cases: Iterable[Case], ranks: Mapping[CaseQuestion, Rank]) -> Iterator[Question]:
    """A request for each case, and one for its control where none was accepted yet."""
    for case in cases:
        yield Question(case.question, 1, ranks[case.question], partial(session.refusals.is_sent, case))
        yield session.control_question(case.control)


def _reads(session: Session, cases: Sequence[Case], batches: Sequence[Sequence[Case]]) -> Iterator[Question]:
    """The reads before and after the batches that a requirement has cases in."""
    for number, batch in enumerate(batches):
        if any(case in batch for case in cases):
            yield Question(("before", number), 1, answered=partial(_begun, session, batch))
            yield Question(("after", number), 1, answered=partial(_ended, session, batch))


def _begun(session: Session, batch: Iterable[Case]) -> bool:
    return session.known_name is not None or any(map(session.refusals.is_sent, batch))


def _ended(session: Session, batch: Iterable[Case]) -> bool:
    return all(map(session.refusals.is_known, batch))
