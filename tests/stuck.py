"""A plugin under which the main thread is stuck for good in a pattern, in the middle of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from driftgate.base import watchdog


def pytest_configure():
    watchdog.Watchdog.watch.__defaults__ = (1.0,)  # seconds


@pytest.hookimpl
def pytest_runtest_teardown(item):
    if "name-persists" in item.nodeid:
        Path("stuck").touch()
        re.match(r"(a+)+$", "a" * 60 + "b")
