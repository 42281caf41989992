"""The state machine: Hypothesis generates sequences of steps, the same ones under the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from driftgate.base.effort import effort
from driftgate.checks.stateful.model import WHOLE_LIST, Step
from driftgate.checks.stateful.sequence import StepSequence

_MOST_CONVERSATIONS = 5  # of one sequence


class _Machine(RuleBasedStateMachine):
    """A sequence whose steps Hypothesis chooses. Deleted conversations stay in the bundle, to be asked for again."""

    conversations: Bundle[int] = Bundle("conversations")
    begin: Callable[[], StepSequence]
    run_step: Callable[[StepSequence, Step], None]
    finish: Callable[[StepSequence], None]
    others: bool

    def __init__(self) -> None:
        super().__init__()
        effort.examples += 1
        self._sequence = type(self).begin()
        self._created = 0

    def _step(self, kind: str, number: int = 0, size: int = 0, *, other: bool = False) -> None:
        effort.steps += 1
        type(self).run_step(self._sequence, Step(kind, number, size, other))

    @initialize(target=conversations)
    def begin_with_one(self) -> int:
        return self._create()

    @precondition(lambda self: self._created < _MOST_CONVERSATIONS)
    @rule(target=conversations)
    def create(self) -> int:
        return self._create()

    def _create(self) -> int:
        self._created += 1
        self._step("create", self._created)
        return self._created

    @rule(number=conversations)
    def rename(self, number: int) -> None:
        self._step("rename", number)

    @rule(number=conversations)
    def read(self, number: int) -> None:
        self._step("read", number)

    @rule(number=conversations)
    def delete(self, number: int) -> None:
        self._step("delete", number)

    @rule(size=st.sampled_from([1, 2, 3, WHOLE_LIST]))
    def list(self, size: int) -> None:
        self._step("list", size=size)

    @precondition(lambda self: type(self).others)
    @rule(number=conversations, kind=st.sampled_from(["list", "read", "rename", "delete"]))
    def another_account(self, number: int, kind: str) -> None:
        self._step(kind, number, other=True)

    def teardown(self) -> None:
        type(self).finish(self._sequence)


def run_sequences(
    begin: Callable[[], StepSequence],
    run_step: Callable[[StepSequence, Step], None],
    finish: Callable[[StepSequence], None],
    *,
    others: bool,
    sequences: int,
    steps: int,
    seed: int,
) -> None:
    """Runs that many sequences of up to that many steps; ``others``: with steps of another account.

    Raises what ``run_step`` raises; ``finish`` is called then too, and must send nothing.
    """
    members = {
        "begin": staticmethod(begin),
        "run_step": staticmethod(run_step),
        "finish": staticmethod(finish),
        "others": others,
    }
    machine = cast(Any, type("Sequences", (_Machine,), members))
    settings = hypothesis.settings(
        max_examples=sequences,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # the shrinker drops steps afterwards, within bounds
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
    run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=settings)
