"""Emulators: stand-ins for the vendors' servers, faithful to their pages, stateful, over real HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.emulator.base import Emulator
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.nuwax import Nuwax
from driftgate.emulator.server import Running, start

EMULATORS: Mapping[str, type[Emulator]] = {"coze": Coze, "dify": Dify, "nuwax": Nuwax}

__all__ = ["EMULATORS", "Emulator", "Running", "start"]
