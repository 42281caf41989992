"""A pytest plugin that kills the process at a write of the journal: DRIFTGATE_KILL is KIND:NUMBER.

``before`` and ``after`` the NUMBERth time that the journal is put on disk, or ``torn`` amid its NUMBERth line.
"""

from __future__ import annotations

import os
import signal

from driftgate.session import journal

_KIND, _, _NUMBER = os.environ.get("DRIFTGATE_KILL", "").partition(":")
_seen: list[str] = []


def _comes(kind: str) -> bool:
    """Whether this is the moment; counts each kind of moment by itself."""
    _seen.append(kind)
    return kind == _KIND and _seen.count(kind) == int(_NUMBER)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Disk:
    """What the journal sees of ``os``."""

    def __getattr__(self, name):
        return getattr(os, name)

    def fsync(self, descriptor):
        if _comes("before"):
            _die()
        os.fsync(descriptor)
        if _comes("after"):
            _die()

    def write(self, descriptor, line):
        if _comes("torn"):
            os.write(descriptor, line[: len(line) // 2])
            _die()
        return os.write(descriptor, line)


journal.os = _Disk()
