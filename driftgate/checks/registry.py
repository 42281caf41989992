"""All kinds of check. To add one: a module beside this one, a line here, a test in the suites, a rule in the schema."""

from __future__ import annotations

from driftgate.checks import (
    accepts,
    answers,
    echoes,
    either_or,
    generates,
    ignores,
    keeps,
    limits,
    observes,
    persists,
    refuses,
    rejects,
    repeats,
    rereads,
    survives,
)
from driftgate.checks.check import Check
from driftgate.checks.stateful import check as stateful

# in the order in which they are tested: robustness with the requests that are left, the answers last, when all answers
# of the run have been seen
CHECKS: tuple[Check, ...] = (
    echoes.CHECK,
    persists.CHECK,
    rereads.CHECK,
    accepts.CHECK,
    limits.CHECK,
    either_or.CHECK,
    ignores.CHECK,
    generates.CHECK,
    rejects.CHECK,
    refuses.CHECK,
    keeps.CHECK,
    repeats.CHECK,
    observes.CHECK,
    survives.CHECK,
    stateful.CHECK,
    answers.CHECK,
)
_BY_NAME = {check.name: check for check in CHECKS}
EVERY_ANSWER = frozenset(check.name for check in CHECKS if check.judges_every_answer)


def check_named(name: str) -> Check:
    """The kind of check that requirements name so. Raises KeyError."""
    return _BY_NAME[name]


def order_of(name: str) -> int:
    """When a kind of check is tested: smaller numbers first. Raises KeyError."""
    return CHECKS.index(_BY_NAME[name])
