"""Faults: seeded violations. Each breaks one promise of an otherwise conforming emulator and says who must notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from driftgate.emulator.base import Emulator
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.editions import EDITIONS
from driftgate.emulator.faults import (
    answers,
    data,
    editions,
    effects,
    lifecycle,
    members,
    refusal_forms,
    refusals,
    rules_coze,
    rules_dify,
    rules_nuwax,
    values,
)
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.nuwax import Nuwax

_VENDORS: Mapping[str, type[Emulator]] = {"coze": Coze, "dify": Dify, "nuwax": Nuwax}
_SHARED = (effects, data, members, values, answers, refusals, refusal_forms, lifecycle)
_RULES = {"coze": rules_coze, "dify": rules_dify, "nuwax": rules_nuwax}


class _Catalogues(Mapping[str, Mapping[str, Fault]]):
    """The faults of each vendor by name, made when they are asked for: that reads the vendor's contract."""

    def __getitem__(self, vendor: str) -> Mapping[str, Fault]:
        return _catalogue(vendor)

    def __iter__(self) -> Iterator[str]:
        return iter(_VENDORS)

    def __len__(self) -> int:
        return len(_VENDORS)


@cache
def _catalogue(vendor: str) -> dict[str, Fault]:
    found = [fault(vendor, lie, breaks) for lie, breaks in _RULES[vendor].FAULTS.items()]
    for module in _SHARED:
        found += module.faults(vendor)
    catalogue = {each.name: each for each in found}
    if len(catalogue) < len(found):
        raise ValueError(f"two faults of {vendor} have the same name")
    return catalogue


FAULTS = _Catalogues()
# what an edition promises in addition, or otherwise, needs faults of its own
FAULTS_OF_EDITIONS: Mapping[tuple[str, str], Mapping[str, Fault]] = {
    (vendor, edition): {each.name: each for each in (fault(vendor, lie, breaks) for lie, breaks in rows.items())}
    for (vendor, edition), rows in editions.FAULTS.items()
}


def faulty(vendor: str, names: Sequence[str], edition: str = "", onto: type[Emulator] | None = None) -> Emulator:
    """An emulator with these faults: of the vendor's current edition, of another one, or of the class ``onto``.

    Raises KeyError for a name that is not in the catalogue.
    """
    known = {**FAULTS[vendor], **FAULTS_OF_EDITIONS.get((vendor, edition), {})}
    kept = onto or EDITIONS.get((vendor, edition), _VENDORS[vendor])
    emulator: type[Emulator] = type("Faulty", (*(known[name].lie for name in names), kept), {})
    return emulator()


__all__ = ["FAULTS", "FAULTS_OF_EDITIONS", "Fault", "faulty"]
