"""Reads the records of a folder one at a time, and reduces each to what a history keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.drift import Snapshot, snapshot_of
from driftgate.history.model import CatalogueRow, LeftOut, Run
from driftgate.record.latency import latency
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from driftgate.report import words
from driftgate.report.result import result_of
from driftgate.report.view import tone


@dataclass
class Collection:
    """The runs of a folder, oldest first, and the files that are left out. Equal parts of runs are kept once."""

    runs: list[Run] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    _paths: dict[str, Path] = field(default_factory=dict)
    _snapshots: dict[str, Snapshot] = field(default_factory=dict)
    _catalogues: dict[tuple[CatalogueRow, ...], tuple[CatalogueRow, ...]] = field(default_factory=dict)

    def read(self, path: Path) -> None:
        """Adds the run of a file, or notes why it is left out."""
        try:
            self.add(_record(path))
        except UsageError as problem:
            self.left_out.append(LeftOut(path, str(problem).removeprefix(str(path)).lstrip(":, ")))

    def add(self, record: Record) -> Run:
        """Adds the run of a record. Raises UsageError for one that is no run of its own."""
        path, digest = record.path, record.footer.digest
        if record.header.source is not None:
            raise UsageError(f"{path}: is a judgement of what was recorded elsewhere, and no run")
        if digest in self._paths:
            raise UsageError(f"{path}: is the same record as {self._paths[digest]}")
        run = self._run(record)
        self._paths[digest] = path
        self.runs.append(run)
        return run

    def _run(self, record: Record) -> Run:
        footer = record.footer
        try:
            result = result_of(record)
        except ValueError:
            raise UsageError(f"{record.path}: exit code {footer.exit} is none of driftgate's") from None
        catalogue = tuple(CatalogueRow(row.requirement, row.level, row.says) for row in record.verdicts)
        snapshot = snapshot_of(record)
        return Run(
            path=record.path,
            digest=footer.digest,
            started=_time(record),
            header=record.header,
            requests=footer.requests,
            exit=footer.exit,
            status=words.status(result),
            tone=tone(result),
            usable=not footer.setup_error,
            catalogue=self._catalogues.setdefault(catalogue, catalogue),
            words={row.requirement: words.word(row, record.gate) for row in record.verdicts},
            findings=record.findings,
            latency=latency(record),
            snapshot=self._snapshots.setdefault(snapshot.key, snapshot),
        )


def read_folder(directory: Path, *, deep: bool = True) -> Collection:
    """The runs whose records are in a folder, and with ``deep`` in the folders below it. Raises UsageError."""
    if not directory.is_dir():
        what = "is a file; give the folder that holds the records" if directory.exists() else "is no folder"
        raise UsageError(f"{directory}: {what}")
    collection = Collection()
    for path in sorted(_files(directory, collection, deep=deep)):
        collection.read(path)
    collection.runs.sort(key=lambda run: (run.started, str(run.path)))
    return collection


def _files(directory: Path, collection: Collection, *, deep: bool) -> Iterator[Path]:
    def note(problem: OSError) -> None:
        collection.left_out.append(LeftOut(Path(problem.filename), f"cannot be read ({problem.strerror})"))

    for folder, below, names in os.walk(directory, onerror=note):
        yield from (Path(folder) / name for name in names if name.endswith(".jsonl"))
        if not deep:
            below.clear()
        for link in filter(Path.is_symlink, (Path(folder) / name for name in below)):
            collection.left_out.append(LeftOut(link, "is a link to a folder, which is not followed"))


def _record(path: Path) -> Record:
    if not path.is_file():  # opening a pipe would wait for its other end
        raise UsageError(f"{path}: is no file")
    return read_record(path)


def _time(record: Record) -> datetime:
    """When a run began, in UTC."""
    started = record.header.started
    try:
        time = datetime.fromisoformat(started)
    except ValueError:
        raise UsageError(f"{record.path}: began at {started!r}, which is no time") from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
