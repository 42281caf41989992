"""How long the history of many records takes: python -m benchmarks.history [--records N] [--keep DIR]."""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from driftgate.emulator import EMULATORS, Emulator, start
from driftgate.emulator.faults import faulty
from driftgate.emulator.variants import varied
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from driftgate.record.rows import json_of
from tests.harness import live_options, run_main
from tests.records import copied

# what each target goes through: from this part of the time on, with which fault or variant
STORIES = {
    "coze": [(0.0, ""), (0.35, "variant more-members"), (0.6, "fault no-limit"), (0.7, "variant more-members")],
    "dify": [(0.0, ""), (0.2, "fault unknown-as-400"), (0.5, ""), (0.85, "fault times-in-milliseconds")],
    "nuwax": [(0.0, "fault tid-as-number"), (0.75, "")],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="leave the records and the page in this folder")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        folder = parsed.keep or Path(directory)
        records = folder / "records"
        made = make(records, parsed.records)
        print(f"{made} records, {sum(path.stat().st_size for path in records.rglob('*.jsonl')) / 1e6:.1f} MB")
        for form in ("html", "md", "json"):
            _timed(records, form, folder / f"history.{form}")


def make(folder: Path, records: int) -> int:
    """Writes records of three targets, one a day each, with other latencies and at times with a fault."""
    chance = random.Random(1)
    days = records // len(STORIES)
    begin = datetime(2026, 11, 20, 3, 0, tzinfo=UTC) - timedelta(days=days)
    sources: dict[tuple[str, str], Record] = {}
    for vendor, story in STORIES.items():
        for _, what in story:
            sources[vendor, what] = _record(vendor, what)
        for day in range(days):
            what = [each for part, each in story if part <= day / days][-1]
            started = begin + timedelta(days=day, seconds=chance.randrange(600))
            header = {
                "suite": "0123456789abcdef" if day < days / 2 else sources[vendor, what].header.suite,
                "target": {
                    **json_of(sources[vendor, what].header.target),
                    "base_url": f"https://{vendor}.staging.example",
                },
            }
            place = folder / f"{started:%Y-%m-%d}" / f"{vendor}.jsonl"
            slower = chance.lognormvariate(2 + day / days, 0.3)
            copied(sources[vendor, what], place, started, header=header, slower=slower)
    return days * len(STORIES)


def _record(vendor: str, what: str) -> Record:
    """The record of a run against an emulator."""
    kind, _, name = what.partition(" ")
    emulator: Emulator = EMULATORS[vendor]()
    if kind == "fault":
        emulator = faulty(vendor, [name])
    elif kind == "variant":
        emulator = varied(vendor, name)
    running = start(emulator)
    with tempfile.TemporaryDirectory() as directory:
        options = [f"--vendor={vendor}", f"--base-url={running.base_url}", f"--report-dir={directory}", "-q"]
        run_main(["run", *options, *live_options(running)], key=running.api_key)
        running.stop()
        return read_record(Path(directory) / f"{vendor}.jsonl")


def _timed(folder: Path, form: str, page: Path) -> None:
    command = [sys.executable, "-m", "driftgate", "history", str(folder), f"--format={form}", f"--output={page}"]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{form}: {seconds:.2f} s, {page.stat().st_size / 1e3:.0f} kB, at most {most:.0f} MB of memory")


if __name__ == "__main__":
    main()
