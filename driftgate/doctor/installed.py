"""What is installed: driftgate, what it is built on, and plugins of pytest that do not get along with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from driftgate import __version__
from driftgate.base.jsonvalue import one_line
from driftgate.doctor.note import Examined, Note, State

_PACKAGE = Path(__file__).resolve().parent.parent
_PATIENCE = 60  # seconds for pytest to show its options
_CONFTEST = 'pytest_plugins = ("driftgate.pytest_plugin.plugin",)\n'


def installation() -> Examined:
    """What is installed here."""
    python = ".".join(map(str, sys.version_info[:3]))
    notes = [
        Note("driftgate", State.OK, f"{__version__} in {_PACKAGE}"),
        Note("Python", State.OK, f"{python}, {sys.executable}"),
        *_packages(),
        _plugins(),
        _allure(),
    ]
    return Examined("installation", tuple(notes))


def _packages() -> Iterator[Note]:
    try:
        wanted = [Requirement(each) for each in metadata.requires("driftgate") or ()]
    except metadata.PackageNotFoundError:
        yield Note("packages", State.WARNING, "driftgate runs without being installed: versions cannot be checked")
        return
    found = []
    for each in wanted:
        if each.marker and not each.marker.evaluate():
            continue
        try:
            version = metadata.version(each.name)
        except metadata.PackageNotFoundError:
            yield Note("packages", State.WRONG, f"{each.name} is not installed: python -m pip install '{each}'")
            continue
        if each.specifier.contains(version, prereleases=True):
            found.append(f"{each.name} {version}")
        else:
            yield Note("packages", State.WRONG, f"{each.name} {version} is installed: python -m pip install '{each}'")
    yield Note("packages", State.OK, ", ".join(found))


def _plugins() -> Note:
    """Whether plain pytest can have our options beside those of the other plugins; driftgate run loads none of them."""
    names = sorted({entry.name for entry in metadata.entry_points(group="pytest11")})
    path = os.pathsep.join(filter(None, (str(_PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as folder:
        # as in a checkout: from a conftest.py, when the plugins that are installed have their options already
        Path(folder, "conftest.py").write_text(
            'pytest_plugins = ("driftgate.pytest_plugin.plugin",)\n', encoding="utf-8"
        )
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "--help"]
        try:
            asked = subprocess.run(  # noqa: S603  # our own command
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return Note("plugins", State.WARNING, f"pytest does not start within {_PATIENCE} s")
    if asked.returncode == 0:
        return Note("plugins", State.OK, f"pytest gets along with {', '.join(names)}")
    last = (asked.stderr.strip() or "it fails").splitlines()[-1]
    return Note("plugins", State.WARNING, f"plain pytest is disturbed, driftgate run is not: {one_line(last)}")


def _allure() -> Note:
    place = shutil.which("allure")
    if place:
        return Note("allure", State.OK, place)
    return Note("allure", State.NONE, "not there; only --alluredir wants it, to show what that writes")
