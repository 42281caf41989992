"""What it takes to ask a requirement of the check "lives", and what to supply where that is missing."""

from __future__ import annotations

from collections.abc import Collection

from driftgate.contract import Requirement
from driftgate.contract.template import placeholders
from driftgate.target import Target

_SUPPLIED = frozenset({"name", "conversation"})


def of_others(requirement: Requirement) -> bool:
    """Whether a requirement speaks of another account."""
    return str(requirement.detail.get("promise", "")).startswith("others-do-not-")


def missing(requirement: Requirement, target: Target, known: Collection[str]) -> str | None:
    """What to supply, or None. ``known`` are the parameters that the target has."""
    contract = target.contract
    create, other = contract.create, contract.other_account
    if requirement.check != "lives" or create is None:
        return None
    if create.costs and not target.allow_cost:
        return f"supply --allow-cost: creating a conversation costs {create.costs}"
    wanted = placeholders(create.body) - _SUPPLIED
    if of_others(requirement) and other is not None:
        if other.costs and not target.allow_cost:
            return f"supply --allow-cost: asking costs {other.costs}"
        wanted |= placeholders(other.credential) | placeholders(other.supplied)
    for name in sorted(wanted - set(known)):
        parameter = contract.parameter(name)
        return f"supply --param {name}=…: {parameter.says if parameter else ''}"
    return None
