"""The end of a session: leaves the targets, writes the reports, tells them, and says the exit code.

With pytest-xdist each target is judged in one worker; the workers send where their records are, the session reports.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from driftgate.base.errors import UsageError, in_words
from driftgate.base.interrupts import interrupts
from driftgate.base.watchdog import watchdog
from driftgate.pytest_plugin import GUEST, sending
from driftgate.pytest_plugin.suite import CHECK
from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit
from driftgate.report import files, github, markdown, terminal, words
from driftgate.report.files import make_room
from driftgate.report.result import Result, overall, result_of
from driftgate.report.words import EMBEDDED
from driftgate.run.prepare import check_journals
from driftgate.run.target_run import TargetRun

RUNS: pytest.StashKey[list[TargetRun]] = pytest.StashKey()
RESULTS: pytest.StashKey[list[Result]] = pytest.StashKey()
REMARKS: pytest.StashKey[list[str]] = pytest.StashKey()
JUDGES: pytest.StashKey[bool] = pytest.StashKey()  # whether the session is to judge targets, as its options say
NOTHING: pytest.StashKey[str] = pytest.StashKey()  # says that nothing was judged, where it was not
_SESSION: pytest.StashKey[pytest.Session] = pytest.StashKey()
RESTORING = "driftgate: restoring everything first; kill -9 stops that, and the journal stays"
# under which a worker sends where the records of its targets are, path by name, and its remarks
_SENT, _SENT_REMARKS = "driftgate", "driftgate-remarks"


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker of pytest-xdist's."""
    return hasattr(config, "workerinput")


