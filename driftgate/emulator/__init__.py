"""Emulators: stand-ins for the vendors' servers, faithful to their pages, stateful, over real HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import Emulator
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.editions import EDITIONS
from driftgate.emulator.nuwax import Nuwax
from driftgate.emulator.server import Running, start

EMULATORS: Mapping[str, type[Emulator]] = {"coze": Coze, "dify": Dify, "nuwax": Nuwax}


def emulator(vendor: str, edition: str) -> Emulator:
    """The emulator that keeps this edition; the vendor's usual one where none was made for it."""
    return EDITIONS.get((vendor, edition), EMULATORS[vendor])()


__all__ = ["EDITIONS", "EMULATORS", "Emulator", "Running", "emulator", "start"]
