"""Property-based search with Hypothesis: deterministic under a seed, and with a bound on what shrinking may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.strategies import SearchStrategy

from driftgate.checks.expect import Violation
from driftgate.http.client import OutOfBudget
from driftgate.record.verdict import Finding

T = TypeVar("T")


def falsify(
    strategy: SearchStrategy[T], findings_of: Callable[[T], list[Finding]], *, examples: int, seed: int, shrink: int
) -> None:
    """Raises Violation with the findings of the smallest example found; asks at most ``shrink`` times to shrink it."""
    failing: dict[str, Violation] = {}
    left = shrink

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=False,
    )
    @hypothesis.given(strategy)
    def holds(value: T) -> None:
        nonlocal left
        key = repr(value)
        if key not in failing:
            if failing and left <= 0:
                return
            left -= bool(failing)
            found = _asked(findings_of, value, shrinking=bool(failing))
            if not found:
                return
            failing[key] = Violation(found)
        raise failing[key]

    holds()


def _asked(findings_of: Callable[[T], list[Finding]], value: T, *, shrinking: bool) -> list[Finding]:
    try:
        return findings_of(value)
    except OutOfBudget:
        if shrinking:
            return []  # what was found is enough
        raise
