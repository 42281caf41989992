"""Lives on one target: a first one that meets every promise, others that Hypothesis chooses; then what they came to.

All requirements are judged by the same lives. What is violated is led to again, with fewer steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from driftgate.checks.expect import Inconclusive, Violation
from driftgate.checks.stateful.check import speaks_of_others
from driftgate.checks.stateful.driver import Acts
from driftgate.checks.stateful.looking import Asked, Report, Slip
from driftgate.checks.stateful.machine import LONGEST, lead
from driftgate.checks.stateful.model import Promise, Step, numbered
from driftgate.checks.stateful.notes import Notes, Watch
from driftgate.checks.stateful.sequence import Life
from driftgate.checks.stateful.shrinker import Smaller, Steps
from driftgate.contract import Requirement
from driftgate.http.client import OutOfBudget
from driftgate.record.observation import Observation
from driftgate.record.verdict import Finding, Ledger, Reproduction
from driftgate.session.conversations import SetupError
from driftgate.session.session import Session

_MOST_SHOWN = 30  # exchanges of a finding


@dataclass(frozen=True)
class _Bounds:
    """How many lives Hypothesis chooses, of how many steps, and how often a slip is led to again to make it smaller."""

    lives: int
    steps: int
    repeats: int


# an emulator, whose requests are free; a live target; and one where making a conversation costs money
_FREE, _LIVE, _COSTLY = _Bounds(15, 20, 16), _Bounds(4, 12, 6), _Bounds(1, 10, 2)

_FIRST_LIFE = (
    Step("create", 1),
    Step("create", 2),
    Step("wait"),
    Step("create", 3),
    Step("list", size=1),
    Step("list", size=2),
    Step("list", size=LONGEST),
    Step("rename", 2),
    Step("list", size=2),
    Step("delete", 2),
    Step("rename", 2),
    Step("delete", 2),
    Step("read", 2),
    Step("read", 1),
    Step("rename", 3),
    Step("list", size=1),
    Step("list", 1, other=True),
    Step("read", 1, other=True),
    Step("rename", 1, other=True),
    Step("delete", 1, other=True),
    Step("create", 4),
    Step("rename", 1),
    Step("delete", 3),
    Step("read", 4),
)


class Lives:
    """The lives of a run, led when they are first asked for. ``again`` takes how often each finding was made."""

    def __init__(
        self,
        session: Session,
        ledger: Ledger,
        requirements: Sequence[Requirement],
        observe: Callable[[Observation], None],
        again: dict[str, Reproduction],
    ) -> None:
        self._session = session
        self._ledger = ledger
        self._rows = {Promise(row.detail["promise"]): row for row in requirements}
        self._notes = Notes(self._rows, ledger, observe, session.conversations.values())
        self._led = False
        self._mistake: Exception | None = None
        self._reasons: dict[str, str] = {}
        self._again = again

    def judge(self, requirement: Requirement) -> None:
        """Raises Violation or Inconclusive where the requirement is not kept, or was not judged."""
        if self._session.setup_error:
            raise self._session.setup_error.with_traceback(None)
        self._lead_once()
        found = self._ledger.findings(requirement.id)
        if found:
            raise Violation(found, entered=True)
        if requirement.id in self._reasons:
            raise Inconclusive(self._reasons[requirement.id])

    def _lead_once(self) -> None:
        """Leads the lives the first time. A mistake of ours in them is raised each time: nothing was judged whole."""
        if self._mistake is not None:
            raise self._mistake.with_traceback(None)
        if self._led:
            return
        self._led = True
        try:
            self._lead()
        except Exception as mistake:
            self._mistake = mistake
            raise

    def _lead(self) -> None:
        acts, create = Acts(self._session.conversations), self._session.contract.create
        bounds = _FREE if self._session.free else _COSTLY if create and create.costs else _LIVE
        stopped = self._first(acts) or self._more(acts, bounds)
        try:
            for slips in self._notes.slips.values():
                shortest = min(slips, key=lambda slip: len(slip.taken))
                self._enter(acts, shortest, bounds.repeats, times=len(slips))
        finally:
            self._leave_open(stopped)

    def _leave_open(self, stopped: str) -> None:
        """What was never judged, and why."""
        for promise, row in self._rows.items():
            why = self._notes.reasons.get(promise) or self._notes.passing.get(promise) or stopped
            if why and not self._ledger.times_judged(row.id) and not self._ledger.findings(row.id):
                self._inconclusive(row, why)

    def _first(self, acts: Acts) -> str:
        """The life that meets every promise; why it was broken off. What it could not judge is inconclusive."""
        life = self._life(acts, self._notes)
        try:
            for step in _FIRST_LIFE:
                life.take(step)
            life.end()
        except (OutOfBudget, SetupError) as problem:
            for row in self._rows.values():
                self._inconclusive(row, str(problem))
            return str(problem)
        for promise, why in self._notes.reasons.items():
            self._inconclusive(self._rows[promise], why)
        return ""

    def _more(self, acts: Acts, bounds: _Bounds) -> str:
        """The lives that Hypothesis chooses; why they were broken off."""
        stopped = ""

        def guarded(act: Callable[[], None]) -> None:
            nonlocal stopped
            if stopped:
                return
            stopped = "it was interrupted"
            try:
                act()
                stopped = ""
            except (OutOfBudget, SetupError) as problem:
                stopped = str(problem)

        lead(
            lambda: self._life(acts, self._notes),
            lambda life, step: guarded(lambda: life.take(step)),
            lambda life: guarded(life.end),
            others=any(map(speaks_of_others, self._rows.values())),
            lives=bounds.lives,
            steps=bounds.steps,
            seed=self._session.seed,
        )
        return stopped

    def _life(self, acts: Acts, report: Report) -> Life:
        contract = self._session.contract
        order = self._rows.get(Promise.LISTED_IN_ORDER)
        items = (contract.listing.items if contract.listing else None) or ""
        sorted_by = order.detail["descending"] if order else None
        return Life(acts, report, Asked(frozenset(self._rows), contract.name_pointer, items, sorted_by))

    def _enter(self, acts: Acts, slip: Slip, repeats: int, *, times: int) -> None:
        """Makes a slip smaller, and enters what is found."""
        search = Smaller(slip, lambda steps: self._led_again(acts, slip, steps), repeats)
        try:
            search.search()
        except (OutOfBudget, SetupError):
            pass  # what was found is enough
        finally:
            finding = self._finding(search.slip)
            for _ in range(times):
                self._ledger.found(finding)
            if search.again is not None:
                self._again[finding.fingerprint] = search.again

    def _led_again(self, acts: Acts, slip: Slip, steps: Steps) -> Slip | None:
        watch = Watch(self._notes, slip)
        life = self._life(acts, watch)
        for step in steps:
            life.take(step)
        life.leave()
        return watch.found

    def _finding(self, slip: Slip) -> Finding:
        numbers = [number for taken in slip.taken for number in taken.exchanges]
        return Finding(
            self._rows[slip.promise].id,
            slip.kind,
            slip.part,
            slip.pointer,
            slip.expected,
            slip.actual,
            slip.signature,
            slip.exchange.number,
            ", ".join(step.describe for step in numbered([taken.step for taken in slip.taken])),
            steps=tuple(numbers[-_MOST_SHOWN:]),
        )

    def _inconclusive(self, row: Requirement, why: str) -> None:
        self._ledger.inconclusive(row.id, why)
        self._reasons.setdefault(row.id, why)
