"""What the benchmark asks of a tool, and how a tool's command is run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.served import Subject

HOME = Path(__file__).resolve().parent.parent
MODULES = HOME / ".tools" / "node_modules"


class ToolFailed(Exception):
    """A tool that could not do its work on a subject; the text says why."""


class Tool(Protocol):
    """A tool under comparison. ``setting`` says how it is used; ``whole`` tells that it runs on every fault."""

    name: str
    setting: str
    whole: bool

    def version(self) -> str:
        """The version that is installed. Raises ToolFailed."""

    def findings(self, subject: Subject, folder: Path) -> frozenset[str]:
        """What the tool complains of, without generated data; files go into the folder. Raises ToolFailed."""


def run(
    command: Sequence[str], folder: Path, *, environment: Mapping[str, str] | None = None, timeout: float = 90
) -> subprocess.CompletedProcess[str]:
    """A finished command; what it printed is in ``stdout``. Raises ToolFailed when it takes too long or is missing."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ToolFailed(f"cannot be started: {error.strerror}") from None
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise ToolFailed(f"took longer than {timeout:.0f} s") from None
    return subprocess.CompletedProcess(command, process.returncode, output, "")


def text_of(output: str, folder: Path, length: int = 1500) -> str:
    """The end of a tool's output, fit to be kept: no colours, no folders of this machine."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    for place in (folder, HOME, HOME.parent):
        plain = plain.replace(f"{place}/", "").replace(str(place), ".")
    return plain.strip()[-length:]


def without_data(text: str) -> str:
    """A message without what differs from run to run: quoted values, long numbers, ids."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '"…"', text)
    text = re.sub(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "<id>", text)
    return " ".join(re.sub(r"\d{4,}", "<number>", text).split())
