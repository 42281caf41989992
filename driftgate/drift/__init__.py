"""Drift: what has changed between two records of the same target, how bad it is, and where."""

from driftgate.drift.compare import compare
from driftgate.drift.model import Change, Drift
from driftgate.drift.rules import RULES, Severity

__all__ = ["RULES", "Change", "Drift", "Severity", "compare"]
