"""Many targets at once against one after the other, in one run: python -m benchmarks.parallel [--targets 30 -n 15]."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from driftgate.emulator import EMULATORS, Running, start
from driftgate.record.reading import read_record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=30)
    parser.add_argument("--latency", type=float, default=200, metavar="MS")
    parser.add_argument("-n", type=int, default=15, dest="workers")
    given = parser.parse_args()
    running = {vendor: start(make(), latency=given.latency / 1000) for vendor, make in EMULATORS.items()}
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        names = write_targets(place, running, given.targets)
        alone, verdicts = timed(place, names, "one")
        together, others = timed(place, names, "many", "-n", str(given.workers))
    for emulator in running.values():
        emulator.stop()
    print(f"{given.targets} targets at {given.latency:.0f} ms latency")
    print(f"one after the other {alone:.1f} s, with -n {given.workers} {together:.1f} s")
    print(f"{alone / together:.1f} times as fast")
    print("the same verdicts" if verdicts == others else "OTHER VERDICTS")


def write_targets(place: Path, running: dict[str, Running], number: int) -> list[str]:
    """A driftgate.toml with so many targets, of each vendor in turn; their names."""
    names, lines = [], []
    for index in range(number):
        vendor, server = list(running.items())[index % len(running)]
        names.append(f"{vendor}-{index}")
        params = ", ".join(f'{name} = "{value}"' for name, value in server.params.items())
        lines += [f"[targets.{names[-1]}]", f'vendor = "{vendor}"', f'base_url = "{server.base_url}"']
        lines += [f'api_key = "{server.api_key}"', f"params = {{{params}}}", "allow_cost = true"]
    (place / "driftgate.toml").write_text("\n".join(lines), encoding="utf-8")
    return names


def timed(place: Path, names: list[str], reports: str, *options: str) -> tuple[float, dict[str, dict[str, str]]]:
    """How long a run over the targets took, and the verdicts by target and requirement."""
    targets = [f"--target={name}" for name in names]
    started = time.perf_counter()
    command = [sys.executable, "-m", "driftgate", "run", *targets, f"--report-dir={reports}", "-q", *options]
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - started
    if ended.returncode:
        raise SystemExit(ended.stdout + ended.stderr)
    records = {name: read_record(place / reports / f"{name}.jsonl") for name in names}
    return elapsed, {
        name: {row.requirement: row.verdict for row in record.verdicts} for name, record in records.items()
    }


if __name__ == "__main__":
    main()