def workers(config: pytest.Config) -> int:
    """How many processes share the targets; 1 without pytest-xdist."""
    if is_worker(config):
        return int(vars(config)["workerinput"]["workercount"])
    return len(getattr(config.option, "tx", None) or ()) or 1


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[RESULTS] = []
    session.config.stash[REMARKS] = []
    session.config.stash[_SESSION] = session
    shared = workers(session.config) > 1 and not is_worker(session.config)
    # only the workers collect: whether a session of somebody else's judges targets is not known here
    guest = session.config.pluginmanager.has_plugin(GUEST)
    if shared and (guest or session.config.stash[JUDGES]):
        runs = session.config.stash[RUNS]
        _make_room(runs, clean=session.config.stash[JUDGES])
        interrupts.catch(watches=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly or not config.stash[JUDGES]:
        return
    every = config.stash[RUNS]
    runs = [run for run in every if run.selected]
    if workers(config) == 1:
        # what an earlier run left must not pass for what this one judged, even if it judges nothing
        _make_room(runs or every)
    if runs:
        interrupts.catch()
        watchdog.watch()


def pytest_unconfigure(config: pytest.Config) -> None:
    watchdog.release()
    interrupts.release()
    _tell_last(config)


def _tell_last(config: pytest.Config) -> None:
    """The verdict of the session is the last line of all, in red when it is red."""
    reporter, line = config.pluginmanager.get_plugin("terminalreporter"), _exit_line(config)
    if reporter and line and not is_worker(config):
        conforms = int(config.stash[_SESSION].exitstatus) == Exit.CONFORMS
        reporter.ensure_newline()
        tell(reporter, line, "good" if conforms else "bad")


def _make_room(runs: Sequence[TargetRun], *, clean: bool = True) -> None:
    """Raises UsageError where an earlier run left something to restore; with ``clean``, removes its reports."""
    try:
        check_journals(runs)
        for directory in {run.options.report_dir for run in runs if clean}:
            make_room(directory)
    except UsageError as problem:
        raise pytest.UsageError(str(problem)) from None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Takes what a worker of pytest-xdist's sends at its end: the records of the targets that it judged."""
    config: pytest.Config = node.config
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    sent: dict[str, str] = output.get(_SENT, {})
    for run in config.stash[RUNS]:
        if run.target.name in sent:
            config.stash[RESULTS].append(result_of(read_record(Path(sent[run.target.name])), run.baseline))
    config.stash[REMARKS].extend(output.get(_SENT_REMARKS, ()))
    if error:
        config.stash[REMARKS].append(f"a worker ended early ({error}): what it was to judge has no verdict")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    config = session.config
    complete = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if not config.option.collectonly and exitstatus != pytest.ExitCode.USAGE_ERROR:
        runs = config.stash.get(RUNS, [])
        _finish(session, [run for run in runs if (run.begun if is_worker(config) else run.selected)], complete)
    if is_worker(config):
        records = [result.record for result in config.stash[RESULTS] if result.record.complete]
        output = vars(config)["workeroutput"]
        output[_SENT] = {each.header.target.name: str(each.path) for each in records}
        output[_SENT_REMARKS] = [*config.stash[REMARKS]]
    elif len(config.stash[RESULTS]) + len(config.stash[REMARKS]):
        _conclude(session, exitstatus, complete)
    elif config.stash[JUDGES] and not config.option.collectonly:
        _conclude_nothing(session, exitstatus)


def _finish(session: pytest.Session, runs: Sequence[TargetRun], complete: bool) -> None:
    """Ends the runs and restores everything; where that is interrupted too, says how to restore the rest."""
    try:
        with interrupts.finishing(RESTORING):
            for run in runs:
                if complete:
                    sending.settle(run)
                record = run.finish(complete=complete)
                session.config.stash[RESULTS].append(result_of(record, run.baseline))
                session.config.stash[REMARKS].extend([run.unrecorded] if run.unrecorded else [])
        if interrupts.came:
            session.exitstatus = pytest.ExitCode.INTERRUPTED
    except KeyboardInterrupt:
        session.exitstatus = pytest.ExitCode.INTERRUPTED
        for line in [line for run in runs for line in run.journal.end()]:
            print(f"\ndriftgate: stopped before everything was restored: {line}", file=sys.stderr)  # noqa: T201


def _conclude(session: pytest.Session, exitstatus: int | pytest.ExitCode, complete: bool) -> None:
    """The exit code of the session, and the reports on disk."""
    config = session.config
    results, remarks = config.stash[RESULTS], config.stash[REMARKS]
    order = [run.target.name for run in config.stash[RUNS]]
    results.sort(key=lambda result: order.index(result.record.header.target.name))
    if remarks or exitstatus == pytest.ExitCode.INTERNAL_ERROR:
        session.exitstatus = Exit.INTERNAL_ERROR
    elif complete and not interrupts.came:
        others = any(report.failed for report in _other_reports(config))
        session.exitstatus = overall(results) or (Exit.VIOLATES if others else Exit.CONFORMS)
    try:
        files.write(results, config.stash[RUNS][0].options.report_dir)
    except Exception as problem:  # whatever it is, the verdicts are told all the same
        remarks.append(f"reports not written: {in_words(problem)}")
        session.exitstatus = Exit.INTERNAL_ERROR


def _conclude_nothing(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """The exit code of a session that was to judge targets, and did not ask any of them for anything."""
    judged_nothing = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if exitstatus in (*judged_nothing, pytest.ExitCode.TESTS_FAILED):
        targets = ", ".join(run.target.name for run in session.config.stash[RUNS])
        session.config.stash[NOTHING] = f"nothing was judged: no test of {targets} was selected"
    if exitstatus in judged_nothing:
        session.exitstatus = Exit.INCONCLUSIVE


def _other_reports(config: pytest.Config) -> list[pytest.TestReport]:
    """Reports of failed tests that are not driftgate's, where a session runs both."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}
    return [report for kind in ("failed", "error") for report in stats.get(kind, []) if CHECK not in report.keywords]


_MARKUP = {"": {}, "good": {"bold": True, "green": True}, "bad": {"red": True}, "warning": {"yellow": True}}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(RESULTS, [])
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if results and summary:
        problem = github.summarise(markdown.render(results), Path(summary))
        for told in [*github.commands(results), *problem]:
            terminalreporter.write_line(told)
    for result in results:
        terminalreporter.section(f"driftgate: {result.record.header.target.name}", sep="=")
        level = config.option.verbose
        for line in terminal.summary(result, verbose=level > 0, detailed=level > -2):
            tell(terminalreporter, line.text, line.tone)
    page = config.stash[RUNS][0].options.report_dir / "report.html" if results else None
    if page and page.is_file():
        tell(terminalreporter, f"report: {page}")
    for remark in config.stash.get(REMARKS, []):
        tell(terminalreporter, remark, "bad")


def tell(reporter: pytest.TerminalReporter, text: str, tone: str = "") -> None:
    """Writes a text in the width of the terminal, where there is one."""
    width = shutil.get_terminal_size().columns
    reporter.write_line(terminal.fitted(text, width) if reporter.isatty else text, **_MARKUP[tone])


def _exit_line(config: pytest.Config) -> str:
    """The exit code and what it is of; empty where the session judges nothing."""
    results = config.stash.get(RESULTS, [])
    targets = [result.record.header.target for result in results]
    parts = [config.stash[NOTHING]] if NOTHING in config.stash else []
    if targets:
        embedded = [target.name for target in targets if target.embedded]
        servers = [target.name for target in targets if not target.embedded]
        judged = {target.name for target in targets}
        left_out = [run.target.name for run in config.stash[RUNS] if run.target.name not in judged]
        if embedded:
            parts.append(f"{EMBEDDED}: {', '.join(embedded)}")
            parts.append(f"server: {', '.join(servers)}" if servers else "no server was judged")
        if left_out:
            parts.append(f"not judged: {', '.join(left_out)}")
        if not parts:
            said = {words.status(result): None for result in results}
            parts += [f"{each}: {', '.join(_named(results, each))}" for each in said]
    return f"driftgate: exit {int(config.stash[_SESSION].exitstatus)}: {'; '.join(parts)}" if parts else ""


def _named(results: Sequence[Result], status: str) -> list[str]:
    """The targets of which this is said."""
    return [result.record.header.target.name for result in results if words.status(result) == status]
