"""The pytest plugin: tests of requirements and targets, verdicts of what tests raise, an exit code of verdicts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from driftgate.base.errors import NotAsked, UsageError
from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import printable
from driftgate.base.paths import SUITES
from driftgate.checks.expect import Expect, Inconclusive, Violation
from driftgate.checks.registry import order_of
from driftgate.contract import Profile, Requirement
from driftgate.http.client import OutOfBudget
from driftgate.http.exchange import Exchange
from driftgate.pytest_plugin import GUEST, names, sending
from driftgate.pytest_plugin import conclusion as session
from driftgate.pytest_plugin.conclusion import JUDGES, RUNS, workers
from driftgate.pytest_plugin.exports import Exports
from driftgate.pytest_plugin.header import header
from driftgate.pytest_plugin.names import selection
from driftgate.pytest_plugin.progress import progress_of
from driftgate.pytest_plugin.suite import CHECK
from driftgate.record.observation import observed
from driftgate.record.verdict import Untested, Verdict
from driftgate.report import terminal
from driftgate.report.evidence import Evidence
from driftgate.run.options import TABLE, Options, attribute, checked
from driftgate.run.prepare import prepare
from driftgate.run.target_run import TargetRun
from driftgate.session.conversations import SetupError
from driftgate.session.session import Session

if TYPE_CHECKING:
    from driftgate.checks.stateful.stateful_test import StatefulTest

Selection = tuple[TargetRun, Requirement]
Outcome = Literal["passed", "failed", "skipped"]
Status = tuple[Outcome, str, str, str]

_REPORTED = (Violation, Inconclusive, SetupError, OutOfBudget, NotAsked)  # raised by tests; not our mistakes
EXPORTS = pytest.StashKey[Exports]()
_MODULE = "driftgate.suites"  # as pytest --pyargs takes it
_PROBLEM = pytest.StashKey[UsageError]()  # with the targets, of a session that may not be about them


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    if pluginmanager.has_plugin(GUEST):
        return  # the options are there, as far as they do not disturb others
    group = parser.getgroup("driftgate", "driftgate: judge a base URL by a vendor's contract")
    for option, settings in TABLE.items():
        # pytest 9 has a --strict of its own, for its configuration; in a driftgate run the word means the contract
        group._arggroup.conflict_handler = "resolve" if option == "--strict" else "error"
        try:
            group.addoption(option, dest=attribute(option), **settings)
        except argparse.ArgumentError:
            hint = "-p no:timeout" if option == "--timeout" else "-p no:NAME"
            raise pytest.UsageError(
                f"another pytest plugin has the option {option} too: leave it out with {hint}"
            ) from None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{CHECK}(check): the test asks all requirements of this check")
    config.pluginmanager.register(session, "driftgate-session")
    config.pluginmanager.register(names, "driftgate-names")
    config.pluginmanager.register(sending, "driftgate-sending")
    guest = config.pluginmanager.has_plugin(GUEST)
    if session.workers(config) > 1 and (guest or _names_suites(config)):
        from driftgate.pytest_plugin import parallel  # noqa: PLC0415  # takes pytest-xdist, which is there then

        config.pluginmanager.register(parallel, "driftgate-parallel")
    try:
        options = checked(vars(config.option))
        if options.rate is not None:
            options = replace(options, rate=options.rate / session.workers(config))
        asks = options.target_options.asks or _names_suites(config, only=True)
        config.stash[JUDGES] = asks or (session.workers(config) > 1 and _names_suites(config))
        runs = _prepared(config, options)
        exports = Exports(config, runs, options.sarif)
    except UsageError as problem:
        raise pytest.UsageError(str(problem)) from None
    config.stash[RUNS] = runs
    config.stash[EXPORTS] = exports
    config.pluginmanager.register(exports)


def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if not config.pluginmanager.has_plugin(GUEST) and workers(config) == 1:
        runs = config.stash[RUNS]
        progress = progress_of(config, runs)
        if progress:
            config.pluginmanager.register(progress)


def _prepared(config: pytest.Config, options: Options) -> list[TargetRun]:
    """The runs of the session. A problem with the targets waits where the session may have other tests alone.

    Raises UsageError.
    """
    try:
        return prepare(options, Path(config.invocation_params.dir))
    except UsageError as problem:
        if config.stash[JUDGES] and not config.option.help:
            raise
        config.stash[_PROBLEM] = problem
        return []


def _names_suites(config: pytest.Config, *, only: bool = False) -> bool:
    """Whether the suites are among what is to be run: in this checkout, or in the installed package.

    With ``only``: whether they, or a part of them, are named as such.
    """
    named = [argument.partition("::")[0] for argument in config.args]
    if _MODULE in named:
        return True
    asked = [Path(config.invocation_params.dir, each).resolve() for each in named]
    folders = [(config.rootpath / "suites").resolve(), SUITES.resolve()]
    return any(
        path.is_relative_to(folder) or (not only and folder.is_relative_to(path))
        for path in asked
        for folder in folders
    )


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[pytest.Item] | None:
    """A test that no target has a requirement for is not collected, so that pytest counts what is told."""
    marks = [mark for mark in getattr(obj, "pytestmark", ()) if mark.name == CHECK]
    if not marks or any(True for mark in marks for _ in _asked(mark, collector.config)):
        return None
    collector.config.stash[JUDGES] = True
    return []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker(CHECK)
    if mark is None:
        if sending.RUN in metafunc.fixturenames:
            _once_each_target(metafunc)
        return
    metafunc.config.stash[JUDGES] = True
    asked = [pytest.param((run, row), id=_id(run, row)) for run, row in _asked(mark, metafunc.config)]
    metafunc.parametrize("driftgate_selection", asked, indirect=True, scope="function")


def _once_each_target(metafunc: pytest.Metafunc) -> None:
    """A test of one's own that sends through a target runs once for each."""
    metafunc.config.stash[JUDGES] = True
    runs = [pytest.param(run, id=run.target.name) for run in metafunc.config.stash[RUNS]]
    metafunc.parametrize(sending.RUN, runs, indirect=True, scope="function")


