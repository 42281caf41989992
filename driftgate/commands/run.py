"""``driftgate run``: pytest over the suites, apart from any pytest configuration of the folder it is called in."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pytest

from driftgate.base.paths import SUITES
from driftgate.run.options import TABLE

# Only what a run needs: plugins of the surrounding environment may have options of the same names.
_PLUGINS = ("allure_pytest", "xdist.plugin", "driftgate.pytest_plugin.plugin", "no:cacheprovider")


def arguments(parser: argparse.ArgumentParser) -> None:
    for option, settings in TABLE.items():
        parser.add_argument(option, **settings)


def run(given: Sequence[str]) -> int:
    """The exit code of pytest, which reads the arguments itself."""
    plugins = [each for plugin in _PLUGINS for each in ("-p", plugin)]
    suites = ["-c", str(SUITES / "run.ini"), f"--rootdir={SUITES}", "--import-mode=importlib", str(SUITES)]
    return int(pytest.main(["--disable-plugin-autoload", *plugins, *suites, *given]))
