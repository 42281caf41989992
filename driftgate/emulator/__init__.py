"""Emulators: stand-ins for the vendors' servers, faithful to their pages, stateful, over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftgate.base.lazy import lazily

if TYPE_CHECKING:
    from driftgate.emulator.base import Emulator
    from driftgate.emulator.choice import EMULATORS
    from driftgate.emulator.editions import EDITIONS
    from driftgate.emulator.running import Running, start
    from driftgate.emulator.standin import emulate, emulator

__all__ = ["EDITIONS", "EMULATED", "EMULATORS", "Emulator", "Running", "emulate", "emulator", "start"]

# the vendors that have an emulator, known without importing a server
EMULATED = ("coze", "dify", "nuwax")

__getattr__ = lazily(
    __name__,
    {
        "EDITIONS": "driftgate.emulator.editions",
        "EMULATORS": "driftgate.emulator.choice",
        "Emulator": "driftgate.emulator.base",
        "Running": "driftgate.emulator.running",
        "emulate": "driftgate.emulator.standin",
        "emulator": "driftgate.emulator.standin",
        "start": "driftgate.emulator.running",
    },
)