def _asked(mark: pytest.Mark, config: pytest.Config) -> Iterator[Selection]:
    for run in config.stash[RUNS]:
        for row in run.target.contract.requirements:
            if _asks(mark, run, row):
                yield run, row


def _asks(mark: pytest.Mark, run: TargetRun, row: Requirement) -> bool:
    smallest: Profile = mark.kwargs.get("profile", Profile.SMOKE)
    return row.check == mark.args[0] and run.options.profile >= smallest


def _id(run: TargetRun, row: Requirement) -> str:
    vendor = run.target.contract.vendor
    return row.id if run.target.name == vendor else f"{row.id}@{run.target.name}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Target by target, and the answers last, when all that can be judged of them has been seen."""
    if config.stash[JUDGES] and _PROBLEM in config.stash:
        raise pytest.UsageError(str(config.stash[_PROBLEM]))
    runs = config.stash[RUNS]
    order = {id(run): index for index, run in enumerate(runs)}

    def position(item: pytest.Item) -> tuple[int, int]:
        asked = selection(item)
        return (order[id(asked[0])], order_of(asked[1].check)) if asked else (-1, 0)

    items.sort(key=position)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    if getattr(session.config.option, "failedfirst", False):
        _by_target(session.items)
    for item in session.items:
        asked = selection(item)
        if asked and asked[1] not in asked[0].selected:
            asked[0].selected.append(asked[1])
    sending.select(session.items)


def _by_target(items: list[pytest.Item]) -> None:
    """After ``--ff``: the targets that failed come first, and of each the answers still last."""
    rank: dict[object, int] = {}

    def position(item: pytest.Item) -> tuple[int, int]:
        asked = selection(item)
        return rank.setdefault(id(asked[0]) if asked else None, len(rank)), order_of(asked[1].check) if asked else 0

    items.sort(key=position)


@pytest.hookimpl(trylast=True)
def pytest_report_header(config: pytest.Config) -> list[str]:
    runs = config.stash[RUNS]
    return header(runs)


@pytest.fixture
def driftgate_selection(request: pytest.FixtureRequest) -> Selection:
    asked: Selection = request.param
    return asked


@pytest.fixture
def requirement(driftgate_selection: Selection) -> Requirement:
    """The row of the catalogue that the test is about."""
    return driftgate_selection[1]


@pytest.fixture
def driftgate_run(request: pytest.FixtureRequest) -> TargetRun:
    """The run of the target that the test is about."""
    asked = selection(request.node)
    if asked:
        return _begun(asked)
    run: TargetRun = request.param
    run.begun = True
    return run


@pytest.fixture
def target(driftgate_run: TargetRun, request: pytest.FixtureRequest) -> Session | sending.TargetInUse:
    """The target, ready to be asked: for tests of one's own what those may do with it."""
    return driftgate_run.ready() if selection(request.node) else sending.TargetInUse(driftgate_run)


def _begun(asked: Selection) -> TargetRun:
    """The run that a test asks something of. Raises NotAsked where it cannot."""
    run, row = asked
    run.begun = True
    untested = run.untested(row)
    if untested:
        kind, why = untested
        raise NotAsked(why, kind)
    return run


@pytest.fixture
def expect(driftgate_selection: Selection, target: Session) -> Expect:
    """Expectations about the target for the requirement; what they find ends the test at its end."""
    run, row = driftgate_selection
    return Expect(row, target, run.ledger, run.observe)


@pytest.fixture
def stateful(driftgate_selection: Selection) -> StatefulTest:
    """The stateful test of the target, run once for all requirements of its check."""
    return _begun(driftgate_selection).stateful_test


