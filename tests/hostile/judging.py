"""Runs the suites against a hostile server, in this process or in one of its own whose memory is measured."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from driftgate.emulator import EMULATORS, start
from driftgate.record.reading import read_record
from tests.harness import live_options, run_main
from tests.hostile.relay import Relay, renames
from tests.hostile.servers import HostileServer

SHORT, LONG = 0.4, 20.0  # seconds: where the server lets us wait, and where only a loaded machine does


@contextmanager
def served(server: HostileServer, position: str, vendor: str):
    """A relay that misbehaves, in all answers from the start or in those to renames alone, and how to judge it."""
    running = start(EMULATORS[vendor]())
    to_renames = renames(vendor, urlsplit(running.base_url).path)
    relay = Relay(
        running.base_url,
        server.strike,
        to_renames if position == "midst" else lambda request: True,
        blind=server.blind,
    )
    if server.closes:
        relay.strikes = lambda request: _closing(relay, position == "start" or to_renames(request))
        if position == "start":
            relay.refuse()
    try:
        yield relay, running
    finally:
        relay.stop()
        running.stop()


def _closing(relay: Relay, now: bool) -> bool:
    if now:
        relay.refuse()
    return now


def options(server: HostileServer, relay: Relay, running, vendor: str, directory: str | Path) -> list[str]:
    return [
        f"--vendor={vendor}",
        f"--base-url={relay.url}",
        f"--report-dir={directory}",
        f"--timeout={SHORT if server.waits else LONG}",
        "--max-wait=0",
        "--strict",
        "-vv",
        *live_options(running),
    ]


def judged(server: HostileServer, position: str, vendor: str):
    """Exit code, output, record and the relay that was asked."""
    with served(server, position, vendor) as (relay, running), tempfile.TemporaryDirectory() as directory:
        code, output = run_main(["run", *options(server, relay, running, vendor, directory)], key=running.api_key)
        record = read_record(Path(directory) / f"{vendor}.jsonl")
        return code, output, record, relay


@dataclass(frozen=True)
class Measured:
    """What a command in a process of its own came to.

    ``seconds`` are of processor time, ``waited`` of the clock, and ``peak`` is its largest resident set in MB.
    """

    exit: int
    seconds: float
    waited: float
    peak: float


def measured(arguments: Sequence[str], key: str, directory: Path | None = None) -> Measured:
    """Runs driftgate with these arguments.

    Through a process in between: what a process has used counts from its fork, and so from the size of its parent.
    """
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", _BETWEEN, sys.executable, "-m", "driftgate", *arguments],
        cwd=directory,
        env={**os.environ, "DRIFTGATE_API_KEY": key},
        capture_output=True,
        check=True,
    )
    code, seconds, peak = map(float, ended.stdout.split())
    kibibytes = peak / (1024 if sys.platform == "darwin" else 1)
    return Measured(int(code), seconds, time.monotonic() - began, kibibytes / 1000)


_BETWEEN = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
