"""Where the exchanges of a record come from, when they were not sent by the run that wrote it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from driftgate.record.record import Row


def source_row(kind: str, path: Path, *, taken: int, left: int) -> Row:
    """The header's member ``source``."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    judged = datetime.now(UTC).isoformat(timespec="seconds")
    return {"kind": kind, "file": path.name, "digest": digest, "taken": taken, "left": left, "judged": judged}
