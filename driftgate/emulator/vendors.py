"""The emulators by vendor and by edition. Nothing here loads a server before one is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from driftgate.contract.model import Contract
    from driftgate.emulator.base import Emulator

K = TypeVar("K")


class _Classes(Mapping[K, "type[Emulator]"]):
    """Classes of emulators by key. A class is imported when it is looked up."""

    def __init__(self, locations: Mapping[K, tuple[str, str]]) -> None:
        self._locations = locations  # module and class

    def __getitem__(self, key: K) -> type[Emulator]:
        module, name = self._locations[key]
        found: type[Emulator] = getattr(import_module(f"{__package__}.{module}"), name)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._locations

    def __iter__(self) -> Iterator[K]:
        return iter(self._locations)

    def __len__(self) -> int:
        return len(self._locations)


EMULATORS: Mapping[str, type[Emulator]] = _Classes(
    {"coze": ("coze", "Coze"), "dify": ("dify", "Dify"), "nuwax": ("nuwax", "Nuwax")}
)
# servers that keep a further edition of a vendor's contract, by (vendor, edition)
EDITIONS: Mapping[tuple[str, str], type[Emulator]] = _Classes(
    {("dify", "2026-07"): ("dify", "Dify202607"), ("dify", "2026-generated"): ("dify", "DifyGenerated")}
)


def emulator(vendor: str, edition: str) -> Emulator:
    """An emulator that keeps this edition, or the vendor's current edition where the other has no emulator.

    Raises KeyError for a vendor without an emulator.
    """
    return EDITIONS.get((vendor, edition), EMULATORS[vendor])()


def of_contract(contract: Contract) -> Emulator:
    """The emulator of a vendor: its own where it has one, and one made from the contract for any other vendor."""
    if contract.vendor in EMULATORS:
        return emulator(contract.vendor, contract.edition)
    from driftgate.emulator.contracted import emulator_of  # noqa: PLC0415  # loads a server

    return emulator_of(contract)()
