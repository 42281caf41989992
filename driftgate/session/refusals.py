"""Cases that must be refused and change nothing: many share one read; only if that fails the culprit is sought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from driftgate.base.jsonvalue import ABSENT, JSON
from driftgate.cases import generate
from driftgate.cases.bodies import NO_SCHEME, OTHER_SCHEME, Case, Question
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange
from driftgate.session.reads import Reading


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

    def __init__(self, session: _Asks) -> None:
        self._session = session
        self._batches: list[list[Case]] = []
        self._known: dict[Question, Refused] = {}

    def plan(self, batches: Iterable[Iterable[Case]]) -> None:
        """Takes the cases that will be asked for. Those of a batch share a read: put together what fails alike."""
        self._batches = [_likely_first(batch) for batch in batches]

    def ask(self, case: Case) -> Refused:
        if case.question not in self._known:
            batches = (batch for batch in self._batches if any(each.question == case.question for each in batch))
            batch = next(batches, [case])
            self._ask_all([each for each in batch if each.question not in self._known])
        return replace(self._known[case.question], case=case)

    def _ask_all(self, cases: list[Case]) -> None:
        before = self._session.name_to_keep()
        open_cases: list[tuple[Case, Exchange]] = []
        for case in cases:
            answer = self._session.send_case(case)
            if answer.outcome is Outcome.REFUSAL:
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
                self._ask_all([each for each, _ in open_cases])
            else:  # what is stored is not its doing, but that of a case before it
                self._blame(open_cases, culprit, later, before)
                self._known[case.question] = Refused(case, answer, None, later, later.name)
            open_cases = []
            before = self._session.name_to_keep()
        self._settle(open_cases, before)

    def _clear(self, cases: list[tuple[Case, Exchange]], before: str | None, later: Reading) -> None:
        """None of these cases is seen to have changed the name."""
        for case, answer in cases:
            self._known[case.question] = Refused(case, answer, _kept(before, later), later)

    def _settle(self, cases: list[tuple[Case, Exchange]], before: str | None) -> None:
        """One read for all refused cases.

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
        self._known[case.question] = Refused(case, answer, False, later, before)
        self._clear(cases[culprit + 1 :], later.name, later)
        self._ask_all([case for case, _ in cases[:culprit]])

    def _one_by_one(self, cases: list[Case]) -> None:
        before = self._session.rename_afresh()
        for case in cases:
            answer = self._session.send_case(case)
            later = self._session.read()
            kept = _kept(before, later) if answer.outcome is Outcome.REFUSAL else None
            self._known[case.question] = Refused(case, answer, kept, later, before)
            if later.name != before:
                # a case that clears the name would do no harm the second time
                before = self._session.rename_afresh()


def _likely_first(batch: Iterable[Case]) -> list[Case]:
    """The cases of a batch, each question once; first those of a key in another form of header.

    A case that is let through has all before it sent again, and servers are often lenient with headers.
    """
    cases: dict[Question, Case] = {}
    for case in batch:
        cases.setdefault(case.question, case)
    return sorted(cases.values(), key=lambda case: case.credential not in (NO_SCHEME, OTHER_SCHEME))


def _kept(before: str | None, later: Reading) -> bool | None:
    """Whether a conversation has the name that it had before; None where no read shows its name."""
    if later.conversation is ABSENT or before is None:
        return None
    return later.name == before


def _culprit(cases: list[Case], name: str | None) -> int | None:
    """The index of the last case whose name, or its beginning, the conversation now has."""
    for index in range(len(cases) - 1, -1, -1):
        sent = cases[index].name
        if sent and name and sent.startswith(name):
            return index
    return None
