"""The plain data of exchanges that took place before, and of the file that they come from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from driftgate.base.secret import Redactor
from driftgate.http.exchange import Exchange
from driftgate.record.rows import Header, RecordedExchange, Source
from driftgate.target.model import Target


@dataclass(frozen=True)
class Captured:
    """One exchange, and its row in the record of the judgement, without secrets.

    ``lost`` says of a part of the answer (body, header, outcome) why it cannot be judged by.
    """

    exchange: Exchange
    row: RecordedExchange
    lost: Mapping[str, str]


@dataclass(frozen=True)
class Capture:
    """The exchanges of one target, from a file. ``header`` begins the record of the judgement.

    ``redact`` takes the secrets out of what comes from the file; ``ignored`` exchanges are of other operations.
    """

    path: Path
    target: Target
    exchanges: tuple[Captured, ...]
    header: Header
    redact: Redactor
    ignored: int = 0

    def describe(self) -> str:
        """How many exchanges were taken."""
        roles = Counter(each.exchange.request.role for each in self.exchanges)
        kinds = ", ".join(f"{number} {role}" for role, number in roles.items())
        taken = f"{len(self.exchanges)} exchanges taken" + (f" ({kinds})" if kinds else "")
        return f"{self.path}: {taken}, {self.ignored} ignored"


def source_of(kind: Literal["record", "har"], path: Path, *, taken: int, ignored: int) -> Source:
    """The file that the exchanges of a judgement come from, as the header of its record names it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Source(kind=kind, file=path.name, digest=digest, taken=taken, ignored=ignored, judged_at=now)
