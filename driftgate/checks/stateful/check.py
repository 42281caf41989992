"""The check "stateful": what it takes to judge one of its requirements."""

from __future__ import annotations

from collections.abc import Collection

from driftgate.base.secret import Secret
from driftgate.contract import Requirement
from driftgate.contract.model import OtherAccount
from driftgate.contract.template import placeholders
from driftgate.target.model import Target

_SUPPLIED = frozenset({"name", "conversation"})  # by the suite


def missing(requirement: Requirement, target: Target, known: Collection[str]) -> str | None:
    """What to supply so that a requirement of this check can be judged, or None.

    ``known`` are the parameters that the target has. Requirements of other checks need nothing.
    """
    contract = target.contract
    create, other = contract.create, contract.other_account
    if "promise" not in requirement.detail or create is None:
        return None
    if contract.listing is None:
        return "the contract has no operation that lists conversations"
    if create.costs and not target.allow_cost:
        return f"supply --allow-cost: creating a conversation costs {create.costs}"
    wanted = placeholders(create.body) - _SUPPLIED
    if speaks_of_others(requirement) and other is not None:
        if other.costs and not target.allow_cost:
            return f"supply --allow-cost: asking costs {other.costs}"
        wanted |= placeholders(other.credential) | placeholders(other.supplied)
    for name in sorted(wanted - set(known)):
        parameter = contract.parameter(name)
        return f"supply --param {name}=…: {parameter.says if parameter else ''}"
    if speaks_of_others(requirement) and other is not None and _is_own_key(target, other):
        return "supply the key of another account: this one is the target's own"
    return None


def speaks_of_others(requirement: Requirement) -> bool:
    """Whether a requirement speaks of another account."""
    return str(requirement.detail.get("promise", "")).startswith("others-do-not-")


def _is_own_key(target: Target, other: OtherAccount) -> bool:
    """Whether the other account's key is the target's own, so that it may see everything."""
    params = [target.params[name] for name in placeholders(other.credential)]
    keys = [key.reveal() for key in (target.api_key, *params) if isinstance(key, Secret)]
    return len(keys) > len(set(keys))
