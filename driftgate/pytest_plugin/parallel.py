"""Several targets at once with pytest-xdist: all tests of a target go to one worker, so no conversation is shared."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class _ByTarget(LoadScopeScheduling):
    """Gives a worker a whole target, whatever way of sharing was asked for."""

    def _split_scope(self, nodeid: str) -> str:
        return target_of(nodeid)


def target_of(nodeid: str) -> str:
    """The target of a test: ``TARGET::REQUIREMENT``. Of a test of something else, its file."""
    return nodeid.partition("::")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByTarget:
    return _ByTarget(config, log)
