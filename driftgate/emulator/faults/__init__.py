"""Faults: seeded violations. Each breaks one promise of an otherwise conforming emulator and says who must notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from driftgate.emulator.base import Emulator
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.faults import answers, data, effects, refusals, rules
from driftgate.emulator.faults.fault import Fault
from driftgate.emulator.nuwax import Nuwax

_VENDORS: Mapping[str, type[Emulator]] = {"coze": Coze, "dify": Dify, "nuwax": Nuwax}
_MODULES = (effects, data, rules, answers, refusals)


def _catalogue(vendor: str) -> dict[str, Fault]:
    faults: dict[str, Fault] = {}
    for module in _MODULES:
        for fault in module.faults(vendor):
            if fault.name in faults:
                raise ValueError(f"two faults of {vendor} are called {fault.name}")
            faults[fault.name] = fault
    return faults


FAULTS: Mapping[str, Mapping[str, Fault]] = {vendor: _catalogue(vendor) for vendor in _VENDORS}


def faulty(vendor: str, names: Sequence[str]) -> Emulator:
    """An emulator with these faults. Raises KeyError for a name that is not in the catalogue."""
    mixins = tuple(FAULTS[vendor][name].lie for name in names)
    emulator: type[Emulator] = type("Faulty", (*mixins, _VENDORS[vendor]), {})
    return emulator()


__all__ = ["FAULTS", "Fault", "faulty"]
