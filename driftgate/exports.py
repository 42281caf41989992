"""What tools that know tests read: JUnit and Allure results, rendered from the records when all is known.

A later exchange may violate what an earlier test asked, and pytest knows neither waivers nor a SHOULD: so what its
plugins write test by test is replaced at the end.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import allure_commons
import pytest

from driftgate.contract import Requirement
from driftgate.errors import UsageProblem
from driftgate.report import allure, junit
from driftgate.report.case import Asked, cases
from driftgate.result import Result
from driftgate.run import TargetRun
from driftgate.verdict import Exit


class Exports:
    """A pytest plugin that is told of each test, and writes at the end of the session.

    Raises UsageProblem at once where nothing can be written.
    """

    def __init__(self, config: pytest.Config, runs: Sequence[TargetRun], results: Callable[[], list[Result]]) -> None:
        self._results = results
        # as the plugins that write there understand their options
        junit_path = getattr(config.option, "xmlpath", None)
        allure_folder = getattr(config.option, "allure_report_dir", None)
        self._junit = Path(os.path.expandvars(junit_path)).expanduser().absolute() if junit_path else None
        self._allure = Path(allure_folder).absolute() if allure_folder else None
        if not config.option.collectonly:
            for option, folder in (("--junitxml", self._junit and self._junit.parent), ("--alluredir", self._allure)):
                if folder:
                    _make_room(option, folder)
        self._prefix: str = getattr(config.option, "junitprefix", None) or ""
        self._asked: dict[tuple[str, str], Asked] = {}
        self._exchanges: dict[str, int] = {}
        self._trouble = ""
        if self._allure:
            redacting = allure.Redacting(lambda text: redacted(text, runs))
            allure_commons.plugin_manager.register(redacting)
            config.add_cleanup(lambda: allure_commons.plugin_manager.unregister(redacting))

    def tell(self, run: TargetRun, row: Requirement, call: pytest.CallInfo[None], mistake: str = "") -> None:
        """Takes down a phase of a test: the exchanges since the last one are its own."""
        asked = self._asked.setdefault((run.target.name, row.id), Asked(call.start))
        known = self._exchanges.get(run.target.name, 0)
        asked.exchanges += list(run.exchanges)[known:]
        self._exchanges[run.target.name] = len(run.exchanges)
        asked.seconds += call.duration
        asked.mistake = asked.mistake or run.redactor(mistake)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        yield
        results = [(result, list(cases(result, self._asked))) for result in self._results()]
        if not results:
            return
        try:
            if self._junit and self._junit.exists():
                junit.rewrite(self._junit, results, self._prefix)
            if self._allure:
                allure.write(self._allure, results)
        except Exception as problem:  # whatever it is, the verdicts are told all the same
            self._trouble = f"JUnit or Allure results not written: {type(problem).__name__}: {problem}"
            session.exitstatus = Exit.OWN_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._trouble:
            terminalreporter.write_line(self._trouble, red=True)


def redacted(text: str, runs: Sequence[TargetRun]) -> str:
    """The text without the secrets of any of the targets."""
    for run in runs:
        text = run.redactor(text)
    return text


def _make_room(option: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise UsageProblem(f"{option} {folder}: cannot be written to ({problem.strerror})") from None
