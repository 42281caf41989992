"""What a vendor promises: contracts and their catalogues of requirements, read from folders of data."""

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
