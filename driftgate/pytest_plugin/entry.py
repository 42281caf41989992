"""The entry point for pytest: loads the plugin where it is asked for, and is nothing but a look at a folder elsewhere.

pytest imports this module in every environment that driftgate is installed in: it imports nothing else of driftgate's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from driftgate.pytest_plugin import PLUGIN

if TYPE_CHECKING:
    from driftgate.report.result import Result

_SUITES = "driftgate.suites"
_CHECK = "driftgate_check"
_LEFT_OUT = pytest.StashKey[bool]()
_JOINED = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    if early_config.pluginmanager.has_plugin(PLUGIN):
        return
    asked = _asked(early_config, args)
    if asked or _in_checkout(early_config.invocation_params.dir):
        from driftgate.pytest_plugin.joined import joined  # noqa: PLC0415  # only those who ask pay for it

        again = joined([str(each) for each in early_config.invocation_params.args])
        if again is not None:
            early_config.stash[_JOINED] = again
            args.clear()  # nothing of this session is used, and what it does not know would end it
            return
    if asked:
        from driftgate.pytest_plugin import guest  # noqa: PLC0415  # all of driftgate, which only those who ask pay for

        guest.join(early_config, parser, args)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | pytest.ExitCode | None:
    """Begins anew where an option's path was taken for a folder of tests, and so the wrong ini file was read."""
    again = config.stash.get(_JOINED, None)
    return None if again is None else pytest.main(again)


def _asked(config: pytest.Config, args: list[str]) -> bool:
    """Whether the folder has targets, or the suites are named; a checkout of driftgate asks by its own conftest.py."""
    folder = config.invocation_params.dir
    if _is_checkout(config.rootpath) or _in_checkout(folder):
        return False
    return Path(folder, "driftgate.toml").is_file() or any(each.partition("::")[0] == _SUITES for each in args)


def _in_checkout(folder: Path) -> bool:
    return any(_is_checkout(each) for each in (folder, *folder.parents))


def _is_checkout(folder: Path) -> bool:
    return (folder / "driftgate" / "pytest_plugin" / "entry.py").exists()


@pytest.fixture
def client_scenarios() -> Callable[..., Result]:
    """Plays a client through a vendor's scenarios: ``client_scenarios(vendor, rename)``.

    ``rename(base_url, key, conversation, name)`` renames, and raises where it fails. Further arguments are those of
    ``driftgate.play_client``. The test fails with a line for each scenario and what is violated; without a violation
    the result is returned.
    """
    from driftgate import play_client  # noqa: PLC0415  # all of driftgate, which only those who ask pay for

    def play(vendor: str, rename: Callable[[str, str, str, str], object], **options: Any) -> Result:
        told: list[str] = []
        result = play_client(vendor, rename, tell=told.extend, **options)
        if result.exit:
            pytest.fail("\n".join(told), pytrace=False)
        return result

    return play


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEFT_OUT] = not config.pluginmanager.has_plugin(PLUGIN)
    if config.stash[_LEFT_OUT]:
        config.addinivalue_line("markers", f"{_CHECK}(check): the test asks all requirements of this check")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuses the suites where nothing says what to judge. Raises UsageError."""
    asking = [item for item in items if config.stash[_LEFT_OUT] and item.get_closest_marker(_CHECK)]
    if asking:
        raise pytest.UsageError(
            f"{asking[0].path}: has tests of driftgate's, but {config.invocation_params.dir} has no driftgate.toml "
            f"with targets: make one with driftgate init, or judge the emulators with pytest --pyargs {_SUITES}"
        )
