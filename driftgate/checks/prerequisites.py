"""What a requirement needs of a target, and what to supply where that is missing."""

from __future__ import annotations

from collections.abc import Collection

from driftgate.checks.check import parameter_to_supply
from driftgate.checks.registry import check_named
from driftgate.contract import Requirement
from driftgate.contract.template import SUPPLIED, placeholders
from driftgate.target.model import Target


def missing(requirement: Requirement, target: Target, params: Collection[str]) -> str | None:
    """What to supply so that a requirement can be tested; None when it can. ``params``: those the target has."""
    if requirement.costs and not target.allow_cost:
        return f"supply --allow-cost: asking costs {requirement.costs}"
    return (
        missing_parameter(requirement, target, params)
        or check_named(requirement.check).prerequisite(requirement, target, params)
        or _missing_bystander(requirement, target)
    )


def missing_parameter(requirement: Requirement, target: Target, params: Collection[str]) -> str | None:
    """Which parameter to supply so that a requirement can be judged; None when all are known."""
    wanted = placeholders(dict(requirement.detail))
    return parameter_to_supply(target.contract, wanted, {*SUPPLIED, *params})


def _missing_bystander(requirement: Requirement, target: Target) -> str | None:
    if check_named(requirement.check).needs_bystander(requirement) and len(target.conversations) == 1:
        return "supply a second --conversation, to see that it is left alone"
    return None
