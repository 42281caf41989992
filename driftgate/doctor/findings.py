"""What an examination finds: notes in plain words and how bad they are, shown to people or to scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from driftgate.contract.model import Profile
from driftgate.record.verdict import Exit


class Status(StrEnum):
    """How bad it is: a problem keeps a run from starting, no answer leaves it without a verdict."""

    OK = "ok"
    NONE = "none"
    WARNING = "warning"
    NO_ANSWER = "no answer"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Note:
    """One thing that was looked at, and what was seen."""

    about: str
    status: Status
    text: str


@dataclass(frozen=True)
class Requests:
    """How many requests a profile sends: at most, and to the vendor's emulator when it is set up as the target is.

    ``paid`` says how many of the latter cost what.
    """

    profile: Profile
    at_most: int
    on_emulator: int | None = None
    paid: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """What was seen of one target, or of the installation. ``sent`` counts the requests that this took."""

    subject: str
    notes: tuple[Note, ...]
    requests: tuple[Requests, ...] = ()
    sent: int = 0


def exit_of(examined: Iterable[Examined]) -> Exit:
    """The exit code: a problem in the set-up outranks a target that does not answer."""
    found = {note.status for each in examined for note in each.notes}
    if Status.PROBLEM in found:
        return Exit.USAGE
    return Exit.INCONCLUSIVE if Status.NO_ANSWER in found else Exit.CONFORMS


def text(examined: Sequence[Examined]) -> list[str]:
    """Lines for people: a block for each subject, and a summary."""
    lines = []
    for each in examined:
        lines += [each.subject]
        lines += [_line(note.status, note.about, note.text) for note in each.notes]
        if each.requests:
            lines.append(_line(Status.OK, "requests", ", ".join(map(_requests, each.requests))))
        lines.append("")
    return [*lines, _summary(examined)]


def _line(status: Status, about: str, words: str) -> str:
    mark = {Status.OK: "ok", Status.NONE: "-", Status.WARNING: "warning"}.get(status, status.upper())
    return f"  {mark:<9}  {about:<10}  {words}"


def _requests(requests: Requests) -> str:
    about = f" (about {requests.on_emulator} on a conforming server)" if requests.on_emulator is not None else ""
    return f"{requests.profile} at most {requests.at_most}{about}"


def _summary(examined: Sequence[Examined]) -> str:
    found = [note.status for each in examined for note in each.notes]
    problems, silent, warnings = (found.count(each) for each in (Status.PROBLEM, Status.NO_ANSWER, Status.WARNING))
    parts = [f"{_count(problems, 'problem')} found"] if problems or not silent else []
    parts += [f"{_count(silent, 'target')} without an answer"] if silent else []
    parts += [_count(warnings, "warning")] if warnings else []
    sent = sum(each.sent for each in examined)
    return f"driftgate doctor: {', '.join(parts)}; {_count(sent, 'request')} sent"


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def as_json(examined: Sequence[Examined]) -> list[str]:
    """One JSON object for scripts."""
    rows = [
        {
            "subject": each.subject,
            "notes": [{"about": note.about, "status": str(note.status), "text": note.text} for note in each.notes],
            "requests": {
                str(row.profile): {"at_most": row.at_most, "on_emulator": row.on_emulator, "paid": dict(row.paid)}
                for row in each.requests
            },
            "sent": each.sent,
        }
        for each in examined
    ]
    return [json.dumps({"exit": int(exit_of(examined)), "examined": rows}, ensure_ascii=False, indent=2)]
