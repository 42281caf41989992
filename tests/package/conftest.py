"""The distributions, built once; and the Pythons of this machine that driftgate is for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
EPOCH = "1767225600"  # the first second of 2026
_OTHERS = (".git", ".tox", ".venv", "*.egg-info", "__pycache__", "latest", "judged", ".*_cache", ".hypothesis")


def command(*words: str | Path, cwd: Path, **more: str) -> str:
    """What a command prints, in an environment that is nobody's. Fails with that when the command does."""
    mine = ("PYTEST", "DRIFTGATE", "PYTHONPATH", "COV_", "TOX_", "GITHUB_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env={**environment, **more}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder of an sdist, and of the wheel that is built from it."""
    return _build(ROOT, tmp_path_factory.mktemp("built"), "--sdist", "--wheel")


@pytest.fixture(scope="session")
def built_elsewhere(tmp_path_factory):
    """The same from a copy of the checkout in another folder; the wheel straight from its files."""
    folder = tmp_path_factory.mktemp("elsewhere")
    copy = shutil.copytree(ROOT, folder / "copy", copy_function=shutil.copy, ignore=shutil.ignore_patterns(*_OTHERS))
    _build(copy, folder / "dist", "--sdist")
    return _build(copy, folder / "dist", "--wheel")


def _build(checkout: Path, folder: Path, *what: str) -> Path:
    """Builds an sdist, a wheel, or both, the wheel then from the sdist."""
    asked = what if len(what) == 1 else ()
    words = (sys.executable, "-m", "build", "--no-isolation", *asked, "--outdir", folder, checkout)
    command(*words, cwd=folder.parent, SOURCE_DATE_EPOCH=EPOCH)
    return folder


def pythons() -> dict[str, Path]:
    """The interpreters of the versions that driftgate is for: on the path, or among those of pyenv."""
    others = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {}
    for version in VERSIONS:
        places = [shutil.which(f"python{version}"), *sorted(others.glob(f"{version}.*/bin/python"))]
        working = [Path(place) for place in places if place and _works(place, version)]
        if working:
            found[version] = working[0]
    return found


def _works(python: str | Path, version: str) -> bool:
    asked: Sequence[str] = (str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version


def pytest_report_header() -> str:
    here = pythons()
    missing = [version for version in VERSIONS if version not in here]
    told = ", ".join(f"{version} ({place})" for version, place in here.items())
    return f"installed into: Python {told}" + (f"; not here: {', '.join(missing)}" if missing else "")
