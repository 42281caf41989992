"""Every kind of end of a run, against every vendor, with conversations lent and made: what is left afterwards."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from starlette.responses import Response

from driftgate.base.jsonvalue import without_members
from driftgate.emulator import EMULATORS, Emulator
from driftgate.emulator.as_built import PRODUCTS, product
from driftgate.emulator.base import Refused
from driftgate.record import record
from driftgate.session import journal
from tests.harness import live_options, run_main
from tests.kills import Hook, Serving, begin_run, later, ready_made, requests, watched

SIGNALS = {"SIGTERM": [signal.SIGTERM]} | {f"SIGINT ×{times}": [signal.SIGINT] * times for times in (1, 2, 3, 4)}
DISK = "disk full at the journal"
RECORD_DISK = "disk full at the record"
RESTORING = "503 while restoring"
KINDS = ("kill -9", *SIGNALS, "target down", "key revoked", RESTORING, DISK, RECORD_DISK)
_TIMES = frozenset({"created_at", "updated_at", "created", "modified"})
_COUNTS = frozenset({"/agent/statistics/convCount"})
_MOST_WRITES = 1000
_STRIDE = 20  # writes of the record after the last request: one of so many


@dataclass(frozen=True)
class End:
    """How a run ends: at a request, or at a write of the journal or the record where the disk is full."""

    kind: str
    vendor: str
    lent: bool
    number: int = 0
    edition: str = ""  # of the vendor's product as built; empty for a server that conforms

    @property
    def column(self) -> str:
        return f"{f'{self.vendor} {self.edition}'.strip()}, {'lent' if self.lent else 'made'}"


@dataclass(frozen=True)
class Left:
    """What an end left: ``clean`` where all was as before without a restore; ``gap`` says what is not as it must be."""

    exit: int
    clean: bool
    gap: str = ""


@dataclass
class _Server:
    """An emulator that can be made to fail while a run uses it."""

    emulator: Emulator
    lent: list[Any]
    hook: Hook = lambda number, kind: False
    revoked: bool = False
    refuses_to_restore: bool = False
    first_names: set[str] = field(default_factory=set)

    def hooked(self, number: int, kind: str) -> bool:
        return self.hook(number, kind)


def _server(vendor: str, edition: str = "") -> _Server:
    made: list[_Server] = []

    class Failing(product(vendor, edition) if edition else EMULATORS[vendor]):
        def authenticate(self, token):
            if made and made[0].revoked:
                raise Refused("credential", "the key is revoked")
            return super().authenticate(token)

        async def rename(self, request):
            if made[0].refuses_to_restore and made[0].first_names & set(map(str, (await _members(request)).values())):
                return Response(status_code=503)
            return await super().rename(request)

        async def delete(self, request):
            return Response(status_code=503) if made[0].refuses_to_restore else await super().delete(request)

    emulator = Failing()
    lent = ready_made(emulator)
    made.append(_Server(emulator, lent, first_names={lent[0].name}))
    return made[0]


async def _members(request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def state(emulator: Emulator) -> dict[str, dict[str, Any]]:
    """Every conversation, with its members but for times and for what counts the conversations."""
    return {
        each.id: {
            key: value for key, value in without_members(emulator.view(each), _COUNTS).items() if key not in _TIMES
        }
        for each in emulator.conversations.values()
        if "deleted" not in each.more
    }


def what_is_left(end: End) -> Left:
    """Runs until this end, looks at what is left, and restores it."""
    server = _server(end.vendor, end.edition)
    before = state(server.emulator)
    running = watched(server.emulator, server.hooked)
    options = [f"--conversation={each.id}" for each in server.lent] if end.lent else []
    try:
        with tempfile.TemporaryDirectory() as folder:
            code = _END_OF.get(end.kind, _signalled)(end, server, running, Path(folder), options)
            server.hook, server.revoked, server.refuses_to_restore = (lambda number, kind: False), False, False
            return _judge(code, server, running, Path(folder) / f"{end.vendor}.journal", before)
    finally:
        running.stop()


def _judge(code: int, server: _Server, running: Serving, path: Path, before: dict[str, Any]) -> Left:
    after = state(server.emulator)
    if after == before and not path.exists():
        return Left(code, clean=True)
    if code == 0 or not path.exists():
        return Left(
            code, clean=False, gap=f"exit {code}, journal: {path.exists()}, left: {_differences(before, after)}"
        )
    untold = _untold(path, before, after)
    if untold:
        return Left(code, clean=False, gap=f"the journal does not tell {untold}")
    with later():
        told = run_main(["restore", str(path)], key=running.api_key)
    restored = state(server.emulator)
    gap = "" if told[0] == 0 and restored == before else f"not restored: {told}, {_differences(before, restored)}"
    return Left(code, clean=False, gap=gap)


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {key: after.get(key) for key in {**before, **after} if before.get(key) != after.get(key)}


def _untold(path: Path, before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The conversations that differ, and of which the journal says nothing."""
    opened = journal.resume(path)
    opened.close()
    pending = opened.pending
    known = {key for key, each in pending.lent.items() if not each.restored} | set(pending.created)
    untold = set(_differences(before, after)) - known
    # a creation that was not answered has no id
    return set() if len(untold - set(before)) <= len(pending.unanswered) and not untold & set(before) else untold


