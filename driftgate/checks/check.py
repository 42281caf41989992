"""What a kind of check is: its name, its place in reports, the cases it makes, what it needs, how it judges answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from driftgate.cases.bodies import Case
from driftgate.contract import Contract, Profile, Requirement
from driftgate.http.exchange import Answer, Exchange
from driftgate.record.verdict import Mismatch
from driftgate.target.model import Target

if TYPE_CHECKING:
    from driftgate.session.plan import Question
    from driftgate.session.session import Session


class Title(StrEnum):
    """The classes of requirements, by the titles and in the order that reports show."""

    REQUESTS = "Requests"
    EFFECTS = "Effects"
    ANSWERS = "Answers"
    REFUSALS = "Refusals"
    ROBUSTNESS = "Robustness"
    LIFECYCLE = "Lifecycle"
    OPEN = "Left open by the page"
    CLIENT = "What the client does"


class JudgesAnswers(Protocol):
    """Judges single answers by the requirements of one kind of check.

    ``by_outcome`` says whether the outcome of an answer decides which requirements speak of it.
    """

    by_outcome: bool

    def part(self, requirement: Requirement) -> str:
        """The part of an answer that a requirement speaks of: status, header or body."""

    def case(self, exchange: Exchange) -> str:
        """The kind of request that an answer belongs to, where a fault of one kind says nothing of the others."""

    def applies(self, requirement: Requirement, exchange: Exchange) -> bool:
        """Whether a requirement speaks of this answer."""

    def judge(self, requirement: Requirement, exchange: Exchange, answer: Answer) -> list[Mismatch] | None:
        """Everything that is violated; None when the answer holds nothing that the requirement speaks of."""


CasesOf = Callable[["Session", Requirement], list[Case]]
QuestionsOf = Callable[["Session", Requirement], Iterable["Question"]]
Prerequisite = Callable[[Requirement, Target, Collection[str]], str | None]


@dataclass(frozen=True)
class Check:
    """One kind of check, as the suites, the runs, the reports and the reference know it.

    ``holds`` says what it tests. ``cases`` makes the cases of a requirement that must be refused; those of a run share
    reads. ``questions`` are what a requirement asks beside its cases, for the plan of a run.
    ``prerequisite`` says what to supply beyond parameters and costs, given the parameters that are known.
    ``answers`` makes the judge of every answer of a run, for a kind that has one. ``replays`` is set where the check
    reproduces its findings itself, by their steps. ``profile`` is the smallest one whose runs have the suite's test.
    """

    name: str
    title: Title
    holds: str
    cases: CasesOf = lambda session, requirement: []
    questions: QuestionsOf = lambda session, requirement: ()
    needs_bystander: Callable[[Requirement], bool] = lambda requirement: False
    prerequisite: Prerequisite = lambda requirement, target, known: None
    answers: Callable[[Contract, Mapping[str, Any]], JudgesAnswers] | None = None
    replays: bool = False
    profile: Profile = Profile.SMOKE

    @property
    def judges_every_answer(self) -> bool:
        return self.answers is not None


def parameter_to_supply(contract: Contract, wanted: Collection[str], known: Collection[str]) -> str | None:
    """Which of the wanted parameters to supply first; None when all are known."""
    for name in sorted(set(wanted) - set(known)):
        parameter = contract.parameter(name)
        says = parameter.says if parameter else ""
        makes_one = f" Or --allow-cost, at the cost of {parameter.costs}" if parameter and parameter.default else ""
        return f"supply --param {name}=…: {says}{makes_one}"
    return None
