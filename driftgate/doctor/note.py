"""What an examination finds: a note in plain words, and how bad it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from driftgate.contract import Profile
from driftgate.record.verdict import Exit


class State(StrEnum):
    """How bad it is: what is wrong with the set-up keeps a run from beginning, silence leaves it without a verdict."""

    OK = "ok"
    NONE = "none"
    WARNING = "warning"
    SILENT = "silent"
    WRONG = "wrong"


@dataclass(frozen=True)
class Note:
    """One thing that was looked at, and what was seen."""

    about: str
    state: State
    text: str


@dataclass(frozen=True)
class Requests:
    """What a profile sends: at most, and to the vendor's emulator when it is set up as the target is."""

    profile: Profile
    at_most: int
    on_emulator: int | None = None


@dataclass(frozen=True)
class Examined:
    """All that was seen of one target, or of the installation. ``sent`` counts the requests that this took."""

    subject: str
    notes: tuple[Note, ...]
    requests: tuple[Requests, ...] = field(default=())
    sent: int = 0


def exit_of(examined: Iterable[Examined]) -> Exit:
    """The exit code: a set-up that is wrong outranks a target that does not answer."""
    states = {note.state for each in examined for note in each.notes}
    if State.WRONG in states:
        return Exit.USAGE
    return Exit.INCONCLUSIVE if State.SILENT in states else Exit.CONFORMS
