"""The shrinker: drops steps while the same failure is reproduced, within a bound on the number of replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from driftgate.checks.stateful.judge import Failure
from driftgate.checks.stateful.model import Step
from driftgate.record.verdict import Reproduction

Steps = tuple[Step, ...]
Replay = Callable[[Steps], Failure | None]


class Shrinker:
    """Shrinks one failure. ``replay(steps)`` returns the failure it reproduces, or None; exceptions abort shrinking.

    ``failure`` is the one with the fewest steps so far. ``reproduction`` says how often it was seen in how many
    attempts; None before the first replay.
    """

    def __init__(self, failure: Failure, replay: Replay, most: int) -> None:
        self.failure = failure
        self.reproduction: Reproduction | None = None
        self._replay = replay
        self._left = most
        self._seen = 1

    def shrink(self) -> None:
        """Looks for the fewest steps that lead to the failure; where none were dropped, replays all of them once."""
        steps = self.failure.steps
        for fewer in dict.fromkeys(_guesses(steps, self.failure.about)):
            if len(fewer) < len(steps) and self._reproduces(fewer):
                break
        self._drop_steps()
        if self._seen == 1:
            self._seen += self._replay(steps) is not None
            self.reproduction = Reproduction(self._seen, 2)

    def _reproduces(self, steps: Steps) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        failure = self._replay(steps)
        if failure is not None:
            self.failure = failure
            self._seen += 1
            self.reproduction = Reproduction(self._seen, self._seen)
        return failure is not None

    def _drop_steps(self) -> None:
        """Drops halves, then quarters, down to single steps. The last step stays, as it shows the failure."""
        size = len(self.failure.steps) // 2
        while size and self._left:
            begin = 0
            while begin < len(self.failure.steps) - 1 and self._left:
                steps = self.failure.steps
                if not self._reproduces(steps[:begin] + steps[min(begin + size, len(steps) - 1) :]):
                    begin += size
            size //= 2


def _guesses(steps: Steps, about: int) -> Iterator[Steps]:
    """Guesses at the steps that matter for a failure of this conversation, or of none: the fewest first."""
    creating, changing = {"create", "wait"}, {"create", "wait", "rename", "delete"}
    yield _only(steps, lambda step: step.number == about and step.kind in ("create", "delete"))
    yield _only(steps, lambda step: step.kind in creating or (step.number == about and step.kind == "delete"))
    yield _only(steps, lambda step: step.number == about)
    yield _only(steps, lambda step: step.kind in changing and not step.other)


def _only(steps: Steps, matters: Callable[[Step], bool]) -> Steps:
    """The steps that matter, and the last one, which shows the failure."""
    return (*filter(matters, steps[:-1]), steps[-1])
