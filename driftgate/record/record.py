"""The record: the evidence of a run against one target, in JSON Lines, redacted.

A record without its footer is that of a run that did not end. Everything that reads it says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

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
    """Writes a record line by line, so that what was seen survives whatever happens to the run."""

    def __init__(self, path: Path, redact: Redactor) -> None:
        self._path = path
        self._redact = redact
        self._file: IO[str] | None = None
        self._digest = hashlib.sha256()
        self._rows: list[Row] = []

    def write(self, row: AnyRow) -> AnyRow:
        """Appends one row without its secrets, and returns it. The first row makes the file."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="ascii")
        written = redacted(row, self._redact)
        line = json.dumps(line_of(written)) + "\n"
        self._digest.update(line.encode())
        self._file.write(line)
        self._file.flush()
        self._rows.append(written)
        return written

    def end(self, footer: Footer, *, complete: bool) -> Record:
        """Ends the record. The footer gets the digest of all lines before it, and is written when it is complete."""
        footer = replace(footer, digest=self._digest.hexdigest())
        if complete:
            self.write(footer)
        else:
            self._rows.append(redacted(footer, self._redact))
        self.close()
        return record_of(self._path, self._rows, complete=complete)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
