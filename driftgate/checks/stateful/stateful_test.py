"""The stateful test of one target: a fixed sequence that meets every promise, then generated ones.

The same sequences judge all requirements of the check. A sequence that shows a failure is replayed with fewer steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from driftgate.checks.expect import Inconclusive, Violation, differences
from driftgate.checks.stateful.check import speaks_of_others
from driftgate.checks.stateful.driver import Driver
from driftgate.checks.stateful.judge import Failure, Reporter, Scope
from driftgate.checks.stateful.model import WHOLE_LIST, Promise, Step, renumbered
from driftgate.checks.stateful.sequence import StepSequence
from driftgate.checks.stateful.shrinker import Shrinker, Steps
from driftgate.contract import Level, Requirement
from driftgate.http.client import OutOfBudget
from driftgate.http.exchange import Exchange
from driftgate.record.observation import Observation, observed
from driftgate.record.verdict import Finding, Ledger, Mismatch, Reproduction
from driftgate.session.conversations import SetupError
from driftgate.session.session import Session

_MOST_SHOWN = 30  # exchanges of a finding


@dataclass(frozen=True)
class _Bounds:
    """How many sequences are generated, of how many steps, and how often a failure is replayed to shrink it."""

    sequences: int
    steps: int
    replays: int


# an emulator, whose requests are free; a live target; and one where creating a conversation costs money
_FREE, _LIVE, _COSTLY = _Bounds(15, 20, 16), _Bounds(4, 12, 6), _Bounds(1, 10, 2)

_FIRST_SEQUENCE = (
    Step("create", 1),
    Step("create", 2),
    Step("wait"),
    Step("create", 3),
    Step("list", size=1),
    Step("list", size=2),
    Step("list", size=WHOLE_LIST),
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


class StatefulTest:
    """Runs the sequences when the first requirement is judged. ``reproductions`` takes that of each finding."""

    def __init__(
        self,
        session: Session,
        ledger: Ledger,
        requirements: Sequence[Requirement],
        observe: Callable[[Observation], None],
        reproductions: dict[str, Reproduction],
    ) -> None:
        self._session = session
        self._ledger = ledger
        self._requirements = {Promise(each.detail["promise"]): each for each in requirements}
        self._reporter = LedgerReporter(self._requirements, ledger, observe, session.conversations.values())
        self._has_run = False
        self._mistake: Exception | None = None
        self._inconclusive: dict[str, str] = {}
        self._reproductions = reproductions

    def judge(self, requirement: Requirement) -> None:
        """Raises Violation where the requirement is broken, Inconclusive or SetupError where it was not judged."""
        if self._session.setup_error:
            raise self._session.setup_error.with_traceback(None)
        self._run_once()
        found = self._ledger.findings(requirement.id)
        if found:
            raise Violation(found, entered=True)
        if requirement.id in self._inconclusive:
            raise Inconclusive(self._inconclusive[requirement.id])

    def _run_once(self) -> None:
        """Runs the sequences the first time. A mistake of ours in them is raised every time: nothing was judged."""
        if self._mistake is not None:
            raise self._mistake.with_traceback(None)
        if self._has_run:
            return
        self._has_run = True
        try:
            self._run()
        except Exception as mistake:
            self._mistake = mistake
            raise

    def _run(self) -> None:
        driver, create = Driver(self._session.conversations), self._session.contract.create
        bounds = _FREE if self._session.free else _COSTLY if create and create.costs else _LIVE
        stopped = self._run_first(driver) or self._run_generated(driver, bounds)
        try:
            for failures in self._reporter.failures.values():
                shortest = min(failures, key=lambda failure: len(failure.executed))
                self._shrink_and_enter(driver, shortest, bounds.replays, times=len(failures))
        finally:
            self._enter_unjudged(stopped)

    def _enter_unjudged(self, stopped: str) -> None:
        """Enters why requirements were never judged."""
        for promise, requirement in self._requirements.items():
            why = self._reporter.reasons.get(promise) or self._reporter.passing.get(promise) or stopped
            judged = self._ledger.times_judged(requirement.id) or self._ledger.findings(requirement.id)
            if why and not judged:
                self._enter_inconclusive(requirement, why)

    def _run_first(self, driver: Driver) -> str:
        """Runs the fixed sequence; returns why it was broken off. What it could not judge is inconclusive."""
        sequence = self._sequence(driver, self._reporter)
        try:
            for step in _FIRST_SEQUENCE:
                sequence.run(step)
            sequence.finish()
        except (OutOfBudget, SetupError) as problem:
            for requirement in self._requirements.values():
                self._enter_inconclusive(requirement, str(problem))
            return str(problem)
        for promise, why in self._reporter.reasons.items():
            self._enter_inconclusive(self._requirements[promise], why)
        return ""

    def _run_generated(self, driver: Driver, bounds: _Bounds) -> str:
        """Runs generated sequences; returns why they were broken off."""
        from driftgate.checks.stateful.machine import run_sequences  # noqa: PLC0415  loads Hypothesis

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

        run_sequences(
            lambda: self._sequence(driver, self._reporter),
            lambda sequence, step: guarded(lambda: sequence.run(step)),
            lambda sequence: guarded(sequence.finish),
            others=any(map(speaks_of_others, self._requirements.values())),
            sequences=bounds.sequences,
            steps=bounds.steps,
            seed=self._session.seed,
        )
        return stopped

    def _sequence(self, driver: Driver, reporter: Reporter) -> StepSequence:
        contract = self._session.contract
        order = self._requirements.get(Promise.LISTED_IN_ORDER)
        items = (contract.listing.items if contract.listing else None) or ""
        sorted_by = order.detail["descending"] if order else None
        scope = Scope(frozenset(self._requirements), contract.name_pointer, items, sorted_by)
        return StepSequence(driver, reporter, scope)

    def _shrink_and_enter(self, driver: Driver, failure: Failure, replays: int, *, times: int) -> None:
        """Shrinks a failure, and enters it as a finding that was made that many times."""
        shrinker = Shrinker(failure, lambda steps: self._replay(driver, failure, steps), replays)
        try:
            shrinker.shrink()
        except (OutOfBudget, SetupError):
            pass  # what was found is enough
        finally:
            finding = self._finding(shrinker.failure)
            for _ in range(times):
                self._ledger.found(finding)
            if shrinker.reproduction is not None:
                self._reproductions[finding.fingerprint] = shrinker.reproduction

    def _replay(self, driver: Driver, failure: Failure, steps: Steps) -> Failure | None:
        """Runs these steps; returns the failure if they show it again. Raises OutOfBudget and SetupError."""
        reporter = ReplayReporter(self._reporter, failure)
        sequence = self._sequence(driver, reporter)
        for step in steps:
            sequence.run(step)
        sequence.clean_up()
        return reporter.reproduced

    def _finding(self, failure: Failure) -> Finding:
        numbers = [number for each in failure.executed for number in each.exchanges]
        mismatch = failure.mismatch
        return Finding(
            self._requirements[failure.promise].id,
            failure.kind,
            mismatch.part,
            mismatch.pointer,
            mismatch.expected,
            mismatch.actual,
            mismatch.signature,
            failure.exchange.number,
            ", ".join(step.describe for step in renumbered(failure.steps)),
            steps=tuple(numbers[-_MOST_SHOWN:]),
        )

    def _enter_inconclusive(self, requirement: Requirement, why: str) -> None:
        self._ledger.inconclusive(requirement.id, why)
        self._inconclusive.setdefault(requirement.id, why)


class LedgerReporter:
    """Enters what sequences show into the ledger, for the requirement that makes the promise.

    Failures are collected: they are entered once they are shrunk.
    """

    def __init__(
        self,
        requirements: Mapping[Promise, Requirement],
        ledger: Ledger,
        observe: Callable[[Observation], None],
        values: Mapping[str, object],
    ) -> None:
        self._requirements = requirements
        self._ledger = ledger
        self._observe = observe
        self._values = values
        self.failures: dict[tuple[Promise, str, str], list[Failure]] = {}
        self.reasons: dict[Promise, str] = {}
        self.passing: dict[Promise, str] = {}

    def judged(self, promise: Promise) -> None:
        self._ledger.judged(self._requirements[promise].id)

    def failed(self, failure: Failure) -> None:
        if self._requirements[failure.promise].level is not Level.MAY:
            self.failures.setdefault(failure.key, []).append(failure)

    def inconclusive(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        for promise in promises:
            (self.passing if passing else self.reasons).setdefault(promise, why)

    def observed(self, promise: Promise, exchange: Exchange) -> None:
        requirement = self._requirements[promise]
        if requirement.level is Level.MAY:
            self._observe(observed(requirement.id, "", exchange))

    def mismatches(self, promise: Promise, exchange: Exchange) -> list[Mismatch]:
        expected = self._requirements[promise].detail.get("answer", {})
        status = exchange.answer.status if exchange.answer else 0
        return [Mismatch(*each) for each in differences(exchange, expected, {**self._values, "status": status})]


class ReplayReporter:
    """Waits for one failure to be reproduced, and ignores everything else: that was reported before."""

    def __init__(self, first: LedgerReporter, awaited: Failure) -> None:
        self._first = first
        self._key = awaited.key
        self.reproduced: Failure | None = None

    def judged(self, promise: Promise) -> None: ...

    def failed(self, failure: Failure) -> None:
        if self.reproduced is None and failure.key == self._key:
            self.reproduced = failure

    def inconclusive(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None: ...

    def observed(self, promise: Promise, exchange: Exchange) -> None: ...

    def mismatches(self, promise: Promise, exchange: Exchange) -> list[Mismatch]:
        return self._first.mismatches(promise, exchange)
