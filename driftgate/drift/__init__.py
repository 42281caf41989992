"""Drift: what has changed between two records of the same target, how bad it is, and where."""

from driftgate.drift.compare import compare, when
from driftgate.drift.model import Change, Drift
from driftgate.drift.rules import RULES, Severity
from driftgate.drift.state import State, changes_between, state_of

__all__ = ["RULES", "Change", "Drift", "Severity", "State", "changes_between", "compare", "state_of", "when"]
