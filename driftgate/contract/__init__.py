"""What a vendor promises: contracts and their catalogues of requirements, read from folders of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.base.lazy import lazily

if TYPE_CHECKING:
    from driftgate.contract.load import available, editions_of, load_contract
    from driftgate.contract.model import Contract, Level, Operation, Outcome, Parameter, Profile, Requirement

__all__ = [
    "Contract",
    "Level",
    "Operation",
    "Outcome",
    "Parameter",
    "Profile",
    "Requirement",
    "available",
    "editions_of",
    "load_contract",
]
_LOADING = ("available", "editions_of", "load_contract")
# reading contracts takes YAML and JSON Schema, which those who know one do not need
__getattr__ = lazily(
    __name__,
    {name: f"driftgate.contract.{'load' if name in _LOADING else 'model'}" for name in __all__},
)
