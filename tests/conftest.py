"""What holds for all tests of driftgate's own."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.signals import let_children_take_signals

ROOT = Path(__file__).parent.parent
# what others write there while tests run
_OTHERS = {".git", ".mypy_cache", ".ruff_cache", ".tox", ".venv"}

let_children_take_signals()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--untouched", action="store_true", help="fail when a file of the checkout was written meanwhile")


def pytest_collection_finish() -> None:
    """Keeps what is loaded by now out of garbage collections: pytest asks for five after each run within a test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session):
    if _watches(session):
        session.config.stash[_BEFORE] = written()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session):
    yield
    if _watches(session):
        changed = sorted(path for path, _ in written() ^ session.config.stash[_BEFORE])
        if changed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            session.config.stash[_WRITTEN] = list(dict.fromkeys(changed))


def written(folder: Path = ROOT) -> set[tuple[Path, int]]:
    """Every file below a folder, and when it was last written."""
    paths = (path for each in folder.iterdir() if each.name not in _OTHERS for path in (each, *each.rglob("*")))
    return {(path.relative_to(folder), path.stat().st_mtime_ns) for path in paths if not path.is_dir()}


def _watches(session: pytest.Session) -> bool:
    return session.config.getoption("untouched") and not hasattr(session.config, "workerinput")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    changed = config.stash.get(_WRITTEN, [])
    if changed:
        shown = ", ".join(map(str, changed[:_MOST_SHOWN]))
        terminalreporter.write_line(f"the tests wrote into the checkout: {shown} ({len(changed)} files)", red=True)


_MOST_SHOWN = 10
_BEFORE = pytest.StashKey[set[tuple[Path, int]]]()
_WRITTEN = pytest.StashKey[list[Path]]()
