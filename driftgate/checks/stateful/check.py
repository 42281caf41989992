"""The check "stateful": sequences of renames, reads, creations and deletions, compared with a model."""

from __future__ import annotations

from collections.abc import Collection

from driftgate.base.secret import Secret
from driftgate.checks.check import Check, Title, parameter_to_supply
from driftgate.contract import Profile, Requirement
from driftgate.contract.model import OtherAccount
from driftgate.contract.template import SUPPLIED, placeholders
from driftgate.target.model import Target


def speaks_of_others(requirement: Requirement) -> bool:
    """Whether a requirement promises something of another account."""
    return str(requirement.detail["promise"]).startswith("others-do-not-")


def missing(requirement: Requirement, target: Target, known: Collection[str]) -> str | None:
    """What to supply so that a requirement can be tested; None when it can. ``known``: parameters that are supplied."""
    contract = target.contract
    create = contract.create
    if create is None:
        return f"the contract has no operation that creates {contract.resource.many}"
    if contract.listing is None:
        return f"the contract has no operation that lists {contract.resource.many}"
    if create.costs and not target.allow_cost:
        return f"supply --allow-cost: creating {contract.resource.a} costs {create.costs}"
    other = contract.other_account if speaks_of_others(requirement) else None
    if other is None:
        return parameter_to_supply(contract, placeholders(create.body), {*SUPPLIED, *known})
    if other.costs and not target.allow_cost:
        return f"supply --allow-cost: asking costs {other.costs}"
    wanted = placeholders(create.body) | placeholders(other.credential) | placeholders(other.supplied)
    parameter = parameter_to_supply(contract, wanted, {*SUPPLIED, *known})
    if parameter is None and _is_same_key(target, other):
        return "supply the key of another account: this one is the target's own"
    return parameter


def _is_same_key(target: Target, other: OtherAccount) -> bool:
    """Whether the other account's key is that of the first, which would see what it may see."""
    given = [target.params[name] for name in placeholders(other.credential)]
    keys = [key.reveal() for key in (target.api_key, *given) if isinstance(key, Secret)]
    return len(keys) > len(set(keys))


CHECK = Check(
    "stateful",
    Title.LIFECYCLE,
    "In a sequence of creations, renames, reads, lists and deletions in any order, every answer "
    "agrees with a model of the conversations.",
    prerequisite=missing,
    replays=True,
    profile=Profile.DEEP,
)