def _run(server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    """A run in this process."""
    given = [f"--vendor={server.emulator.vendor}", f"--base-url={running.base_url}", f"--report-dir={folder}"]
    given += [*live_options(running), *options, "--max-wait=0", "-q"]
    return run_main(["run", *given], key=running.api_key)[0]


def _signalled(end: End, server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    sent = SIGNALS.get(end.kind, [signal.SIGKILL])
    processes: list[Any] = []

    def hook(number: int, kind: str) -> bool:
        if (number, kind) == (end.number, "requested"):
            for each in sent:
                processes[0].send_signal(each)
                time.sleep(0.05)  # two signals that come at once may be handled in any order
        return False

    server.hook = hook
    processes.append(begin_run(server.emulator, running, folder, *options))
    processes[0].communicate()
    return processes[0].returncode


def _down(end: End, server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    server.hook = lambda number, kind: number >= end.number
    return _run(server, running, folder, options)


def _revoked(end: End, server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    def hook(number: int, kind: str) -> bool:
        server.revoked = number >= end.number
        return False

    server.hook = hook
    return _run(server, running, folder, options)


def _refused(end: End, server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    server.refuses_to_restore = True
    return _run(server, running, folder, options)


def _full(end: End, server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    with disk_full(end.number):
        return _run(server, running, folder, options)


def _record_full(end: End, server: _Server, running: Serving, folder: Path, options: list[str]) -> int:
    with disk_full_for_records(end.number):
        return _run(server, running, folder, options)


@contextmanager
def disk_full_for_records(number: int) -> Iterator[list[int]]:
    """From this write of a record on, the disk is full. Yields the sizes of the writes so far."""
    written: list[int] = []

    class Disk(FileIO):
        def write(self, line):
            written.append(len(line))
            if len(written) < number:
                return super().write(line)
            super().write(line[: len(line) // 2])
            raise OSError(28, "No space left on device")

    before = record.FileIO
    record.FileIO = Disk
    try:
        yield written
    finally:
        record.FileIO = before


@contextmanager
def disk_full(number: int) -> Iterator[list[int]]:
    """From this write of the journal on, the disk is full. Yields the sizes of the writes so far."""
    written: list[int] = []

    class Disk:
        def __getattr__(self, name):
            return getattr(os, name)

        def write(self, descriptor, line):
            written.append(len(line))
            if len(written) >= number:
                os.write(descriptor, line[: len(line) // 2])
                raise OSError(28, "No space left on device")
            return os.write(descriptor, line)

    before = journal.os
    journal.os = Disk()
    try:
        yield written
    finally:
        journal.os = before


_END_OF: dict[str, Callable[..., int]] = {
    "target down": _down,
    "key revoked": _revoked,
    RESTORING: _refused,
    DISK: _full,
    RECORD_DISK: _record_full,
}


def _writes(vendor: str, lent: bool) -> tuple[int, int]:
    """How often a run writes to its journal, and to its record."""
    server = _server(vendor)
    running = watched(server.emulator, lambda number, kind: False)
    options = [f"--conversation={each.id}" for each in server.lent] if lent else []
    with (
        tempfile.TemporaryDirectory() as folder,
        disk_full(_MOST_WRITES) as journal_writes,
        disk_full_for_records(_MOST_WRITES) as record_writes,
    ):
        _run(server, running, Path(folder), options)
    running.stop()
    return len(journal_writes), len(record_writes)


def ends(vendor: str) -> list[End]:
    """Each kind of end early, in the middle, and in the teardown; a full disk at every write.

    Of the writes of a record that come after the last request, some. Products as built: each kind once, in the middle.
    """
    found = []
    for lent in (True, False):
        last = requests(vendor, lent)
        of_journal, of_record = _writes(vendor, lent)
        moments = (2, last // 2, last - 1)
        found += [End(kind, vendor, lent, at) for kind in KINDS[:-3] for at in moments]
        found.append(End(RESTORING, vendor, lent))
        found += [End(DISK, vendor, lent, at) for at in range(1, of_journal + 1)]
        chosen = [*range(1, last + 2), *range(last + 2, of_record, _STRIDE), of_record]
        found += [End(RECORD_DISK, vendor, lent, at) for at in chosen]
        for edition in PRODUCTS[vendor]:
            found += [End(kind, vendor, lent, 0 if kind == RESTORING else 9, edition) for kind in KINDS]
    return found


def table(rows: list[tuple[End, Left]]) -> list[str]:
    """What every kind of end left, in Markdown."""
    columns = sorted({end.column for end, _ in rows})
    lines = [f"| the run ends by | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}"]
    for kind in KINDS:
        cells = [_cell([left for end, left in rows if (end.kind, end.column) == (kind, column)]) for column in columns]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return lines


def _cell(found: list[Left]) -> str:
    gaps = sum(bool(each.gap) for each in found)
    clean = sum(each.clean for each in found)
    parts = [(clean, "at once"), (len(found) - clean - gaps, "by restore"), (gaps, "**not**")]
    return ", ".join(f"{number} {word}" for number, word in parts if number) or "–"


def marks(vendor: str) -> tuple[str, str]:
    """Between which lines of the page the table of a vendor is."""
    return f"<!-- written by python -m tests.kills {vendor} -->", f"<!-- end of {vendor} -->"


def write(page: Path, vendor: str, lines: list[str]) -> None:
    """Puts what was found of a vendor into the page."""
    begin, end = marks(vendor)
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text("\n".join([before + begin, "", *lines, "", end + after]))
