"""Joins the records of shards, such as the jobs of a CI matrix, into the results of one run."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.record.reading import baseline_of, read_record
from driftgate.record.record import Record
from driftgate.report import files
from driftgate.report.files import make_room
from driftgate.report.result import Result, result_of


def shards(paths: Sequence[Path], expected: Sequence[str]) -> list[Record]:
    """The records in files and folders, one a target, by name.

    Raises UsageError for one that is incomplete, for two of one target, and for an expected target without one.
    """
    records: dict[str, Record] = {}
    for path in _files(paths):
        record = read_record(path)
        name = record.header.target.name
        if name in records:
            raise UsageError(f"{path}: target {name} has a record already, {records[name].path}: keep one of them")
        records[name] = record
    for name in expected:
        if name not in records:
            raise UsageError(f"--expect {name}: there is no record of this target, its shard is missing")
    return [records[name] for name in sorted(records)]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        found = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        if not found:
            raise UsageError(f"{path}: holds no record")
        yield from found


def results_of(records: Iterable[Record], baseline: Path | None) -> list[Result]:
    """The results that records hold, each against its baseline where there is one. Raises UsageError."""
    return [result_of(record, baseline_of(baseline, record.header.target.name)) for record in records]


def keep(results: Sequence[Result], directory: Path) -> None:
    """Copies the records into a folder and writes the report beside them. Raises UsageError."""
    if any(result.record.path.parent.resolve() == directory.resolve() for result in results):
        raise UsageError(f"--report-dir {directory}: holds records that are to be joined; name another folder")
    make_room(directory)
    kept = []
    for result in results:
        path = directory / f"{result.record.header.target.name}.jsonl"
        shutil.copyfile(result.record.path, path)
        kept.append(replace(result, record=replace(result.record, path=path)))
    files.write(kept, directory)
