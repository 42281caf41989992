"""Kills runs at given moments and restores what they left.

By itself (``python -m tests.kills``, or ``python -m tests.kills VENDOR``) it does so at 60 moments, then ends runs in
every other way (tests/ends.py), and writes what is left into docs/leave-no-trace.md.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uvicorn

from driftgate.emulator import EMULATORS, Emulator
from driftgate.emulator.application import Application
from driftgate.emulator.base import Conversation
from driftgate.emulator.server import base_url, listen, server
from driftgate.session.teardown import Teardown
from tests.harness import judge_emulator, live_options, run_main
from tests.signals import let_children_take_signals

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/leave-no-trace.md"
SEED = 20261121

Hook = Callable[[int, str], bool]


@dataclass(frozen=True)
class Moment:
    """When a run is killed: at a request, before it is carried out or when it was, or at a write of the journal."""

    vendor: str
    lent: bool
    kind: str
    number: int


class Watched:
    """ASGI middleware that tells of each request, by number, before and after it is carried out.

    Where the hook says True the connection is cut.
    """

    def __init__(self, app, hook: Hook):
        self._app = app
        self._hook = hook
        self._number = 0

    async def __call__(self, scope, receive, send):
        self._number += 1
        number = self._number
        connection = send.__self__.transport  # uvicorn's; ASGI has no way to cut a connection
        if self._hook(number, "requested"):
            connection.abort()
            return

        async def sending(message):
            if message["type"] == "http.response.start" and self._hook(number, "carried out"):
                connection.abort()
            await send(message)

        await self._app(scope, receive, sending)


@dataclass(frozen=True)
class Serving:
    """An emulator that is being served and watched."""

    base_url: str
    api_key: str
    params: Mapping[str, str | int]
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        self._server.stop()
        self._thread.join(timeout=10)


def watched(emulator: Emulator, hook: Hook) -> Serving:
    """Serves an emulator in a thread, with a hook at each request."""
    sock = listen()
    serving = server(Watched(Application(emulator), hook))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    return Serving(base_url(emulator, sock), emulator.api_key, emulator.params, serving, thread)


def begin_run(emulator: Emulator, running: Serving, folder: Path, *options: str, **environment: str):
    """A run in a process of its own, which leads a group."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "driftgate", "run", "-q", f"--vendor={emulator.vendor}"),
            *(f"--base-url={running.base_url}", f"--report-dir={folder}", *live_options(running), *options),
        ],
        env={**os.environ, "DRIFTGATE_API_KEY": running.api_key, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def names(emulator: Emulator) -> dict[str, str]:
    return {each.id: each.name for each in emulator.conversations.values()}


@contextmanager
def later(seconds: float = 3600) -> Iterator[None]:
    """Restores as if this time had passed, so that no creation is still under way."""
    defaults = Teardown.__init__.__kwdefaults__
    before = defaults["now"]
    defaults["now"] = lambda: before() + seconds
    try:
        yield
    finally:
        defaults["now"] = before


def ready_made(emulator: Emulator) -> list[Conversation]:
    """Conversations that were there long before the run, unlike what it creates."""
    made = emulator.ready_made()
    for each in made:
        each.created = each.updated = each.created - 86400
    return made


def gap(moment: Moment) -> str:
    """What is not as it must be after a run was killed at this moment and restored twice; empty when all is."""
    emulator = EMULATORS[moment.vendor]()
    lent = ready_made(emulator)
    before = names(emulator)
    processes: list[subprocess.Popen] = []
    changes: list[int] = []

    def hook(number: int, kind: str) -> bool:
        changes.append(number)
        if kind == moment.kind and number == moment.number:
            processes[0].send_signal(signal.SIGKILL)
            return True
        return False

    running = watched(emulator, hook)
    options = [f"--conversation={each.id}" for each in lent] if moment.lent else []
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / f"{moment.vendor}.journal"
        kill = f"{moment.kind}:{moment.number}"
        run = begin_run(emulator, running, Path(folder), "-p", "tests.killing", *options, DRIFTGATE_KILL=kill)
        processes.append(run)
        output = run.communicate()[0]
        if run.returncode != -signal.SIGKILL:
            return f"was not killed: exit {run.returncode} {output[-2000:]}"
        if not journal.exists():
            return "" if names(emulator) == before else "no journal, and not everything is as it was"
        with later():
            told = run_main(["restore", str(journal)], key=running.api_key)
        after = names(emulator)
        changes.clear()
        again = run_main(["restore", str(journal)], key=running.api_key)
    running.stop()
    if told[0] or after != before:
        return f"not restored: {told}, {after} instead of {before}"
    return f"not idle the second time: {again}, {len(changes)} requests" if again[0] or changes else ""


@cache
def requests(vendor: str, lent: bool) -> int:
    """How many requests a run sends that nobody kills."""
    emulator = EMULATORS[vendor]()
    options = [f"--conversation={each.id}" for each in emulator.ready_made()] if lent else []
    return judge_emulator(emulator, options).requests


@cache
def moments() -> list[Moment]:
    """The same moments each time: those at which conversations are made, deleted or restored, then any others."""
    choice = random.Random(SEED)
    places = [(vendor, lent) for vendor in sorted(EMULATORS) for lent in (True, False)]
    chosen = []
    for vendor, lent in places:
        last = requests(vendor, lent)
        ends = [("carried out", last), ("requested", last - 1)]
        begins = [] if lent else [("carried out", 1), ("requested", 2), ("torn", 3), ("before", 4), ("after", 5)]
        chosen += [Moment(vendor, lent, kind, number) for kind, number in [*ends, *begins]]
    choice.shuffle(chosen)
    for _ in range(6):
        for vendor, lent in places:
            most = {"requested": requests(vendor, lent), "torn": 80 if lent else 7, "after": 30 if lent else 7}
            kind = choice.choice(sorted(most))
            chosen.append(Moment(vendor, lent, kind, choice.randint(1, most[kind])))
    return chosen


def _killed_and_ended(vendor: str) -> tuple[list[str], list[str]]:
    """What is not as it must be after the ends of a vendor's runs, and the lines of the page on them."""
    from tests import ends  # noqa: PLC0415  # which is built on this module

    killed = [each for each in moments() if each.vendor == vendor]
    with multiprocessing.get_context("spawn").Pool(2, initializer=let_children_take_signals) as pool:
        told = list(zip(killed, pool.map(gap, killed, chunksize=1), strict=True))
        found = ends.ends(vendor)
        left = list(zip(found, pool.map(ends.what_is_left, found, chunksize=1), strict=True))
    gaps = [f"{moment}: {text}" for moment, text in told if text]
    gaps += [f"{end}: {each.gap}" for end, each in left if each.gap]
    number = len(told) + len(left)
    return gaps, [
        *ends.table(left),
        "",
        f"Besides, {len(told)} runs were killed at requests and amid writes of the journal. {number - len(gaps)} of {number} "
        f"runs left everything as before, at once or after `driftgate restore`.",
    ]


def main(vendors: Sequence[str]) -> int:
    from tests import ends  # noqa: PLC0415  # which is built on this module

    gaps: list[str] = []
    for vendor in vendors or sorted(EMULATORS):
        more, lines = _killed_and_ended(vendor)
        ends.write(PAGE, vendor, lines)
        print("\n".join([*more, *lines, ""]), flush=True)
        gaps += more
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
