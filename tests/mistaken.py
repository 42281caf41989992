"""A pytest plugin with a mistake in it."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if "name-at-most-100" in pyfuncitem.nodeid:
        raise ZeroDivisionError("a mistake")
