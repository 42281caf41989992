"""The record: the evidence of a run against one target, in JSON Lines, redacted.

A record without its footer is that of a run that did not end. Everything that reads it says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from driftgate.record.rows import (
    Footer,
    Header,
    Observation,
    RecordedExchange,
    RecordedFinding,
    RecordedVerdict,
    Row,
    Shape,
    line_of,
    redacted,
)
from driftgate.record.verdict import Gate

if TYPE_CHECKING:  # what reads records redacts nothing, and starts faster without it
    from driftgate.base.secret import Redactor

VERSION = 1

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class Record:
    """The rows of a record by their kind, in the order in which they were written.

    Without ``complete`` the run did not end: its footer was made for its own report and is not in the file.
    """

    path: Path
    header: Header
    exchanges: tuple[RecordedExchange, ...]
    findings: tuple[RecordedFinding, ...]
    verdicts: tuple[RecordedVerdict, ...]
    observations: tuple[Observation, ...]
    shapes: tuple[Shape, ...]
    footer: Footer
    complete: bool = True

    @property
    def of_client(self) -> bool:
        """Whether it speaks of what a client does, and of no server."""
        return bool(self.verdicts) and all(row.side == "client" for row in self.verdicts)

    @property
    def gate(self) -> Gate:
        """Which levels fail the run."""
        return Gate(strict=self.header.strict, require_verified=self.header.require_verified)


def record_of(path: Path, rows: Iterable[Row], *, complete: bool = True) -> Record:
    """The record of rows that begin with the header and end with the footer. Raises ValueError for others."""
    header, *between, footer = rows
    if not isinstance(header, Header) or not isinstance(footer, Footer):
        raise ValueError("a record begins with a header and ends with a footer")
    return Record(
        path,
        header,
        exchanges=tuple(row for row in between if isinstance(row, RecordedExchange)),
        findings=tuple(row for row in between if isinstance(row, RecordedFinding)),
        verdicts=tuple(row for row in between if isinstance(row, RecordedVerdict)),
        observations=tuple(row for row in between if isinstance(row, Observation)),
        shapes=tuple(row for row in between if isinstance(row, Shape)),
        footer=footer,
        complete=complete,
    )


class RecordWriter:
    """Writes a record line by line, so that what was seen survives whatever happens to the run.

    What cannot be written is kept in memory alone. ``problem`` then says why; nothing more is written after it.
    """

    def __init__(self, path: Path, redact: Redactor) -> None:
        self._path = path
        self._redact = redact
        self._file: FileIO | None = None
        self._digest = hashlib.sha256()
        self._rows: list[Row] = []
        self.problem: str | None = None

    def write(self, row: AnyRow) -> AnyRow:
        """Appends one row without its secrets, and returns it. The first row makes the file."""
        written = redacted(row, self._redact)
        line = f"{json.dumps(line_of(written))}\n".encode("ascii")
        self._digest.update(line)
        if self.problem is None:
            try:
                self._append(line)
            except OSError as problem:
                self.problem = f"{self._path}: cannot be written to ({problem.strerror})"
        self._rows.append(written)
        return written

    def _append(self, line: bytes) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = FileIO(self._path, "w")
        written = 0
        while written < len(line):
            written += self._file.write(line[written:])

    def end(self, footer: Footer, *, complete: bool) -> Record:
        """Ends the record. The footer gets the digest of all lines before it, and is written when it is complete."""
        footer = replace(footer, digest=self._digest.hexdigest())
        if complete:
            self.write(footer)
        else:
            self._rows.append(redacted(footer, self._redact))
        self.close()
        return record_of(self._path, self._rows, complete=complete and self.problem is None)

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # all of it was written before
                self._file.close()
