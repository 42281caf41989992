"""A pytest plugin that presses Ctrl-C after twenty tests."""

from __future__ import annotations

_seen: list[object] = []


def pytest_sessionstart():
    _seen.clear()


def pytest_runtest_call(item):
    _seen.append(item)
    if len(_seen) == 20:
        raise KeyboardInterrupt