@pytest.fixture
def observe(driftgate_selection: Selection) -> Callable[[Exchange, str | None], None]:
    """Records what an exchange showed, as the requirement's observation."""
    run, row = driftgate_selection

    def record(exchange: Exchange, name: str | None) -> None:
        if exchange.answer is None:
            raise Inconclusive(exchange.describe())
        run.ledger.judged(row.id)
        run.observe(observed(row.id, "", exchange, name))

    return record


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    interrupts.check()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    expect, asked = pyfuncitem.funcargs.get("expect"), selection(pyfuncitem)
    if not isinstance(expect, Expect):
        return (yield)
    try:
        outcome = yield
    except (Inconclusive, OutOfBudget) as trouble:
        if asked:
            asked[0].ledger.inconclusive(asked[1].id, str(trouble))
        expect.settle()  # what was found before outranks it
        raise
    except NotAsked:
        expect.settle()
        raise
    expect.settle()
    return outcome


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    asked = selection(item)
    kept = call.excinfo
    problem = kept.value if kept else None
    if asked and isinstance(problem, _REPORTED):
        call.excinfo = None  # pytest would make a long text of the traceback, only for ours to take its place
    report = yield
    call.excinfo = kept
    if asked is None:
        return report
    run, row = asked
    exports = item.config.stash[EXPORTS]
    report.sections = [(title, run.redactor(text)) for title, text in report.sections]
    if call.when != "call" and problem is None:
        exports.note(report, run, row, call, "")
        return report
    _enter(run, row, problem)
    run.done(row)
    known = run.ledger.findings(row.id)
    if known and isinstance(problem, (Inconclusive, SetupError, OutOfBudget)):
        problem = Violation(known, entered=True)  # found in an answer before the test came to nothing
    verdict = str(run.judgement(row).verdict)
    facts = {"target": run.target.name, "requirement": row.id, "level": str(row.level), "verdict": verdict}
    item.user_properties[:] = [*(each for each in item.user_properties if each[0] not in facts), *facts.items()]
    status = _status(run, row, problem)
    if status is not None:
        report.outcome, category, letter, text = status
        report.longrepr = (str(item.path), 0, text) if report.outcome == "skipped" else text or None
        vars(report)["driftgate_status"] = (category, letter, category.upper())
    elif run.redactor(report.longreprtext) != report.longreprtext:
        report.longrepr = run.redactor(report.longreprtext)
    exports.note(report, run, row, call, report.longreprtext if status is None else "")
    return report


def _enter(run: TargetRun, row: Requirement, problem: BaseException | None) -> None:
    """Puts what a test raised into the ledger."""
    run.asked(row)
    if isinstance(problem, Violation):
        run.violated(problem)
    elif isinstance(problem, NotAsked):
        run.ledger.untested(row.id, str(problem), Untested(problem.kind))
    elif isinstance(problem, (Inconclusive, SetupError, OutOfBudget)):
        run.ledger.inconclusive(row.id, str(problem))
    elif isinstance(problem, Exception):
        run.ledger.error(row.id, f"{type(problem).__name__}: {run.redactor(str(problem))}")
    elif problem is None and not run.ledger.times_judged(row.id):
        run.ledger.never_sent(row.id)


def _status(run: TargetRun, row: Requirement, problem: BaseException | None) -> Status | None:
    """What pytest is told in place of its own outcome; None to leave that alone: it passed, or the mistake is ours."""
    judgement = run.judgement(row)
    if isinstance(problem, Violation):
        if judgement.waived:
            return "passed", "waived", "W", ""
        verdict, findings = run.rows(row)
        evidence = Evidence(findings, run.exchanges.values())
        block = run.redactor(terminal.render_violation(verdict, evidence, run.target.name, run.options.report_dir))
        return ("failed", "violated", "F", block) if run.gate.binds(row.level) else ("passed", "warned", "w", "")
    if judgement.verdict is Verdict.INCONCLUSIVE or isinstance(problem, (Inconclusive, SetupError, OutOfBudget)):
        text = printable(f"inconclusive: {run.redactor(judgement.reason)}")
        return ("failed" if run.gate.binds(row.level) else "skipped"), "inconclusive", "i", text
    if problem is None and judgement.verdict is Verdict.PASS:
        return None
    if problem is None or isinstance(problem, NotAsked):
        return "skipped", "untested", "u", f"untested: {judgement.reason}"
    return None


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    status = getattr(report, "driftgate_status", None)
    return tuple(status) if status else None  # a list when it comes from a worker


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """A target is left as soon as its last test has ended."""
    yield
    asked, following = selection(item), selection(nextitem) if nextitem else None
    if asked and nextitem is not None and (following is None or following[0] is not asked[0]):
        with interrupts.held(session.RESTORING):
            asked[0].reproduce_findings()
        asked[0].teardown()
