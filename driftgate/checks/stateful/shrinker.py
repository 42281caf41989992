"""Leaving out steps: the shortest life found that still shows the same slip, within a bound on how often it is led."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from driftgate.checks.stateful.looking import Slip
from driftgate.checks.stateful.model import Step
from driftgate.record.verdict import Reproduction

Steps = tuple[Step, ...]
Leads = Callable[[Steps], Slip | None]


class Smaller:
    """One search. ``leads`` takes steps and tells the slip that they lead to; it raises what ends the search.

    ``slip`` is the smallest so far; ``again`` how often the same steps led to it, where they were taken again.
    """

    def __init__(self, slip: Slip, leads: Leads, most: int) -> None:
        self.slip = slip
        self._leads = leads
        self._left = most
        self._times = 1
        self.again: Reproduction | None = None

    def search(self) -> None:
        """Looks for the fewest steps that lead to the slip."""
        whole = self._steps
        for fewer in dict.fromkeys(_guesses(whole, self.slip.about)):
            if len(fewer) < len(whole) and self._try(fewer):
                break
        self._leave_out()
        if self._times == 1:
            self._times += self._leads(whole) is not None
            self.again = Reproduction(self._times, 2)

    @property
    def _steps(self) -> Steps:
        return tuple(taken.step for taken in self.slip.taken)

    def _try(self, steps: Steps) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        found = self._leads(steps)
        if found is not None:
            self.slip = found
            self._times += 1
            self.again = Reproduction(self._times, self._times)
        return found is not None

    def _leave_out(self) -> None:
        """Leaves out halves, then quarters, down to single steps; the last step stays, as it shows the slip."""
        size = len(self._steps) // 2
        while size and self._left:
            begin = 0
            while begin < len(self._steps) - 1 and self._left:
                steps = self._steps
                if not self._try(steps[:begin] + steps[min(begin + size, len(steps) - 1) :]):
                    begin += size
            size //= 2


def _guesses(steps: Steps, about: int) -> Iterator[Steps]:
    """Guesses at what matters for a slip of one conversation, or of none: the fewest steps first."""
    making, changing = {"create", "wait"}, {"create", "wait", "rename", "delete"}
    yield _kept(steps, lambda step: step.number == about and step.kind in ("create", "delete"))
    yield _kept(steps, lambda step: step.kind in making or (step.number == about and step.kind == "delete"))
    yield _kept(steps, lambda step: step.number == about)
    yield _kept(steps, lambda step: step.kind in changing and not step.other)


def _kept(steps: Steps, matters: Callable[[Step], bool]) -> Steps:
    """The steps that matter, and the last one, which shows the slip."""
    return (*filter(matters, steps[:-1]), steps[-1])
