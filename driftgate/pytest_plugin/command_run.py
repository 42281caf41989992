"""What pytest does otherwise in ``driftgate run``, where the session is about targets alone."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

from driftgate.pytest_plugin.conclusion import RUNS, tell
from driftgate.pytest_plugin.header import header

OPTIONS = ("--no-header",)  # pytest's, which is about Python and files of the installed package


class CommandRun:
    """A pytest plugin for the session that ``driftgate run`` starts."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """The cache keeps what failed, and not what was collected: a run without a failure writes none."""
        if config.pluginmanager.has_plugin("nfplugin"):
            config.pluginmanager.unregister(name="nfplugin")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> Generator[None, None, None]:
        """Tells what will be judged, after pytest's own beginning."""
        yield
        runs, reporter = session.config.stash[RUNS], session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter and reporter.showheader:
            for line in header(runs):
                tell(reporter, line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """``--co`` lists ids; what was loaded stays to the end, as searching it for garbage took a third of a run."""
        option = session.config.option
        if option.collectonly and option.verbose == 0:
            option.verbose = -1
        gc.freeze()
