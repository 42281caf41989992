"""What tests of one's own may ask for: a target to send through, the record of what they sent, and emulators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from driftgate import emulator as emulators
from driftgate.base.jsonvalue import JSON
from driftgate.checks.registry import EVERY_ANSWER
from driftgate.contract import Requirement
from driftgate.record.rows import RecordedExchange
from driftgate.run.target_run import TargetRun
from driftgate.session.reads import Reading
from driftgate.session.session import Trial

RUN = "driftgate_run"


class TargetInUse:
    """A target in use by a test of one's own. Every call sends; the run judges, records and restores."""

    def __init__(self, run: TargetRun) -> None:
        self._session = run.ready()
        self.name = run.target.name

    @property
    def conversation(self) -> str:
        """The id of the conversation that is renamed."""
        return self._session.subject

    def rename(self, name: str) -> Trial:
        """Gives the conversation this name and reads it: ``answer``, and ``later``, None where it did not succeed."""
        return self._session.rename(self._session.body(None, name), name, repeat=True)

    def send(self, body: Mapping[str, JSON]) -> Trial:
        """The same with a body of one's own, whatever it holds."""
        return self._session.rename(body, None, repeat=True)

    def read(self) -> Reading:
        """The conversation as it is now."""
        return self._session.read(anew=True)


def run_of(item: object) -> TargetRun | None:
    """The run that a test of one's own sends through; None for every other test."""
    callspec = getattr(item, "callspec", None)
    run = callspec.params.get(RUN) if callspec else None
    return run if isinstance(run, TargetRun) else None


def select(items: Iterable[object]) -> None:
    """Selects, for tests of one's own, what every answer is judged by, beyond what the suites ask."""
    for run in {id(run): run for run in map(run_of, items) if run is not None}.values():
        rows = run.target.contract.requirements
        run.judged_in_passing = [row for row in rows if row not in run.selected and _is_judged(row, run)]
        run.selected.extend(run.judged_in_passing)


def _is_judged(row: Requirement, run: TargetRun) -> bool:
    return row.check in EVERY_ANSWER and row.profile <= run.options.profile and not run.untested(row)


def settle(run: TargetRun) -> None:
    """Ends the requirements that no test of the suites asks: judged as far as tests of one's own had answers."""
    for row in run.judged_in_passing:
        if run.ledger.times_judged(row.id):
            run.asked(row)
        else:
            run.selected.remove(row)


@pytest.fixture
def record(driftgate_run: TargetRun) -> Callable[[], list[RecordedExchange]]:
    """What this test has sent so far, and what was answered, as the record holds it: without keys."""
    before = set(driftgate_run.exchanges)
    return lambda: [each for number, each in driftgate_run.exchanges.items() if number not in before]


@pytest.fixture
def emulator() -> Iterator[Callable[..., Any]]:
    """Starts emulators, with the arguments of ``driftgate.emulate``; they end with the test."""
    with ExitStack() as stack:
        yield lambda vendor, **options: stack.enter_context(emulators.emulate(vendor, **options))
