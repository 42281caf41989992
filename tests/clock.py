"""A clock for emulators whose answers depend on the fraction of a second: it says in which part of a second it is."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field

_TICK = 1e-6


@dataclass
class Clock:
    """Every call is a moment later, and near ``fraction`` of a second. A ``stopped`` one stays in one second."""

    fraction: float
    stopped: bool = False
    _calls: itertools.count[int] = field(default_factory=itertools.count)
    _began: int = field(default_factory=lambda: int(time.time()))

    def __call__(self) -> float:
        second = self._began if self.stopped else int(time.time())
        return second + self.fraction + next(self._calls) * _TICK


def early() -> Clock:
    """One by which a time rounded to a second is never in the future."""
    return Clock(0.1)


def late() -> Clock:
    """One that stays in the second half of a second, so that a rounded time is always in the future."""
    return Clock(0.6, stopped=True)
