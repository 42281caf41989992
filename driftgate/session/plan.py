"""A plan: what a run must still ask of a target. Other questions are asked out of what the budget has beyond that."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from driftgate.base.errors import DriftgateError

if TYPE_CHECKING:
    from driftgate.http.client import Budget


class Rank(IntEnum):
    """What a question is worth. While the budget lasts, those of a smaller rank come first."""

    NEEDED = 0  # without it a requirement is not judged
    CASE = 1  # a further case of a MUST
    REPRODUCTION = 2  # a finding once more
    SMALLER = 3  # what of a failing name it is that fails
    TYPE = 4  # a member of another type
    NAME = 5  # a further name
    LENIENT_CASE = 6  # a further case of a SHOULD
    READ = 7  # the read that shows whether a further name was stored
    GENERATED = 8  # a name made at random


@dataclass(frozen=True)
class Question:
    """Something to ask, once for all requirements that ask it: ``key`` names it, ``cost`` is in requests at most.

    ``ask`` asks it, for one that may be asked at any time: a rename whose body has this ``form``, and a read. Such a
    rename also answers a question that has a form alone.
    """

    key: Hashable
    cost: int
    rank: Rank = Rank.NEEDED
    answered: Callable[[], bool] = lambda: False
    ask: Callable[[], object] | None = None
    form: str | None = None


class LeftOut(DriftgateError):
    """An optional question that the budget has no room for. The requirement is judged by its other questions."""

    exit_code = 0
    verdict = "none"


class Plan:
    """The questions of a run by requirement, until they are answered or the requirement is done.

    ``to_reproduce`` is the number of requests that it takes to reproduce what was found so far.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._open: dict[str, Sequence[Question]] = {}
        self.to_reproduce: Callable[[], int] = lambda: 0
        self.left_out: dict[str, list[str]] = {}

    def expect(self, questions: Mapping[str, Sequence[Question]]) -> None:
        """Takes the questions of all requirements that will be asked."""
        self._open = dict(questions)

    def done(self, requirement: str) -> None:
        """A requirement asks no more."""
        self._open.pop(requirement, None)

    def allows(self, cost: int, rank: Rank) -> bool:
        """Whether a question of this cost leaves enough for all that is worth more."""
        return self._budget.left - self._outstanding(rank) >= cost

    def needs(self, key: Hashable, cost: int) -> bool:
        """Whether a question that is still to be asked needs this many requests."""
        return any(each.key == key and each.cost >= cost for each in self._needed())

    def is_open(self, requirement: str) -> bool:
        """Whether a requirement is still to be asked."""
        return requirement in self._open

    def holds(self, question: Question) -> bool:
        """Whether requests are held for a question that is needed."""
        return any(each.key == question.key for each in self._needed())

    def next(self, form: str) -> Question | None:
        """A rename with a body of this form that has to be asked some time, and may be asked now."""
        return next((each for each in self._needed() if each.ask is not None and each.form == form), None)

    def _needed(self) -> Iterator[Question]:
        for questions in self._open.values():
            yield from (each for each in questions if each.rank is Rank.NEEDED and not each.answered())

    def omit(self, requirement: str, what: str) -> None:
        """Notes what is not asked for a requirement."""
        noted = self.left_out.setdefault(requirement, [])
        if what not in noted:
            noted.append(what)

    def _outstanding(self, rank: Rank) -> int:
        """The requests, at most, for questions that are worth more than this rank; shared ones count once."""
        forms = {each.form for each in self._needed() if each.ask is not None}
        costs: dict[Hashable, int] = {}
        for questions in self._open.values():
            for each in questions:
                if each.rank < rank and not each.answered() and (each.ask or each.form not in forms):
                    costs[each.key] = max(each.cost, costs.get(each.key, 0))
        return sum(costs.values()) + (self.to_reproduce() if rank > Rank.REPRODUCTION else 0)
