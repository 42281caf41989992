"""``driftgate run``: pytest over the suites, apart from any pytest configuration of the folder it is called in."""

from __future__ import annotations

import argparse
import gc
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from driftgate.base.paths import SUITES
from driftgate.commands.arguments import EXAMPLE, describe

# Only what a run needs: plugins of the surrounding environment may have options of the same names.
_PLUGINS = ("driftgate.pytest_plugin.plugin",)
# those that only some options need; a pattern that matches too much costs a few milliseconds
_FOR_OPTIONS = {
    "allure_pytest": re.compile(r"--(clean-)?allure"),
    "xdist.plugin": re.compile(r"-\w*[nd]|--(numprocesses|dist|tx|px|max-worker-restart|maxprocesses|testrunuid)"),
}
# pytest's own that the suites have no use for: importing them takes a fifth of pytest's start
_UNUSED = ("cacheprovider", "doctest", "legacypath", "nose", "pastebin", "stepwise", "unittest")


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


def act(parsed: argparse.Namespace) -> int:
    """The exit code of pytest, which reads the arguments itself."""
    import pytest

    from driftgate.base.interrupts import interrupts

    plugins = [each for plugin in _plugins(parsed.given) for each in ("-p", plugin)]
    suites = ["-c", str(SUITES / "run.ini"), f"--rootdir={Path.cwd()}", "--import-mode=importlib", str(SUITES)]
    try:
        with interrupts.until_end():
            return int(
                pytest.main(["--disable-plugin-autoload", *plugins, *suites, *parsed.given], plugins=[_Freezing()])
            )
    finally:
        gc.unfreeze()


class _Freezing:
    """What was loaded when the first test begins stays to the end; searching it for garbage took a third of a run."""

    def pytest_collection_finish(self) -> None:
        gc.freeze()


def _plugins(given: Sequence[str]) -> Iterator[str]:
    """What pytest is to load for these arguments, and what not."""
    given = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *given]
    yield from (f"no:{name}" for name in _UNUSED)
    yield from (name for name, option in _FOR_OPTIONS.items() if any(map(option.match, given)))
    yield from _PLUGINS
