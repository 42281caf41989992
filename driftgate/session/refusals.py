"""Cases that must be refused and change nothing: many share one read; only if that fails the culprit is sought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from driftgate.base.jsonvalue import ABSENT
from driftgate.cases.bodies import GIVEN, Case
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange
from driftgate.session.plan import NotAsked, Plan, Rank
from driftgate.session.reads import Reading

_WORST_CASE = 2  # requests: a case that is not refused is followed by a read


@dataclass(frozen=True)
class Refused:
    """The answer to a case that must be refused, and whether the conversation kept its name.

    ``kept`` is None when the case was not refused, or when no read could show it; ``later`` is the read that did.
    """

    case: Case
    answer: Exchange
    kept: bool | None
    later: Reading | None


class _Asks(Protocol):
    def send_case(self, case: Case) -> Exchange: ...
    def read(self) -> Reading: ...
    def current_name(self) -> str | None: ...
    def rename_afresh(self) -> str | None: ...


class Refusals:
    """The refusals of one target: each case is sent once. ``plan`` says which cases may share a read."""

    def __init__(self, session: _Asks, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._batches: list[list[Case]] = []
        self._optional: set[Case] = set()
        self._left_out: set[Case] = set()
        self._sent: set[Case] = set()
        self._known: dict[Case, Refused] = {}

    def expect(self, batches: Iterable[Iterable[Case]], optional: Iterable[Case] = ()) -> None:
        """Takes the cases that will be asked for. Those of a batch share a read: put together what fails alike.

        What a lenient server accepts comes first, as it hides what the cases before it did. Those that are optional are
        asked where the plan allows it.
        """
        self._optional = set(optional)
        self._batches = [sorted(dict.fromkeys(batch), key=self._order) for batch in batches]

    def _order(self, case: Case) -> tuple[bool, bool]:
        strict = case.unknown_conversation or case.credential != GIVEN
        return strict, case in self._optional

    def is_known(self, case: Case) -> bool:
        """Whether a case was asked, or is surely not asked."""
        return case in self._known or case in self._left_out

    def is_sent(self, case: Case) -> bool:
        """Whether a case was sent, be it with others whose read is still to come, or is surely not sent."""
        return case in self._sent or self.is_known(case)

    def ask(self, case: Case) -> Refused:
        """Raises NotAsked for an optional case that the plan does not allow."""
        if not self.is_known(case):
            batch = next((batch for batch in self._batches if case in batch), [case])
            self._ask_all([each for each in batch if not self.is_known(each)])
        if case in self._left_out:
            raise NotAsked(case.label)
        return self._known[case]

    def _ask_all(self, cases: list[Case]) -> None:
        before = self._session.current_name()
        open_cases: list[tuple[Case, Exchange]] = []
        for case in cases:
            if case in self._optional and not self._plan.allows(_WORST_CASE, Rank.CASE):
                self._left_out.add(case)
                continue
            answer = self._session.send_case(case)
            self._sent.add(case)
            if answer.outcome is Outcome.REFUSAL:
                open_cases.append((case, answer))
                continue
            self._known[case] = Refused(case, answer, None, None)
            if answer.outcome is not Outcome.UNAVAILABLE:
                # it may have renamed, and so hide what the cases before it did: those are asked again
                later = self._session.read()
                if later.name == before:
                    self._clear(open_cases, later)
                else:
                    self._ask_all([each for each, _ in open_cases])
                open_cases = []
                before = self._session.current_name()
        self._settle(open_cases, before)

    def _clear(self, cases: list[tuple[Case, Exchange]], later: Reading) -> None:
        for case, answer in cases:
            self._known[case] = Refused(case, answer, True, later)

    def _settle(self, cases: list[tuple[Case, Exchange]], before: str | None) -> None:
        """One read for all refused cases.

        A name that has changed points to the case that sent it, or a longer name that begins so. Later cases are then
        cleared, and earlier ones sent again. Where it points to none, each case is sent again with a read of its own.
        """
        if not cases:
            return
        later = self._session.read()
        if later.conversation is ABSENT:
            for case, answer in cases:
                self._known[case] = Refused(case, answer, None, later)
        elif later.name == before:
            self._clear(cases, later)
        else:
            culprit = _culprit([case for case, _ in cases], later.name)
            if culprit is None:
                self._one_by_one([case for case, _ in cases])
            else:
                case, answer = cases[culprit]
                self._known[case] = Refused(case, answer, False, later)
                self._clear(cases[culprit + 1 :], later)
                self._ask_all([case for case, _ in cases[:culprit]])

    def _one_by_one(self, cases: list[Case]) -> None:
        before = self._session.rename_afresh()
        for case in cases:
            answer = self._session.send_case(case)
            later = self._session.read()
            kept = None
            if answer.outcome is Outcome.REFUSAL and later.conversation is not ABSENT:
                kept = later.name == before
            self._known[case] = Refused(case, answer, kept, later)
            if later.name != before:
                # a case that clears the name would do no harm the second time
                before = self._session.rename_afresh()


def _culprit(cases: list[Case], name: str | None) -> int | None:
    """The index of the last case whose name, or its beginning, the conversation now has."""
    for index in range(len(cases) - 1, -1, -1):
        sent = cases[index].name
        if sent and name and sent.startswith(name):
            return index
    return None
