"""The check "stateful": sequences of renames, reads, creations and deletions, compared with a model."""

from __future__ import annotations

from collections.abc import Collection

from driftgate.base.secret import Secret
from driftgate.checks.check import Check, Title, parameter_to_supply
from driftgate.contract import Profile, Requirement
from driftgate.contract.model import OtherAccount
from driftgate.contract.template import placeholders
from driftgate.target.model import Target

_SUPPLIED = frozenset({"name", "conversation"})  # by the suite


def speaks_of_others(requirement: Requirement) -> bool:
    """Whether a requirement speaks of another account."""
    return str(requirement.detail.get("promise", "")).startswith("others-do-not-")


def missing(requirement: Requirement, target: Target, known: Collection[str]) -> str | None:
    """What to supply, or None. ``known`` are the parameters that the target has."""
    contract = target.contract
    create, other = contract.create, contract.other_account
    if create is None:
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
    needed = parameter_to_supply(contract, wanted, known)
    if needed:
        return needed
    if speaks_of_others(requirement) and other is not None and _is_own_key(target, other):
        return "supply the key of another account: this one is the target's own"
    return None


def _is_own_key(target: Target, other: OtherAccount) -> bool:
    """Whether the other account's key is the target's own, so that it may see everything."""
    given = [target.params[name] for name in placeholders(other.credential)]
    keys = [key.reveal() for key in (target.api_key, *given) if isinstance(key, Secret)]
    return len(keys) > len(set(keys))


CHECK = Check(
    "stateful",
    Title.LIFECYCLE,
    "In a long sequence of renames, reads, creations and deletions in any order, every answer and every later read "
    "agrees with what was done.",
    prerequisite=missing,
    replays=True,
    profile=Profile.DEEP,
)
