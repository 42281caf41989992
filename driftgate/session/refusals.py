"""Cases that must be refused and change nothing: many share one read; only if that fails the culprit is sought."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from driftgate.base.jsonvalue import ABSENT, JSON, parse
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, NO_SCHEME, OTHER_SCHEME, Case, Question
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange
from driftgate.session.plan import LeftOut, Plan, Rank
from driftgate.session.reads import Reading

_SELDOM_RENAMES = (Outcome.REFUSAL, Outcome.SERVER_ERROR)  # several of them share a read
_WORST_CASE = 2  # requests: a case that is not refused is followed by a read


@dataclass(frozen=True)
class Refused:
    """The answer to a case that must be refused, and whether the conversation kept its name.

    ``kept`` is None when the case was not refused, or when no read could show it; ``later`` is the read that did, and
    ``before`` the name that the conversation had.
    """

    case: Case
    answer: Exchange
    kept: bool | None
    later: Reading | None
    before: str | None = None

    def relation(self, shown: JSON) -> str:
        """How a name that came back relates to the one that the case sent."""
        sent = self.case.value if self.case.name is None else self.case.name
        return generate.relation(sent, shown, self.before)

    @property
    def stored(self) -> str | None:
        """How the name that a read shows relates to the one that the case sent; None where no read shows a name."""
        return None if self.later is None or self.later.name is None else self.relation(self.later.name)


class _Asks(Protocol):
    def send_case(self, case: Case) -> Exchange: ...
    def read(self) -> Reading: ...
    def name_to_keep(self) -> str | None: ...
    def rename_afresh(self) -> str | None: ...


class Refusals:
    """The refusals of one target: each case is sent once. ``plan`` says which cases may share a read."""

    def __init__(self, session: _Asks, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._batches: list[list[Case]] = []
        self._optional: Mapping[Question, Rank] = {}
        self._left_out: set[Question] = set()
        self._sent: set[Question] = set()
        self._known: dict[Question, Refused] = {}

    def expect(self, batches: Iterable[Iterable[Case]], optional: Mapping[Question, Rank] | None = None) -> None:
        """Takes the cases that will be asked for. Those of a batch share a read: put together what fails alike.

        Those that are optional are asked where the plan allows it: each with what its question is worth.
        """
        self._optional = optional or {}
        self._batches = [_likely_first(batch, self._optional) for batch in batches]

    def is_known(self, case: Case) -> bool:
        """Whether a case was asked, or is surely not asked."""
        return case.question in self._known or case.question in self._left_out

    def is_sent(self, case: Case) -> bool:
        """Whether a case was sent, be it with others whose read is still to come, or is surely not sent."""
        return case.question in self._sent or self.is_known(case)

    def ask(self, case: Case) -> Refused:
        """Raises LeftOut for an optional case that the plan does not allow."""
        if not self.is_known(case):
            batches = (batch for batch in self._batches if any(each.question == case.question for each in batch))
            batch = next(batches, [case])
            self._ask_all([each for each in batch if not self.is_known(each)])
        if case.question in self._left_out:
            raise LeftOut(case.label)
        return replace(self._known[case.question], case=case)

    def _ask_all(self, cases: list[Case]) -> None:
        before = self._session.name_to_keep()
        open_cases: list[tuple[Case, Exchange]] = []
        waiting = deque(cases)
        while waiting:
            case = waiting.popleft()
            if not self._affords(case):
                self._left_out.add(case.question)
                continue
            answer = self._session.send_case(case)
            self._sent.add(case.question)
            if answer.outcome in _SELDOM_RENAMES:
                open_cases.append((case, answer))
                continue
            if answer.outcome is Outcome.UNAVAILABLE:
                self._known[case.question] = Refused(case, answer, None, None)
                continue
            later = self._session.read()
            self._known[case.question] = Refused(case, answer, None, later, before)
            culprit = _culprit([each for each, _ in open_cases], later.name)
            if before is None or later.name == before:
                self._clear(open_cases, before, later)
            elif culprit is None or _culprit([case], later.name) is not None:
                # it may have renamed, and so hide what the cases before it did: those are asked again
                waiting.extend(each for each, _ in open_cases)
            else:  # what is stored is not its doing, but that of a case before it
                self._blame(open_cases, culprit, later, before)
                self._known[case.question] = Refused(case, answer, None, later, later.name)
            open_cases = []
            before = self._session.name_to_keep()
        self._settle(open_cases, before)

    def _affords(self, case: Case) -> bool:
        rank = self._optional.get(case.question)
        return rank is None or self.is_sent(case) or self._plan.allows(_WORST_CASE, rank)

    def _clear(self, cases: list[tuple[Case, Exchange]], before: str | None, later: Reading) -> None:
        """None of these cases is seen to have changed the name."""
        for case, answer in cases:
            self._known[case.question] = Refused(case, answer, _kept_by(answer, before, later), later, before)

    def _settle(self, cases: list[tuple[Case, Exchange]], before: str | None) -> None:
        """One read for all cases that were refused, or ended in a server error.

        A name that has changed points to the case that sent it, or a longer name that begins so. Later cases are then
        cleared, and earlier ones sent again. Where it points to none, each case is sent again with a read of its own.
        """
        if not cases:
            return
        later = self._session.read()
        if _kept(before, later) is not False:
            self._clear(cases, before, later)
        else:
            culprit = _culprit([case for case, _ in cases], later.name)
            if culprit is None:
                self._one_by_one([case for case, _ in cases])
            else:
                self._blame(cases, culprit, later, before)

    def _blame(self, cases: list[tuple[Case, Exchange]], culprit: int, later: Reading, before: str | None) -> None:
        """One refused case changed the name: those after it did not, and those before it are asked again."""
        case, answer = cases[culprit]
        self._known[case.question] = Refused(case, answer, _kept_by(answer, before, later), later, before)
        self._clear(cases[culprit + 1 :], later.name, later)
        self._ask_all([case for case, _ in cases[:culprit]])

    def _one_by_one(self, cases: list[Case]) -> None:
        before = self._session.rename_afresh()
        for case in cases:
            answer = self._session.send_case(case)
            later = self._session.read()
            self._known[case.question] = Refused(case, answer, _kept_by(answer, before, later), later, before)
            if later.name != before:
                # a case that clears the name would do no harm the second time
                before = self._session.rename_afresh()


def _likely_first(batch: Iterable[Case], optional: Collection[Question]) -> list[Case]:
    """The cases of a batch, each question once; first those of a key in another form of header, then those of bodies.

    A case that is let through has all before it sent again, and servers are often lenient with headers and bodies, but
    not with what is no JSON.
    """
    cases: dict[Question, Case] = {}
    for case in batch:
        cases.setdefault(case.question, case)

    def strictness(case: Case) -> tuple[bool, bool, bool, bool]:
        of_body = case.credential == GIVEN and not case.unknown_conversation
        of_key = case.credential not in (NO_SCHEME, OTHER_SCHEME)
        return of_key, not of_body, _is_cut(case.body), case.question in optional

    return sorted(cases.values(), key=strictness)


def _is_cut(body: bytes) -> bool:
    """Whether a body is JSON that is cut off, which no server lets through."""
    try:
        parse(body or b"{}")
    except ValueError:
        return True
    return False


def _kept(before: str | None, later: Reading) -> bool | None:
    """Whether a conversation has the name that it had before; None where no read shows its name."""
    if later.conversation is ABSENT or before is None:
        return None
    return later.name == before


def _kept_by(answer: Exchange, before: str | None, later: Reading) -> bool | None:
    """Whether a refusal left the name as it was; None also for what was not refused."""
    return _kept(before, later) if answer.outcome is Outcome.REFUSAL else None


def _culprit(cases: list[Case], name: str | None) -> int | None:
    """The index of the last case whose name, or its beginning, the conversation now has."""
    for index in range(len(cases) - 1, -1, -1):
        sent = cases[index].name
        if sent and name and sent.startswith(name):
            return index
    return None
