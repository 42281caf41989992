"""How long a long record takes to read, to render and to compare: python -m benchmarks.records [--exchanges N]."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from driftgate.base.secret import Redactor
from driftgate.drift import compare
from driftgate.record.reading import read_record
from driftgate.record.record import Record, RecordWriter
from driftgate.record.rows import RecordedExchange, Row
from driftgate.report import html, markdown, terminal
from driftgate.report.result import result_of
from tests.harness import run_main


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=10_000)
    exchanges = parser.parse_args().exchanges
    with tempfile.TemporaryDirectory() as directory:
        path = lengthened(_record(Path(directory)), Path(directory) / "long.jsonl", exchanges)
        print(f"{exchanges} exchanges, {path.stat().st_size / 1e6:.1f} MB")
        record = _timed("read", lambda: read_record(path))
        result = result_of(record)
        for name, page in (("HTML", html.render), ("Markdown", markdown.render), ("terminal", terminal.render)):
            _timed(f"render {name}, read already", lambda page=page: page([result]))
        _timed("read and render HTML", lambda: html.render([result_of(read_record(path))]))
        _timed("read two and compare", lambda: compare(read_record(path), read_record(path)))


def _record(directory: Path) -> Path:
    """The record of a run against an emulator."""
    code, output = run_main(["run", "--vendor=coze", f"--report-dir={directory}", "-q"])
    if code:
        raise SystemExit(output)
    return directory / "coze.jsonl"


def lengthened(source: Path, path: Path, exchanges: int) -> Path:
    """The same record with its exchanges repeated until there are so many."""
    record = read_record(source)
    writer = RecordWriter(path, Redactor([]))
    for row in _rows(record, exchanges):
        writer.write(row)
    writer.end(record.footer, complete=True)
    return path


def _rows(record: Record, exchanges: int) -> Iterator[Row]:
    yield record.header
    seen: tuple[RecordedExchange, ...] = record.exchanges
    for number in range(1, exchanges + 1):
        yield replace(seen[number % len(seen)], number=number)
    yield from (*record.findings, *record.verdicts, *record.observations, *record.shapes)


def _timed(what: str, make: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    made = make()
    print(f"{what}: {time.perf_counter() - started:.2f} s")
    return made


if __name__ == "__main__":
    main()
