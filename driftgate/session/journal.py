"""The journal of a run: each change is announced in it, on disk, before it is made, so that it can be undone later.

It is JSON Lines (contracts/schema/journal.schema.json), one entry a line, and holds no key. Each line ends with a
checksum (``sum``) of itself and of all lines before it. Lines are written over blanks, which were written ahead: so a
disk that fills up in mid-run has room for them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from driftgate import __version__
from driftgate.base.errors import UsageError
from driftgate.base.ids import id_problem
from driftgate.base.secret import Redactor
from driftgate.contract.schemas import file_schema, first_problem, validator
from driftgate.session.pending import Entry, PendingCleanup
from driftgate.target.model import Target

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

if sys.platform != "win32":
    import fcntl

VERSION = 1
ENDING = ".journal"
_DIGITS = 8  # of a checksum, and of what binds a journal to its target
_SUM = re.compile(rb', "sum": "([0-9a-f]{8})"}\n$')
_LARGEST = 64 * 1024 * 1024  # bytes; a deep run writes one or two million
_FIRST = b'{"journal": "begin"'
_AHEAD = 256 * 1024  # bytes that are written ahead at a time
_KEPT_FREE = 64 * 1024  # bytes of them for what comes after the last change: no change is announced in them
_SECTOR = 512  # bytes that a disk writes at once


class Journal:
    """A journal that a run writes; without a file it stays in memory, for a target that ends with the run."""

    def __init__(
        self,
        path: Path | None = None,
        descriptor: int | None = None,
        redact: Redactor | None = None,
        found: _Found | None = None,
    ) -> None:
        found = found or _Found(PendingCleanup())
        self.path = path
        self.pending = found.pending
        self._descriptor = descriptor
        self._sum = found.checksum
        self._end = found.length  # of the lines; after it come blanks
        self._size = found.size
        self.redact = redact or Redactor(())

    def announce(self, kind: str, **entry: Any) -> None:
        """Adds an entry, and returns when it is on disk. Raises OSError, also where there is no room for more."""
        self._write_ahead()
        self._add(kind, entry)
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def note(self, kind: str, **entry: Any) -> None:
        """Adds an entry that makes restoring easier: not worth waiting for the disk, nor failing.

        Where the disk is full it is kept in memory: a run that then restores everything has nothing left.
        """
        try:
            self._add(kind, entry)
        except OSError:
            self.pending.apply({"journal": kind, **entry})

    def _add(self, kind: str, more: Entry) -> None:
        entry = {"journal": kind, **more}
        if self._descriptor is not None:
            line, following = sealed(entry, self._sum)
            try:
                _put(self._descriptor, self._end, line)
            except OSError:
                self._size = self._end
                raise
            self._sum = following
            self._end += len(line)
            self._size = max(self._size, self._end)
        self.pending.apply(entry)

    def _write_ahead(self) -> None:
        """Makes sure of the room for further entries. Raises OSError."""
        if self._descriptor is not None and self._size - self._end < _KEPT_FREE:
            _put(self._descriptor, self._size, b" " * _AHEAD)
            self._size += _AHEAD

    def end(self) -> list[str]:
        """Removes the file when all is restored, and otherwise says how to restore the rest. Idempotent."""
        if self._descriptor is None or self.path is None:
            return []
        if self.pending.finished:
            with suppress(OSError):
                self.path.unlink()
                _sync_folder(self.path.parent)
        self.close()
        return [] if self.pending.finished else [f"driftgate restore {self.path}  restores the rest"]

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def sealed(entry: Entry, before: str) -> tuple[bytes, str]:
    """An entry as a line, and its checksum; ``before`` is the checksum of the line before it."""
    body = json.dumps(entry).encode()[:-1]
    checksum = _checksum(body, before)
    return body + f', "sum": "{checksum}"}}\n'.encode(), checksum


def _checksum(body: bytes, before: str) -> str:
    return hashlib.sha256(before.encode() + body).hexdigest()[:_DIGITS]


def bound(target: Target, base_url: str | None) -> str | None:
    """What binds a journal to its target's base URL: nobody can make it for another one without the key.

    It is short so that no key can be found by trying which one it belongs to. None without a key.
    """
    if target.api_key is None:
        return None
    text = f"journal of {base_url}".encode()
    return hmac.new(target.api_key.reveal().encode(), text, hashlib.sha256).hexdigest()[:_DIGITS]


def journals(folder: Path, name: str) -> list[Path]:
    """The journals of a target of this name in a folder: TARGET.journal, and TARGET.2.journal for a second server."""
    own = re.compile(rf"{re.escape(name)}(\.[0-9]+)?{re.escape(ENDING)}")
    return sorted(each for each in folder.glob(f"*{ENDING}") if own.fullmatch(each.name))


def path_for(folder: Path, target: Target) -> Path:
    """Where a run against ``target`` keeps its journal: an unfinished one of another base URL is left alone."""
    taken = set()
    for path in journals(folder, target.name):
        other = _unfinished_base_url(path)
        if other is not None and other != target.base_url:
            taken.add(path)
        elif other is not None:
            return path
    candidates = (folder / f"{target.name}{'' if number == 1 else f'.{number}'}{ENDING}" for number in range(1, 1000))
    return next(path for path in candidates if path not in taken)


def _unfinished_base_url(path: Path) -> str | None:
    """The base URL in a journal that leaves something to restore; None for any other file."""
    try:
        descriptor = _locked(path, os.O_RDWR)
    except UsageError:
        return None
    try:
        pending = _pending(path, _read(path, descriptor)).pending
    except (UsageError, OSError):
        return None
    finally:
        os.close(descriptor)
    return None if pending.finished or pending.begin is None else str(pending.begin["target"]["base_url"])


def check(path: Path, target: Target) -> None:
    """Raises UsageError where a run against ``target`` cannot have its journal: an unfinished one is in its place."""
    if Redactor(target.secrets)(target.base_url or "") != target.base_url:
        raise UsageError(f"target {target.name}: the base URL holds a key, which must not be written down")
    check_finished(path)


def check_finished(path: Path) -> None:
    """Raises UsageError where there is the journal of an interrupted run, or of one that is still going on."""
    if path.exists():
        os.close(_finished(path, os.O_RDWR))


def _finished(path: Path, flags: int) -> int:
    """The locked file of a journal that leaves nothing to restore; empty where it is new. Raises UsageError."""
    descriptor = _locked(path, flags)
    try:
        if _pending(path, _read(path, descriptor)).pending.finished:
            return descriptor
        raise UsageError(f"{path}: an interrupted run changed this target; restore it first: driftgate restore {path}")
    except UsageError:
        os.close(descriptor)
        raise


def begin(path: Path, target: Target) -> Journal:
    """A new journal of a run against ``target``. Raises UsageError as ``check`` does."""
    check(path, target)
    redact = Redactor(target.secrets)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written to ({problem.strerror})") from None
    descriptor = _finished(path, os.O_RDWR | os.O_CREAT)
    try:
        os.ftruncate(descriptor, 0)
        journal = Journal(path, descriptor, redact)
        params = {name: value for name, value in target.params.items() if isinstance(value, (str, int))}
        journal.announce(
            "begin",
            version=VERSION,
            driftgate=__version__,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            target={
                "name": target.name,
                "vendor": target.contract.vendor,
                "edition": target.contract.edition,
                "base_url": target.base_url,
                "params": {name: redact(value) if isinstance(value, str) else value for name, value in params.items()},
            },
            key_from=target.key_from,
            bound=bound(target, target.base_url),
        )
        _sync_folder(path.parent)
    except OSError as problem:
        with suppress(OSError):
            path.unlink()  # it holds nothing, and would stay where the folder is full
        os.close(descriptor)
        raise UsageError(f"{path}: cannot be written to ({problem.strerror})") from None
    return journal


def resume(path: Path) -> Journal:
    """The journal in a file, to continue it. A last line that was cut off is dropped. Raises UsageError."""
    descriptor = _locked(path, os.O_RDWR)
    try:
        data = _read(path, descriptor)
        found = _pending(path, data)
        with suppress(OSError):
            _put(descriptor, found.length, b" " * (len(data.rstrip(b" ")) - found.length))
        return Journal(path, descriptor, found=replace(found, size=os.fstat(descriptor).st_size))
    except OSError as problem:
        os.close(descriptor)
        raise UsageError(f"{path}: cannot be read ({problem.strerror})") from None
    except UsageError:
        os.close(descriptor)
        raise


def _locked(path: Path, flags: int) -> int:
    """The open file, locked until it is closed or this process ends. Raises UsageError."""
    try:
        descriptor = os.open(path, flags, 0o600)
    except (OSError, ValueError) as problem:
        raise UsageError(f"{path}: cannot be opened ({getattr(problem, 'strerror', problem)})") from None
    try:
        if sys.platform != "win32":  # which has no such locks: nothing keeps two runs apart there
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(descriptor), path.stat())  # not the file of a run that has just removed it
    except (BlockingIOError, FileNotFoundError):
        ours = False
    except OSError:
        ours = True  # a file system without locks
    if not ours:
        os.close(descriptor)
        raise UsageError(
            f"{path}: is the journal of a run that is still going on: wait for it, or use another --report-dir"
        )
    return descriptor


def _read(path: Path, descriptor: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
        raise UsageError(f"{path}: is not a journal")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        return file.read()


@dataclass(frozen=True)
class _Found:
    """What a file holds: what its entries leave pending, the length of its whole lines, the last checksum, its size."""

    pending: PendingCleanup
    length: int = 0
    checksum: str = ""
    size: int = 0


def _pending(path: Path, data: bytes) -> _Found:
    """What the entries of a journal leave pending. Raises UsageError.

    Blanks come after the last line. Only that may be cut off, or have a hole of blanks: a power cut does that, and
    then what the line announced was not done.
    """
    pending = PendingCleanup()
    data, size = data.rstrip(b" "), len(data)
    if len(data) <= len(_FIRST) and _FIRST.startswith(data):
        return _Found(pending, size=size)  # the run was interrupted before it changed anything
    if not data.startswith(_FIRST):
        if data[:_SECTOR].isspace():
            return _Found(pending, size=size)
        raise UsageError(f"{path}: is not a journal")
    length, checksum = 0, ""
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        if not line.endswith(b"\n") and length + len(line) == len(data):
            break
        entry = _entry(line, checksum)
        if entry is None:
            if _has_hole(data, length):
                break
            raise UsageError(f"{path}, line {number}: is damaged: it is not as driftgate wrote it")
        problem = _problem(entry, first=number == 1)
        if problem:
            raise UsageError(f"{path}, line {number}: {problem}")
        pending.apply(entry)
        length += len(line)
        checksum = entry["sum"]
    return _Found(pending, length, checksum, size)


def _has_hole(data: bytes, start: int) -> bool:
    """Whether what was written from ``start`` on has a sector of blanks: it was never written to the disk."""
    first = -(-start // _SECTOR) * _SECTOR
    return any(data[at : at + _SECTOR].isspace() for at in range(first, len(data) - _SECTOR, _SECTOR))


def _entry(line: bytes, before: str) -> dict[str, Any] | None:
    """The entry in a line that follows one with the checksum ``before``; None where it is not as it was written."""
    found = _SUM.search(line)
    if found is None or found[1].decode() != _checksum(line[: found.start()], before):
        return None
    try:
        value = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _problem(entry: Entry, *, first: bool) -> str | None:
    """Why an entry cannot stand here, or None."""
    kinds = _validators()
    kind = entry.get("journal")
    if kind not in kinds or (kind == "begin") is not first:
        return "is not an entry of a journal that can stand here"
    conversation = entry.get("conversation")
    problem = id_problem(conversation) if isinstance(conversation, str) else None
    return first_problem(kinds[kind], entry) or problem


@cache
def _validators() -> dict[str, Draft202012Validator]:
    schema = cast(dict[str, Any], file_schema("journal").schema)
    return {kind["$ref"].rpartition("/")[2]: validator({**kind, "$defs": schema["$defs"]}) for kind in schema["oneOf"]}


def _put(descriptor: int, at: int, data: bytes) -> None:
    """Writes data whole, or nothing of it: then the file ends there. Raises OSError."""
    try:
        os.lseek(descriptor, at, os.SEEK_SET)
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, at)
        raise


def _sync_folder(folder: Path) -> None:
    """Makes sure that a file's entry in its folder is on disk, where folders can be synced."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
