"""``driftgate run``: pytest over the suites, apart from any pytest configuration of the folder it is called in."""

from __future__ import annotations

import argparse

from driftgate.base.paths import SUITES
from driftgate.commands.arguments import EXAMPLE, describe

# Only what a run needs: plugins of the surrounding environment may have options of the same names.
_PLUGINS = ("allure_pytest", "xdist.plugin", "driftgate.pytest_plugin.plugin", "no:cacheprovider")


def arguments(parser: argparse.ArgumentParser) -> None:
    from driftgate.run.options import TABLE

    describe(
        parser,
        "Judges targets by their vendors' contracts: without any, the emulators on this machine. Writes a record of "
        "each target, and reports. Takes pytest's options, too. Exits with 0 when every MUST that was judged passes or "
        "is waived, with 1 when one fails, and with 6 when a target could not be judged.",
        "driftgate run --target staging",
        f"driftgate run --vendor {EXAMPLE} --base-url https://staging.example/v1 --param user=me",
    )
    for option, settings in TABLE.items():
        parser.add_argument(option, **settings)


def act(parsed: argparse.Namespace) -> int:
    """The exit code of pytest, which reads the arguments itself."""
    import pytest

    plugins = [each for plugin in _PLUGINS for each in ("-p", plugin)]
    suites = ["-c", str(SUITES / "run.ini"), f"--rootdir={SUITES}", "--import-mode=importlib", str(SUITES)]
    return int(pytest.main(["--disable-plugin-autoload", *plugins, *suites, *parsed.given]))
