"""What drift looks at in a record, and no more: runs against a target that has not changed share one state."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from driftgate.drift.compare import compare
from driftgate.drift.model import Change
from driftgate.record.record import Record, Row


@dataclass(frozen=True)
class State:
    """A record without times, exchanges and counts. Two records with the same key have no drift, either way."""

    key: str
    record: Record


def state_of(record: Record) -> State:
    """The state in which a run found its target."""
    header = {
        "contract": {"vendor": record.header["contract"]["vendor"], "edition": ""},
        "target": {"name": record.header["target"]["name"]},
        **{key: record.header[key] for key in ("suite", "profile")},
        "started": "",
    }
    verdicts = [
        {**_part(row, "requirement", "level", "verdict"), "findings": sorted(row["findings"])}
        for row in record.verdicts
    ]
    shapes = [_shape(row) for row in record.shapes]
    observations = [
        _part(row, "requirement", "case", "outcome", "status", "code", "name") for row in record.observations
    ]
    text = json.dumps([header, verdicts, shapes, observations], sort_keys=True)
    reduced = Record(
        Path(),
        header,
        exchanges=(),
        findings=(),
        verdicts=tuple(verdicts),
        observations=tuple(observations),
        shapes=tuple(shapes),
        footer={},
    )
    return State(hashlib.sha256(text.encode()).hexdigest(), reduced)


def changes_between(before: State, after: State) -> tuple[Change, ...]:
    """What drift tells from any record of one state to any record of the other."""
    return compare(before.record, after.record).changes


def _part(row: Row, *keys: str) -> Row:
    return {key: row[key] for key in keys}


def _shape(row: Row) -> Row:
    """A member with its types and whether it was always there; how often each was seen differs from run to run."""
    always = row["seen"] == row["of"]
    types = dict.fromkeys(sorted(row["types"]), 1)
    return {**_part(row, "role", "outcome", "pointer"), "types": types, "seen": int(always), "of": 1}
