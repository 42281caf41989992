"""What a run will ask, before it asks: the questions of all requirements, and the cases that share a read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from driftgate.cases.bodies import Case
from driftgate.checks.registry import check_named
from driftgate.contract import Level, Requirement
from driftgate.session.plan import Question, Rank
from driftgate.session.session import Session

# Those of each level together: what a SHOULD forbids is often let through.
_LEVELS = (Level.MUST, Level.SHOULD)


def expect_all(session: Session, rows: Sequence[Requirement]) -> None:
    """Tells a session what these requirements will ask."""
    cases = {row.id: check_named(row.check).cases(session, row) for row in rows}
    batches = [[case for row in rows if row.level is level for case in cases[row.id]] for level in _LEVELS]
    needed = {case for made in cases.values() for case in made[:1]}
    session.refusals.expect(batches, [case for made in cases.values() for case in made if case not in needed])
    session.plan.expect(
        {
            row.id: [
                *check_named(row.check).questions(session, row),
                *_of_cases(session, cases[row.id], needed),
                *(_reads(session, row, batches) if cases[row.id] else ()),
            ]
            for row in rows
        }
    )


def _of_cases(session: Session, cases: Iterable[Case], needed: set[Case]) -> Iterator[Question]:
    """A request for each case, and one for its control where none was accepted yet."""
    for case in cases:
        rank = Rank.NEEDED if case in needed else Rank.CASE
        yield Question(case, 1, rank, partial(session.refusals.is_sent, case))
        yield session.control_question(case.control)


def _reads(session: Session, row: Requirement, batches: Sequence[Sequence[Case]]) -> Iterator[Question]:
    """The reads before and after the batch that the requirement has cases in."""
    for level, batch in zip(_LEVELS, batches, strict=True):
        if row.level is level and batch:
            yield Question(("before", level), 1, answered=partial(_begun, session, batch))
            yield Question(("after", level), 1, answered=partial(_ended, session, batch))


def _begun(session: Session, batch: Iterable[Case]) -> bool:
    return session.known_name is not None or any(map(session.refusals.is_sent, batch))


def _ended(session: Session, batch: Iterable[Case]) -> bool:
    return all(map(session.refusals.is_known, batch))
