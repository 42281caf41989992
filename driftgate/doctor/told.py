"""An examination, told to people or to scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence

from driftgate.doctor.note import Examined, Requests, State, exit_of

_MARKS = {State.OK: "ok", State.NONE: "-", State.WARNING: "warning", State.SILENT: "NO ANSWER", State.WRONG: "WRONG"}


def text(examined: Sequence[Examined]) -> list[str]:
    """Lines for people: a block for each subject, and what it all comes to."""
    lines = []
    for each in examined:
        lines += [each.subject]
        lines += [f"  {_MARKS[note.state]:<9}  {note.about:<10}  {note.text}" for note in each.notes]
        if each.requests:
            lines.append(f"  {_MARKS[State.OK]:<9}  {'requests':<10}  {', '.join(map(_told, each.requests))}")
        lines.append("")
    return [*lines, _headline(examined)]


def _told(requests: Requests) -> str:
    about = f" (about {requests.on_emulator}, as on the emulator)" if requests.on_emulator is not None else ""
    return f"{requests.profile} at most {requests.at_most}{about}"


def _headline(examined: Sequence[Examined]) -> str:
    states = [note.state for each in examined for note in each.notes]
    counted = [
        f"{states.count(state)} {words}"
        for state, words in (
            (State.WRONG, "to be put right"),
            (State.SILENT, "without a usable answer"),
            (State.WARNING, "to be known"),
        )
        if state in states
    ]
    sent = sum(each.sent for each in examined)
    return f"driftgate doctor: {', '.join(counted) or 'all well'}; requests sent to targets: {sent}"


def as_json(examined: Sequence[Examined]) -> list[str]:
    """One JSON object for scripts."""
    told = [
        {
            "subject": each.subject,
            "notes": [{"about": note.about, "state": str(note.state), "text": note.text} for note in each.notes],
            "requests": {
                str(row.profile): {"at_most": row.at_most, "on_emulator": row.on_emulator} for row in each.requests
            },
            "sent": each.sent,
        }
        for each in examined
    ]
    return [json.dumps({"exit": int(exit_of(examined)), "examined": told}, ensure_ascii=False, indent=2)]
