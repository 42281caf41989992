"""What the suites are written with: which requirements a test asks, and for which names it must hold."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from driftgate.contract import Profile, Requirement
from driftgate.expect import Expect
from driftgate.live import LiveTarget
from driftgate.search import NameSearch

CHECK = "driftgate_check"

# All checks, in the order in which they are asked: the answers last, when all that can be judged of them has been seen.
CHECKS = (
    "accepts",
    "echoes",
    "persists",
    "limits",
    "either-or",
    "ignores",
    "rejects",
    "refuses",
    "repeats",
    "keeps",
    "survives",
    "observes",
    "answers",
)

Test = Callable[..., None]


class _Requirements:
    """``@requirement.each("persists")``: the test runs once for every requirement of that check and every target.

    It may ask for the fixtures ``target`` (a LiveTarget), ``requirement`` (the row of the catalogue) and ``expect``.
    """

    @staticmethod
    def each(check: str, *, profile: Profile = Profile.SMOKE) -> pytest.MarkDecorator:
        """``profile``: the smallest one in which the test runs at all."""
        mark: pytest.MarkDecorator = getattr(pytest.mark, CHECK)(check, profile=profile)
        return mark


requirement = _Requirements()


def every_name(test: Test) -> Test:
    """The test must hold for every name: it gets one as ``name``, and is called for as many as the profile allows."""

    @functools.wraps(test)
    def over_names(**fixtures: Any) -> None:
        live: LiveTarget = fixtures["target"]
        row: Requirement = fixtures["requirement"]
        expect: Expect = fixtures["expect"]
        wanted = {name: fixtures[name] for name in asked}
        NameSearch(live, row, expect).holds(lambda name: test(**wanted, name=name))

    signature = inspect.signature(test)
    asked = [name for name in signature.parameters if name != "name"]
    fixtures = dict.fromkeys([*asked, "target", "requirement", "expect"])
    shown = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in fixtures]
    over_names.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    return over_names
