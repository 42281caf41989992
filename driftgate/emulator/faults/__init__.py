"""Faults: seeded violations. Each breaks one promise of a conforming emulator and says which requirements notice it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from driftgate.emulator.base import Emulator
from driftgate.emulator.faults import (
    answers,
    data,
    editions,
    effects,
    lifecycle,
    members,
    reads,
    refusal_forms,
    refusals,
    rules_coze,
    rules_dify,
    rules_nuwax,
    values,
    wrong_types,
)
from driftgate.emulator.faults.fault import Fault, fault
from driftgate.emulator.vendors import EDITIONS, EMULATORS

_SHARED = (effects, data, members, values, answers, refusals, refusal_forms, reads, wrong_types, lifecycle)
_RULES = {"coze": rules_coze, "dify": rules_dify, "nuwax": rules_nuwax}


class _Catalogues(Mapping[str, Mapping[str, Fault]]):
    """The faults of each vendor by name. Looking a vendor up reads its contract."""

    def __getitem__(self, vendor: str) -> Mapping[str, Fault]:
        return _catalogue(vendor)

    def __iter__(self) -> Iterator[str]:
        return iter(EMULATORS)

    def __len__(self) -> int:
        return len(EMULATORS)


@cache
def _catalogue(vendor: str) -> dict[str, Fault]:
    found = [fault(vendor, override, breaks) for override, breaks in _RULES[vendor].FAULTS.items()]
    for module in _SHARED:
        found += module.faults(vendor)
    catalogue = {each.name: each for each in found}
    if len(catalogue) < len(found):
        raise ValueError(f"two faults of {vendor} have the same name")
    return catalogue


FAULTS = _Catalogues()
# by (vendor, edition): what only that edition promises needs faults of its own
FAULTS_OF_EDITIONS: Mapping[tuple[str, str], Mapping[str, Fault]] = {
    (vendor, edition): {
        each.name: each for each in (fault(vendor, override, breaks) for override, breaks in rows.items())
    }
    for (vendor, edition), rows in editions.FAULTS.items()
}


def faulty(vendor: str, names: Sequence[str], edition: str = "", onto: type[Emulator] | None = None) -> Emulator:
    """An emulator with these faults. It is of the vendor's current edition, of ``edition``, or of the class ``onto``.

    Raises KeyError for a name that is not in the catalogue.
    """
    known = {**FAULTS[vendor], **FAULTS_OF_EDITIONS.get((vendor, edition), {})}
    base = onto or EDITIONS.get((vendor, edition), EMULATORS[vendor])
    emulator: type[Emulator] = type("Faulty", (*(known[name].override for name in names), base), {})
    return emulator()


__all__ = ["FAULTS", "FAULTS_OF_EDITIONS", "Fault", "faulty"]
