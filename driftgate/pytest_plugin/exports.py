"""What other tools read: JUnit, Allure results and SARIF, rendered from the records when all is known.

A later exchange may violate what an earlier test asked, and pytest knows neither waivers nor a SHOULD: so what its
plugins write test by test is replaced at the end.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from driftgate.base.errors import UsageError, in_words
from driftgate.contract import Requirement
from driftgate.pytest_plugin.conclusion import NOTHING, REMARKS, RESULTS, is_worker
from driftgate.record.verdict import Exit
from driftgate.report.case import Execution, cases
from driftgate.report.files import put
from driftgate.run.target_run import TargetRun

if TYPE_CHECKING:
    from driftgate.report.allure import Room

_NOTE = "driftgate_note"


class Exports:
    """A pytest plugin that notes each test, and writes at the end of the session; imports only what it writes.

    Raises UsageError at once where nothing can be written.
    """

    def __init__(self, config: pytest.Config, runs: Sequence[TargetRun], sarif_path: Path | None) -> None:
        # as the plugins that write there understand their options
        junit_path = getattr(config.option, "xmlpath", None)
        allure_folder = getattr(config.option, "allure_report_dir", None)
        self._junit = Path(os.path.expandvars(junit_path)).expanduser().absolute() if junit_path else None
        self._allure = Path(allure_folder).absolute() if allure_folder else None
        self._sarif = sarif_path.absolute() if sarif_path else None
        self._directory = Path(config.invocation_params.dir)
        if not config.option.collectonly:
            for option, folder in (("--junitxml", self._junit and self._junit.parent), ("--alluredir", self._allure)):
                if folder:
                    _make_room(option, folder)
            if self._sarif:
                _make_room_for("--sarif", self._sarif)
        self._prefix: str = getattr(config.option, "junitprefix", None) or ""
        self._executions: dict[tuple[str, str], Execution] = {}
        self._noted: dict[str, int] = {}  # how many exchanges of a target have been noted
        self._room: Room | None = None
        if self._allure:
            import allure_commons  # noqa: PLC0415  # allure-pytest has it loaded

            from driftgate.report import allure  # noqa: PLC0415

            self._room = allure.Room()
            for hooks in (allure.Redacting(lambda text: redacted(text, runs)), self._room):
                allure_commons.plugin_manager.register(hooks)
                config.add_cleanup(partial(allure_commons.plugin_manager.unregister, hooks))

    def note(
        self, report: pytest.TestReport, run: TargetRun, row: Requirement, call: pytest.CallInfo[None], mistake: str
    ) -> None:
        """Notes in the report of a phase how it asked; it comes from a worker of pytest-xdist's as well."""
        noted = self._noted.get(run.target.name, 0)
        self._noted[run.target.name] = len(run.exchanges)
        execution = Execution(call.start, call.duration, list(run.exchanges)[noted:], run.redactor(mistake))
        vars(report)[_NOTE] = [run.target.name, row.id, asdict(execution)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        note = getattr(report, _NOTE, None)
        if note:
            target, requirement, members = note
            execution, before = Execution(**members), self._executions.get((target, requirement))
            self._executions[target, requirement] = execution if before is None else before.and_then(execution)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        stash = session.config.stash
        try:
            yield
        except OSError as problem:  # pytest's own JUnit file
            self._not_written(session, problem)
            if self._junit:
                self._junit.unlink(missing_ok=True)
        if self._room and self._room.problem:
            self._not_written(session, self._room.problem)
        results = [(result, list(cases(result, self._executions))) for result in stash[RESULTS]]
        problems = [*stash[REMARKS], *([stash[NOTHING]] if NOTHING in stash else [])]
        if is_worker(session.config) or not (results or problems):
            return
        try:
            if self._sarif and results:
                from driftgate.report import sarif  # noqa: PLC0415

                page = sarif.render([result for result, _ in results], self._directory)
                put(self._sarif, f"{page}\n")
            if self._junit and self._junit.exists():
                from driftgate.report import junit  # noqa: PLC0415

                junit.rewrite(self._junit, results, self._prefix, problems, self._directory)
            if self._allure and results:
                from driftgate.report import allure  # noqa: PLC0415

                allure.write(self._allure, results)
        except Exception as problem:  # whatever it is, the verdicts are told all the same
            self._not_written(session, problem)

    @staticmethod
    def _not_written(session: pytest.Session, problem: Exception) -> None:
        session.config.stash[REMARKS].append(f"SARIF, JUnit or Allure results not written: {in_words(problem)}")
        session.exitstatus = Exit.INTERNAL_ERROR


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
        raise UsageError(f"{option} {folder}: cannot be written to ({problem.strerror})") from None


def _make_room_for(option: str, file: Path) -> None:
    """Removes what an earlier run left in the file, so that it cannot pass for this run's."""
    _make_room(option, file.parent)
    if file.exists() and not file.is_file():
        raise UsageError(f"{option} {file}: is not a file")
    file.unlink(missing_ok=True)
