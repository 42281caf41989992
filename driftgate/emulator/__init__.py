"""Emulators: stand-ins for the vendors' servers, faithful to their pages, stateful, over real HTTP."""

from __future__ import annotations

from driftgate.emulator.base import Emulator
from driftgate.emulator.choice import EMULATORS
from driftgate.emulator.editions import EDITIONS
from driftgate.emulator.running import Running, start
from driftgate.emulator.standin import emulate, emulator

__all__ = ["EDITIONS", "EMULATORS", "Emulator", "Running", "emulate", "emulator", "start"]
