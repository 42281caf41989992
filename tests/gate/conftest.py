"""driftgate as action.yml installs it, once; emulators to judge; no request to anywhere else."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from tests.gate.runner import HOME, Job, bash

# what is installed here already is not fetched again: pip builds and installs driftgate alone, for real
OFFLINE = {
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # pip reads the value of the option: this is without isolation
    "PIP_NO_INDEX": "1",
    "PYTHONPATH": sysconfig.get_path("purelib"),
}


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Where the action's own step has installed driftgate."""
    job = Job(tmp_path_factory.mktemp("installed"))
    paths = job.temp / "path"
    environment = {**job.environment, **OFFLINE, "PYTHON": sys.executable}
    told = bash(f'bash "{HOME}/ci/github/install.sh"', job.workspace, environment)
    assert told.returncode == 0, told.stdout
    assert [path.name for path in Path(paths.read_text().strip()).iterdir()] == ["driftgate"]
    return job.temp / "driftgate"


@pytest.fixture
def job(tmp_path, installed):
    """A runner with driftgate installed, in an empty workspace."""
    return Job(tmp_path, installed, {"PYTHONPATH": OFFLINE["PYTHONPATH"]})


@pytest.fixture(scope="session")
def server():
    """Starts an emulator, with faults if wanted, that runs until the end."""
    running = {}

    def server(vendor, *faults):
        if (vendor, faults) not in running:
            running[vendor, faults] = start(faulty(vendor, faults) if faults else EMULATORS[vendor]())
        return running[vendor, faults]

    yield server
    for each in running.values():
        each.stop()
