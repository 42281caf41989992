"""What the suites are written with: which requirements a test asks, and for which names it must hold."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from driftgate.checks.expect import Expect
from driftgate.checks.registry import check_named
from driftgate.checks.search import NameSearch
from driftgate.contract import Profile, Requirement
from driftgate.session.session import Session

CHECK = "driftgate_check"

Test = Callable[..., None]


class _Requirements:
    """``@requirement.each("persists")``: the test runs once for every requirement of that check and every target.

    It may ask for the fixtures ``target`` (a Session), ``requirement`` (the row of the catalogue) and ``expect``.
    """

    @staticmethod
    def each(check: str, *, profile: Profile | None = None) -> pytest.MarkDecorator:
        """``profile``: the smallest one in which the test runs at all; without it, that of the check."""
        smallest = check_named(check).profile if profile is None else profile
        mark: pytest.MarkDecorator = getattr(pytest.mark, CHECK)(check, profile=smallest)
        return mark


requirement = _Requirements()


def every_name(test: Test) -> Test:
    """The test must hold for every name: it gets one as ``name``, and is called for as many as the profile allows."""

    def over_names(session: Session, row: Requirement, expect: Expect, asks: Callable[[str], None]) -> None:
        NameSearch(session, row, expect).holds(asks)

    return _over_examples(test, "name", over_names)


def every_body(*, valid: bool) -> Callable[[Test], Test]:
    """The test must hold for every body that Schemathesis makes of the contract, valid or not: it gets a ``body``."""

    def over_bodies(session: Session, row: Requirement, expect: Expect, asks: Callable[[Any], None]) -> None:
        # Schemathesis takes long to import, and only the profile deep needs it
        from driftgate.checks.fuzz import BodySearch  # noqa: PLC0415

        BodySearch(session, expect).holds(asks, valid=valid)

    return lambda test: _over_examples(test, "body", over_bodies)


def _over_examples(test: Test, example: str, search: Callable[..., None]) -> Test:
    """``test`` as pytest sees it: without the parameter that the search fills in, with the fixtures it needs."""
    signature = inspect.signature(test)
    given = [name for name in signature.parameters if name != example]

    @functools.wraps(test)
    def over_examples(**fixtures: Any) -> None:
        wanted = {name: fixtures[name] for name in given}
        search(
            fixtures["target"],
            fixtures["requirement"],
            fixtures["expect"],
            lambda value: test(**wanted, **{example: value}),
        )

    names = dict.fromkeys([*given, "target", "requirement", "expect"])
    shown = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    vars(over_examples)["__signature__"] = signature.replace(parameters=shown)  # PEP 362
    return over_examples
