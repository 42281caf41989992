"""Drift: what has changed between two records of the same target, how bad it is, and where."""

from driftgate.drift.compare import answers_between, changes_between, compare, describe_run
from driftgate.drift.model import Change, Drift
from driftgate.drift.rules import RULES, Severity
from driftgate.drift.snapshot import Snapshot, snapshot_of

__all__ = [
    "RULES",
    "Change",
    "Drift",
    "Severity",
    "Snapshot",
    "answers_between",
    "changes_between",
    "compare",
    "describe_run",
    "snapshot_of",
]
