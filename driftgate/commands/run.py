"""``driftgate run``: pytest over the suites, apart from any pytest configuration of the folder it is called in."""

from __future__ import annotations

import argparse
import gc
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from driftgate.base.paths import DEFAULT_REPORTS, SUITES
from driftgate.commands.arguments import EXAMPLE, describe

# Only what a run needs: plugins of the surrounding environment may have options of the same names.
_PLUGINS = ("driftgate.pytest_plugin.plugin",)
# those that only some options need; a pattern that matches too much costs a few milliseconds
_FOR_OPTIONS = {
    "allure_pytest": re.compile(r"--(clean-)?allure"),
    "xdist.plugin": re.compile(r"-\w*[nd]|--(numprocesses|dist|tx|px|max-worker-restart|maxprocesses|testrunuid)"),
}
# pytest's own that the suites have no use for: importing them takes a fifth of pytest's start
_UNUSED = ("doctest", "legacypath", "nose", "pastebin", "stepwise", "unittest")
# what people know from pytest, and look for in the help
_OF_PYTEST: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("-k",),
        "WORDS",
        "judge only what the words find: ids, classes, checks, levels and targets, with and, or, not",
    ),
    (("-x", "--exitfirst"), "", "stop at the first failure"),
    (
        ("--lf", "--last-failed"),
        "",
        "judge only what failed in the last run; all if nothing did",
    ),
    (("--ff", "--failed-first"), "", "judge all; the targets that failed in the last run come first"),
    (("-n", "--numprocesses"), "N", "judge targets in N processes, or auto; a target is judged by one"),
    (("--co", "--collect-only"), "", "list what would be judged, and send nothing"),
    (("--durations",), "N", "show the N slowest requirements; 0 for all"),
    (("--junitxml",), "FILE", "write the results to this file as JUnit XML"),
    (("--alluredir",), "DIR", "write Allure results here"),
    (("-v", "--verbose"), "", "tell more: a line for each requirement"),
    (("-q", "--quiet"), "", "tell less; -qq only the end"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    from driftgate.run.options import TABLE

    describe(
        parser,
        "Judges targets by their vendors' contracts: all targets of driftgate.toml, or the embedded emulators where "
        "there is no such file. Writes a record of each target, and reports. Takes pytest's options, too. Exits with 0 "
        "when every MUST that was judged passes or is waived, with 1 when one fails, and with 6 when a target could "
        "not be judged or nothing was.",
        "driftgate run",
        "driftgate run --target staging",
        f"driftgate run --vendor {EXAMPLE} --base-url https://staging.example/v1 --param user=me",
    )
    for option, settings in TABLE.items():
        parser.add_argument(option, **settings)
    group = parser.add_argument_group("options of pytest", "These and all others of pytest's work as they do there.")
    for names, metavar, says in _OF_PYTEST:
        takes: dict[str, Any] = {"metavar": metavar} if metavar else {"action": "store_true"}
        group.add_argument(*names, help=says, **takes)


def act(parsed: argparse.Namespace) -> int:
    """The exit code of pytest, which reads the arguments itself."""
    import pytest

    from driftgate.base.interrupts import interrupts
    from driftgate.pytest_plugin.command_run import OPTIONS, CommandRun

    plugins = [each for plugin in _plugins(parsed.given) for each in ("-p", plugin)]
    suites = ["-c", str(SUITES / "run.ini"), f"--rootdir={Path.cwd()}", "--import-mode=importlib", str(SUITES)]
    try:
        with interrupts.until_end():
            own = ["--disable-plugin-autoload", *plugins, *suites, *OPTIONS, *_cache(parsed.given)]
            return int(pytest.main([*own, *parsed.given], plugins=[CommandRun()]))
    finally:
        gc.unfreeze()


def _cache(given: Sequence[str]) -> Iterator[str]:
    """Where pytest keeps what failed: beside the records, and nowhere that the user did not choose."""
    given = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *given]
    if any("no:cacheprovider" in each for each in given):
        return  # pytest refuses the setting of a plugin that it does not load
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--report-dir", default=str(DEFAULT_REPORTS))
    found, _ = finder.parse_known_args(given)
    yield from ("-o", f"cache_dir={Path(found.report_dir).absolute() / '.pytest_cache'}")


def _plugins(given: Sequence[str]) -> Iterator[str]:
    """What pytest is to load for these arguments, and what not."""
    given = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *given]
    yield from (f"no:{name}" for name in _UNUSED)
    yield from (name for name, option in _FOR_OPTIONS.items() if any(map(option.match, given)))
    yield from _PLUGINS
