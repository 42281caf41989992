"""Property-based search with Hypothesis, for the profile deep: the same under a seed, and shrinking is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from driftgate.base.effort import effort
from driftgate.cases.generate import UNSURE_CATEGORIES, is_plain
from driftgate.checks.expect import Violation
from driftgate.http.client import OutOfBudget
from driftgate.record.verdict import Finding

T = TypeVar("T")


def names(longest: int) -> SearchStrategy[str]:
    """Names that any reading of the pages allows, of at most ``longest`` UTF-16 units."""
    characters = st.characters(exclude_categories=cast(Any, UNSURE_CATEGORIES))
    texts = st.text(characters, min_size=1, max_size=min(40, longest))
    return texts.filter(lambda name: is_plain(name, longest))


def falsify(
    strategy: SearchStrategy[T], findings_of: Callable[[T], list[Finding]], *, examples: int, seed: int, shrink: int
) -> None:
    """Raises Violation with the findings of the smallest example found; shrinking tries at most ``shrink`` more."""
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
        effort.examples += 1
        key = repr(value)
        if key not in failing:
            if failing and left <= 0:
                return
            left -= bool(failing)
            found = _findings(findings_of, value, shrinking=bool(failing))
            if not found:
                return
            failing[key] = Violation(found)
        raise failing[key]

    holds()


def _findings(findings_of: Callable[[T], list[Finding]], value: T, *, shrinking: bool) -> list[Finding]:
    try:
        return findings_of(value)
    except OutOfBudget:
        if shrinking:
            return []  # what was found is enough
        raise
