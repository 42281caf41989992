"""A plugin under which the process ends at once in the middle of a run, as by ``kill -9``."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl
def pytest_runtest_teardown(item):
    if "name-persists" in item.nodeid:
        os._exit(9)
