"""Emulators made from contracts alone: no Python is written for the vendor."""

from __future__ import annotations

from driftgate.emulator.contracted.server import Contracted, emulator_of

__all__ = ["Contracted", "emulator_of"]
