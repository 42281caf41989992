"""How long starting takes, beside the least that the same work could take: ``python -m benchmarks.startup``.

All commands run in turn, ten times, and their medians are compared. With ``--profile``, where a bound is not met, the
modules whose import takes longest follow.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from driftgate import emulate

ROUNDS = 10
SHOWN = 15
ROOT = Path(__file__).resolve().parent.parent
_RECORD = str(ROOT / "reports/baselines/coze.jsonl")
_REQUESTS = """
import json, sys, httpx
url, key, number = sys.argv[1:]
with httpx.Client(headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
    for _ in range(int(number)):
        client.put(url, json={"name": "a name"}).json()
"""


@dataclass(frozen=True)
class Compared:
    """A command, what it is measured against, and how many times as long it may take."""

    name: str
    subject: Sequence[Sequence[str]]
    floor: Sequence[Sequence[str]]
    bound: float


@dataclass(frozen=True)
class Took:
    """Seconds of a clock, and of a processor, which other work on the machine changes less."""

    clock: float
    processor: float


def _median(took: Sequence[Took]) -> Took:
    return Took(median(each.clock for each in took), median(each.processor for each in took))


@contextmanager
def _compared(folder: Path) -> Iterator[list[Compared]]:
    """What is compared, while an emulator runs."""
    python = sys.executable
    (folder / "test_empty.py").write_text("def test_nothing():\n    pass\n")
    driftgate = [python, "-m", "driftgate"]
    with emulate("coze") as server:
        params = [f"--param={name}={value}" for name, value in server.params.items()]
        run = [*driftgate, "run", "--vendor=coze", f"--base-url={server.base_url}", "--allow-cost", *params]
        os.environ["DRIFTGATE_API_KEY"] = server.api_key
        subprocess.run(run, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        record = (folder / "reports/latest/coze.jsonl").read_text().splitlines()
        number = str(json.loads(record[-1])["requests"])
        url = f"{server.base_url}/v1/conversations/{server.conversations[0]}"
        yield [
            Compared("driftgate --version", [[*driftgate, "--version"]], [[python, "-c", "import argparse"]], 2),
            Compared(
                f"driftgate run (standard, {number} requests)",
                [run],
                [
                    [python, "-m", "pytest", "-p", "no:cacheprovider", "-q", "test_empty.py"],
                    [python, "-c", _REQUESTS, url, server.api_key, number],
                ],
                2,
            ),
            Compared(
                "driftgate drift A B", [[*driftgate, "drift", _RECORD, _RECORD]], [[python, "-c", "import json"]], 4
            ),
        ]


def _took(commands: Sequence[Sequence[str]], folder: Path) -> Took:
    """How long the commands take, one after the other."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.perf_counter() - began, processor)


def _profile(command: Sequence[str], folder: Path) -> list[str]:
    """The imports of a command that take longest by themselves, in milliseconds."""
    python, *rest = command
    done = subprocess.run(
        [python, "-X", "importtime", *rest], cwd=folder, capture_output=True, text=True, check=False
    ).stderr
    rows = [
        line.removeprefix("import time:").split("|") for line in done.splitlines() if line.startswith("import time:")
    ]
    times = sorted(((int(own), name.strip()) for own, _, name in rows if own.strip().isdigit()), reverse=True)
    total = sum(own for own, _ in times)
    return [
        f"    {total / 1000:8.1f} ms  all {len(times)} imports",
        *(f"    {own / 1000:8.1f} ms  {name}" for own, name in times[:SHOWN]),
    ]


def main() -> None:
    """Prints the table, and the profiles that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="where a bound is not met, show what imports take")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each command is run (default 10)")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, _compared(Path(name)) as rows:
        folder = Path(name)
        times: list[tuple[list[Took], list[Took]]] = [([], []) for _ in rows]
        for _ in range(parsed.rounds):
            for row, (subjects, floors) in zip(rows, times, strict=True):
                subjects.append(_took(row.subject, folder))
                floors.append(_took(row.floor, folder))
        print(f"{'command':<38}  {'takes':>8}  {'floor':>8}  {'ratio':>6}  {'of processor time':>17}  {'bound':>6}")
        for row, (subjects, floors) in zip(rows, times, strict=True):
            subject, floor = _median(subjects), _median(floors)
            ratio, of_processor = subject.clock / floor.clock, subject.processor / floor.processor
            met = "" if ratio <= row.bound else "  not met"
            print(
                f"{row.name:<38}  {subject.clock * 1000:5.0f} ms  {floor.clock * 1000:5.0f} ms  {ratio:>6.2f}  "
                f"{of_processor:>17.2f}  {row.bound:>6.2f}{met}"
            )
            if met and parsed.profile:
                print("\n".join(_profile(row.subject[0], folder)))


if __name__ == "__main__":
    main()
