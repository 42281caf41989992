"""What a watch knows from one round to the next, in a file of its folder; and the lock that keeps a second one out."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.files import bytes_of

_FILE = "state.json"
_LOCK = "watch.lock"


@dataclass
class TargetState:
    """One target: the last record that judged it, why the last run did not, and the records of changes."""

    last: str | None = None
    tried: str = ""
    unjudged: str | None = None
    kept: list[str] = field(default_factory=list)


@dataclass
class State:
    """All of it. ``days``: requests by date; ``pending``: by channel, the news that have not arrived yet."""

    days: dict[str, int] = field(default_factory=dict)
    targets: dict[str, TargetState] = field(default_factory=dict)
    pending: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, target: str) -> TargetState:
        return self.targets.setdefault(target, TargetState())

    def spent(self, now: datetime) -> int:
        return self.days.get(_day(now), 0)

    def spend(self, now: datetime, requests: int) -> None:
        """Adds requests to the day; the days before count no more."""
        later = {day: number for day, number in self.days.items() if day > _day(now)}
        self.days = {_day(now): self.spent(now) + requests, **later}

    def save(self, folder: Path) -> None:
        """Writes the file as a whole: whoever is cut off leaves the old one or the new one. Raises UsageError."""
        made = folder / f"{_FILE}.new"
        try:
            with made.open("w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=1, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            made.replace(folder / _FILE)
        except OSError as problem:
            raise UsageError(f"{made}: cannot be written to ({problem.strerror})") from None


def read_state(folder: Path) -> State:
    """The state in a folder; an empty one where there is none yet. Raises UsageError."""
    path = folder / _FILE
    if not path.exists():
        return State()
    try:
        value = json.loads(bytes_of(path))
        targets = {name: TargetState(**row) for name, row in value["targets"].items()}
        return State(value["days"], targets, value["pending"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path}: is not the state of a watch; move it away to begin anew") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps every other watch out of the folder. Raises UsageError where another one is in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as problem:
        raise UsageError(f"{folder}: cannot be written to ({problem.strerror})") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"{folder}: another watch is using this folder; end it, or set watch.folder") from None
        yield
    finally:
        os.close(descriptor)


def _day(now: datetime) -> str:
    return now.date().isoformat()
