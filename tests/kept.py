"""Records of runs against emulators, made once for all tests of a process that only read them."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path

from tests.harness import judge


@cache
def kept(vendor: str, *faults: str) -> Path:
    """The record of a run against the emulator of a vendor with these faults. Do not write to it."""
    folder = tempfile.TemporaryDirectory(prefix="driftgate-records-")
    atexit.register(folder.cleanup)
    judge(vendor, faults, [f"--report-dir={folder.name}"])
    return Path(folder.name) / f"{vendor}.jsonl"
