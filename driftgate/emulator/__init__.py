"""Emulators: local servers that keep what the vendors' pages promise, stateful, over real HTTP.

The names of the vendors and their editions are there without loading a server; everything else is loaded when it is
first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from driftgate.emulator.vendors import EDITIONS, EMULATORS, emulator, of_contract

if TYPE_CHECKING:
    from driftgate.emulator.base import Emulator
    from driftgate.emulator.running import Running, emulate, start

# the vendors that have an emulator of their own
EMULATED = tuple(EMULATORS)

__all__ = ["EDITIONS", "EMULATED", "EMULATORS", "Emulator", "Running", "emulate", "emulator", "of_contract", "start"]

_HOMES = {"Emulator": "base", "Running": "running", "emulate": "running", "start": "running"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
