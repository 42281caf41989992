"""The state machine: Hypothesis chooses steps of lives, the same ones under the same seed."""

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

from driftgate.checks.stateful.model import Step
from driftgate.checks.stateful.sequence import Life

_MOST_CONVERSATIONS = 5  # of one life
LONGEST = 1000  # more than any list's page holds

Take = Callable[[Step], None]


class _Machine(RuleBasedStateMachine):
    """A life whose steps Hypothesis chooses; deleted conversations stay in the bundle, to be asked for again."""

    conversations: Bundle[int] = Bundle("conversations")
    begin: Callable[[], Life]
    take: Callable[[Life, Step], None]
    end: Callable[[Life], None]
    others: bool

    def __init__(self) -> None:
        super().__init__()
        self._life = type(self).begin()
        self._created = 0

    def _step(self, kind: str, number: int = 0, size: int = 0, *, other: bool = False) -> None:
        type(self).take(self._life, Step(kind, number, size, other))

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

    @rule(size=st.sampled_from([1, 2, 3, LONGEST]))
    def list(self, size: int) -> None:
        self._step("list", size=size)

    @precondition(lambda self: type(self).others)
    @rule(number=conversations, kind=st.sampled_from(["list", "read", "rename", "delete"]))
    def another_account(self, number: int, kind: str) -> None:
        self._step(kind, number, other=True)

    def teardown(self) -> None:
        type(self).end(self._life)


def lead(
    begin: Callable[[], Life],
    take: Callable[[Life, Step], None],
    end: Callable[[Life], None],
    *,
    others: bool,
    lives: int,
    steps: int,
    seed: int,
) -> None:
    """Leads that many lives. What ``take`` raises ends it; ``end`` is then called too, and must send nothing."""
    members = {"begin": staticmethod(begin), "take": staticmethod(take), "end": staticmethod(end), "others": others}
    machine = cast(Any, type("Lives", (_Machine,), members))
    settings = hypothesis.settings(
        max_examples=lives,
        stateful_step_count=steps,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # what is found is made smaller by leaving steps out, within bounds
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
    )
    run_state_machine_as_test(hypothesis.seed(seed)(machine), settings=settings)
