"""The errors that driftgate raises for its users. Each class knows the exit code and the verdict that it leads to."""

from __future__ import annotations

import errno
from typing import ClassVar

_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


class DriftgateError(Exception):
    """Something that the user has to know of. The message says what happened, where, and what to do."""

    exit_code: ClassVar[int]
    verdict: ClassVar[str]


class UsageError(DriftgateError):
    """A bad option, target, contract, waiver file, record or page. Nothing was sent."""

    exit_code = 4
    verdict = "none"


class NotAsked(DriftgateError):
    """A requirement cannot be asked: why, and what to supply. ``kind`` is one of ``record.verdict.Untested``."""

    exit_code = 0
    verdict = "none"

    def __init__(self, why: str, kind: str = "user") -> None:
        super().__init__(why)
        self.kind = kind


class Inconclusive(DriftgateError):
    """The target gave no answer that could be judged. That is not the vendor's violation."""

    exit_code = 6
    verdict = "inconclusive"


class SetupError(DriftgateError):
    """The target cannot be judged: it does not answer, or there is no conversation to ask about."""

    exit_code = 6
    verdict = "inconclusive"


class OutOfBudget(DriftgateError):
    """The run's request budget is used up. The remaining checks stay untested."""

    exit_code = 6
    verdict = "inconclusive"


class RetriesExhausted(OutOfBudget):
    """The target is not available and retries are exhausted. The remaining checks stay untested."""


def is_disk_full(problem: BaseException) -> bool:
    """Whether there is no room for what was to be written: nobody's mistake, and told without a traceback."""
    return isinstance(problem, OSError) and problem.errno in _NO_ROOM


def in_words(problem: BaseException) -> str:
    """An exception in one line."""
    if is_disk_full(problem):
        assert isinstance(problem, OSError)
        return f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem.strerror)
    return f"{type(problem).__name__}: {problem}"
