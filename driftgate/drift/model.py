"""The plain data of drift."""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.drift.rules import RULES, Severity
from driftgate.record.latency import Latency


@dataclass(frozen=True)
class Change:
    """One change: by which rule, where (a requirement, or a member of a kind of answers), and from what to what."""

    rule: str
    location: str
    before: str
    after: str

    @property
    def severity(self) -> Severity:
        return RULES[self.rule].severity


@dataclass(frozen=True)
class Drift:
    """All changes between two records, the worst first. ``latency`` (before, after) is information, never a change.

    ``left_out`` says what was not compared, and why.
    """

    before: str
    after: str
    target: str
    changes: tuple[Change, ...]
    latency: tuple[Latency, Latency] | None = None
    left_out: tuple[str, ...] = ()

    @property
    def worst(self) -> Severity | None:
        return max((change.severity for change in self.changes), default=None)
