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
    types,
)
from driftgate.checks.check import Check
from driftgate.checks.stateful import check as stateful

# In the order in which they are tested. Whether reading changes anything has to be known for all else. Then comes what
# may take more requests than planned: a body that is not refused is followed by a read. Renames that are read come in
# a row, so that one that is lost now and then is seen: ``repeats`` after ``keeps``, as it gives the name of a
# bystander, and in the catalogues the present name last. The answers come last, when all have been seen.
CHECKS: tuple[Check, ...] = (
    rereads.CHECK,
    rejects.CHECK,
    refuses.CHECK,
    limits.CHECK,
    echoes.CHECK,
    persists.CHECK,
    keeps.CHECK,
    repeats.CHECK,
    accepts.CHECK,
    either_or.CHECK,
    ignores.CHECK,
    generates.CHECK,
    observes.CHECK,
    survives.CHECK,
    types.CHECK,
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
