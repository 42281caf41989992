"""What pytest calls the tests of requirements: by target and requirement, not by files and functions of the suites."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from driftgate.checks.registry import check_named
from driftgate.contract import Requirement
from driftgate.pytest_plugin.sending import run_of
from driftgate.run.target_run import TargetRun

_NODE_ID = pytest.StashKey[str]()


class RequirementTest(pytest.Function):
    """A test of the suites, called by what it is about."""

    @property
    def nodeid(self) -> str:
        return self.stash[_NODE_ID]

    @property
    def id(self) -> Any:
        """The same as newer versions of pytest keep it, where ``--lf`` looks."""
        return type(super().id).parse(self.nodeid)

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Its target, and no file: terminals would show a path into the installed package."""
        return self.nodeid.partition("::")[0], None, ""

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Where the test stands; without a name of its own, which terminals would show as that of a Python object."""
        path, line, _ = super().reportinfo()
        return path, line, ""


class SendingTest(pytest.Function):
    """A test of one's own that sends: called by its target, so that parallel runs keep all of a target together."""

    @property
    def nodeid(self) -> str:
        return self.stash[_NODE_ID]


def selection(item: pytest.Item) -> tuple[TargetRun, Requirement] | None:
    """The target and the requirement that a test is about; None for a test of something else."""
    callspec = getattr(item, "callspec", None)
    asked = callspec.params.get("driftgate_selection") if callspec else None
    return asked if isinstance(asked, tuple) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Names the tests before ``-k`` looks at them; it finds ids, classes, checks, levels and targets."""
    taken: set[str] = set()
    for item in items:
        asked, sends = selection(item), run_of(item)
        if sends is not None and isinstance(item, pytest.Function):
            item.stash[_NODE_ID] = f"{sends.target.name}::{item.nodeid}"
            item.__class__ = SendingTest
        if asked is None or not isinstance(item, pytest.Function):
            continue
        run, row = asked
        function, target = item.name.partition("[")[0], run.target.name
        item.name = row.id if f"{target}::{row.id}" not in taken else f"{row.id}::{function}"
        item.stash[_NODE_ID] = f"{target}::{item.name}"
        # pytest makes the items, and has no hook for their class
        item.__class__ = RequirementTest
        taken.add(item.nodeid)
        item.extra_keyword_matches |= {str(check_named(row.check).title), row.check, str(row.level), target}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports are about the test by its new name; pytest takes the one that it gave the item itself."""
    report = yield
    if isinstance(item, (RequirementTest, SendingTest)):
        report.nodeid = item.nodeid
    return report
