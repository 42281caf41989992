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
from driftgate.doctor.findings import Examined, Note, Status

_PACKAGE = Path(__file__).resolve().parent.parent
_LONGEST_START = 60  # seconds for pytest to show its options
_CONFTEST = 'pytest_plugins = ("driftgate.pytest_plugin.plugin",)\n'


def installation() -> Examined:
    """What is installed here."""
    python = ".".join(map(str, sys.version_info[:3]))
    notes = [
        Note("driftgate", Status.OK, f"{__version__} in {_PACKAGE}"),
        Note("Python", Status.OK, f"{python}, {sys.executable}"),
        *_packages(),
        _plugins(),
        _allure(),
    ]
    return Examined("installation", tuple(notes))


def _packages() -> Iterator[Note]:
    try:
        wanted = [Requirement(each) for each in metadata.requires("driftgate") or ()]
    except metadata.PackageNotFoundError:
        yield Note("packages", Status.WARNING, "driftgate is not installed as a package, so versions cannot be checked")
        return
    found = []
    for each in wanted:
        if each.marker and not each.marker.evaluate():
            continue
        try:
            version = metadata.version(each.name)
        except metadata.PackageNotFoundError:
            yield _to_install(each, "is not installed")
            continue
        if each.specifier.contains(version, prereleases=True):
            found.append(f"{each.name} {version}")
        else:
            yield Note(
                "packages", Status.PROBLEM, f"{each.name} {version} is installed: python -m pip install '{each}'"
            )
    yield Note("packages", Status.OK, ", ".join(found))


def _to_install(package: Requirement, found: str) -> Note:
    return Note("packages", Status.PROBLEM, f"{package.name} {found}: python -m pip install '{package}'")


def _plugins() -> Note:
    """Whether plain pytest starts with our options beside those of the other plugins; driftgate run loads none."""
    names = sorted({entry.name for entry in metadata.entry_points(group="pytest11")})
    path = os.pathsep.join(filter(None, (str(_PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as folder:
        # as in a checkout: from a conftest.py, when the plugins that are installed have their options already
        Path(folder, "conftest.py").write_text(_CONFTEST, encoding="utf-8")
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
                timeout=_LONGEST_START,
            )
        except subprocess.TimeoutExpired:
            return Note("plugins", Status.WARNING, f"pytest does not start within {_LONGEST_START} s")
    if asked.returncode == 0:
        return Note("plugins", Status.OK, f"plain pytest starts with {', '.join(names)}")
    last = (asked.stderr.strip() or "it fails").splitlines()[-1]
    return Note("plugins", Status.WARNING, f"plain pytest does not start, driftgate run does: {one_line(last)}")


def _allure() -> Note:
    path = shutil.which("allure")
    if path:
        return Note("allure", Status.OK, path)
    return Note("allure", Status.NONE, "not installed; it is needed only to show what --alluredir writes")
