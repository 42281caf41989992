"""The registry of rules: every kind of change that drift can tell, and how bad it is.

Breaking is what can stop a client that followed the old contract from working under the new one. A client reads
answers, so an answer that promises less is breaking, and one that promises more is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Severity(IntEnum):
    """How bad a change is for a client."""

    INFO = 0
    WARNING = 1
    BREAKING = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Rule:
    """One kind of change. ``counterpart`` is the rule for the change the other way round, which may be itself."""

    id: str
    severity: Severity
    says: str
    counterpart: str


_ROWS = (
    ("must-regressed", Severity.BREAKING, "a MUST that passed fails", "must-fixed"),
    ("must-fixed", Severity.INFO, "a MUST that failed passes", "must-regressed"),
    ("should-regressed", Severity.WARNING, "a SHOULD that passed fails", "should-fixed"),
    ("should-fixed", Severity.INFO, "a SHOULD that failed passes", "should-regressed"),
    ("violation-changed", Severity.WARNING, "a requirement fails in another way", "violation-changed"),
    ("must-revealed", Severity.BREAKING, "a MUST that was not judged before fails", "must-evidence-lost"),
    ("must-evidence-lost", Severity.WARNING, "a MUST that was judged is not any more", "must-revealed"),
    ("should-revealed", Severity.WARNING, "a SHOULD that was not judged before fails", "should-evidence-lost"),
    ("should-evidence-lost", Severity.INFO, "a SHOULD that was judged is not any more", "should-revealed"),
    ("evidence-gained", Severity.INFO, "a requirement that was not judged before passes", "must-evidence-lost"),
    ("requirement-added", Severity.INFO, "a requirement is new in the catalogue", "requirement-removed"),
    ("requirement-removed", Severity.INFO, "a requirement has gone from the catalogue", "requirement-added"),
    ("suite-changed", Severity.INFO, "the suite changed between the records", "suite-changed"),
    ("member-gone", Severity.BREAKING, "a member that was always there is gone", "member-added"),
    ("optional-member-gone", Severity.WARNING, "a member that was there sometimes is gone", "member-added"),
    ("member-added", Severity.INFO, "a member is new", "member-gone"),
    (
        "member-became-optional",
        Severity.BREAKING,
        "a member that was always there is missing at times",
        "member-became-constant",
    ),
    (
        "member-became-constant",
        Severity.INFO,
        "a member that was missing at times is always there",
        "member-became-optional",
    ),
    (
        "member-became-nullable",
        Severity.BREAKING,
        "a member that was never null is null at times",
        "member-no-longer-null",
    ),
    ("member-no-longer-null", Severity.INFO, "a member that was null at times never is", "member-became-nullable"),
    ("type-changed", Severity.BREAKING, "a member is of other types than before", "type-changed"),
    ("type-widened", Severity.BREAKING, "a member is of further types than before", "type-narrowed"),
    ("type-narrowed", Severity.INFO, "a member is of fewer types than before", "type-widened"),
    ("outcome-changed", Severity.WARNING, "the same request has another outcome", "outcome-changed"),
    ("status-changed", Severity.WARNING, "the same refusal or success has another HTTP status", "status-changed"),
    ("code-changed", Severity.WARNING, "the same refusal or success has another code", "code-changed"),
    (
        "name-handling-changed",
        Severity.WARNING,
        "a name that the page is silent on is treated otherwise",
        "name-handling-changed",
    ),
)

RULES: Mapping[str, Rule] = {row[0]: Rule(*row) for row in _ROWS}
