"""Live progress of a run: one line that changes on a terminal, and a line now and then in the log of a job."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, TextIO, cast

import pytest

from driftgate.base.effort import effort
from driftgate.base.jsonvalue import printable
from driftgate.run.target_run import TargetRun

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

EVERY = 30.0  # seconds between two lines in a log
_TOLD = {"violated": ("✗ fail", "red"), "warned": ("! warn", "yellow")}


class Progress:
    """A pytest plugin that tells how far a run is; pytest's own letters are left out where the line changes."""

    def __init__(self, runs: Sequence[TargetRun], stream: TextIO, *, on_terminal: bool) -> None:
        self._runs = {run.target.name: run for run in runs}
        self._stream = stream
        self._on_terminal = on_terminal
        self._display: Live | None = None
        self._test = ""
        self._done = self._total = 0
        self._started = time.monotonic()
        self._ended = threading.Event()

    def line(self) -> str:
        """How far the run is: requests of the budget, time, the current requirement, what was generated."""
        target, _, requirement = self._test.partition("::")
        run = self._runs.get(target)
        passed = time.monotonic() - self._started
        expected = f" of about {_duration(passed / self._done * self._total)}" if self._done else ""
        parts = [
            f"{target}: {len(run.exchanges)} of {run.max_requests} requests" if run else "",
            f"{_duration(passed)}{expected}",
            f"{min(self._done + 1, self._total)} of {self._total} {requirement or target}",
            effort.describe(),
        ]
        return printable(" · ".join(part for part in parts if part))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly or not any(run.selected for run in self._runs.values()):
            return
        self._total = len(session.items)
        self._started = time.monotonic()
        if self._on_terminal:
            self._begin_display(session.config)
        else:
            threading.Thread(target=self._tell_now_and_then, daemon=True).start()

    def _begin_display(self, config: pytest.Config) -> None:
        from rich.console import Console  # noqa: PLC0415  # takes a while to load, and only a terminal shows it
        from rich.live import Live  # noqa: PLC0415

        console = Console(file=self._stream, force_terminal=True, highlight=False)
        self._display = Live(console=console, get_renderable=self._text, transient=True, redirect_stdout=False)
        self._display.start(refresh=True)
        console.show_cursor(True)  # a killed run must not leave a terminal without one
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        vars(reporter).update(_show_progress_info=False)
        reporter.showfspath = False

    def _text(self) -> Text:
        from rich.text import Text  # noqa: PLC0415

        return Text(self.line(), style="dim")

    def _tell_now_and_then(self) -> None:
        while not self._ended.wait(EVERY):
            self.tell()

    def tell(self) -> None:
        """Writes the line once."""
        self._stream.write(f"\ndriftgate: {self.line()}\n")
        self._stream.flush()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if nodeid != self._test:
            effort.reset()
        self._test = nodeid

    def pytest_runtest_logfinish(self) -> None:
        self._done += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> Generator[None, tuple[str, str, object], tuple[str, str, object]]:
        category, letter, word = yield
        return (category, "", "") if self._display else (category, letter, word)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        category = (getattr(report, "driftgate_status", None) or [""])[0]
        if self._display and category in _TOLD:
            word, style = _TOLD[category]
            from rich.text import Text  # noqa: PLC0415

            requirement = printable(report.nodeid.partition("::")[2])
            self._display.console.print(Text(f"{word} {requirement}", style=style))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Ends before anything else is told."""
        self._ended.set()
        if self._display:
            self._display.stop()
        yield


def progress_of(config: pytest.Config, runs: Sequence[TargetRun]) -> Progress | None:
    """The progress of a session; none with ``-qq``, ``-v`` and ``-s``, with which pytest tells what is to be told."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.option.verbose not in (0, -1) or config.option.capture == "no":
        return None
    on_terminal = reporter.isatty and os.environ.get("TERM") != "dumb" and not config.option.usepdb
    return Progress(runs, _stream(reporter.__dict__["_tw"]._file), on_terminal=on_terminal)


def _stream(file: TextIO) -> TextIO:
    """Where the session writes, also while pytest captures what tests write."""
    try:
        return cast(TextIO, os.fdopen(os.dup(file.fileno()), "w", encoding="utf-8", errors="replace"))
    except OSError:
        return file  # not of the system: nothing captures it


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
