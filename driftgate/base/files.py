"""Reading files that users name: whatever stands under the name, it takes bounded time and memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from driftgate.base.errors import UsageError

_MOST = 16 * 2**20  # bytes of a file that people write


def bytes_of(path: Path, *, most: int | None = _MOST, context: str = "") -> bytes:
    """The content of a file. Raises UsageError for a pipe, a device, or one that is too large."""
    content = beginning_of(path, None if most is None else most + 1, context=context)
    if most is not None and len(content) > most:
        raise UsageError(f"{context}{path}: is larger than {most // 2**20} MiB")
    return content


def beginning_of(path: Path, length: int | None, *, context: str = "") -> bytes:
    """The first bytes of a file; all of them without a length. Raises UsageError for a pipe or a device."""
    try:
        # a named pipe would be waited for
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(f"{context}{path}: is a pipe or a device; name a file")
            return file.read() if length is None else file.read(length)
    except OSError as problem:
        raise UsageError(f"{context}{path}: cannot be read ({problem.strerror})") from None
    except ValueError:
        raise UsageError(f"{context}{str(path)!r}: is no name of a file") from None
