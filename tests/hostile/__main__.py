"""Writes docs/reliability.md: every hostile server, from the start and in the midst, and what driftgate made of it.

    python -m tests.hostile [NAME …]

Each run is a process of its own, whose time and memory are measured. With names only those are run and printed. Exits
with 1 when a verdict is not the expected one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from driftgate.record.reading import read_record
from tests.hostile.judging import SHORT, Measured, measured, options, served
from tests.hostile.servers import SERVERS, HostileServer

PAGE = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
VENDOR = "coze"
MOST_MEMORY = 300  # MB
_WORDS = {0: "conforms", 1: "violates", 6: "inconclusive"}
_HEAD = """# Servers that misbehave

This page shows how a run ends if the server is broken or hostile. Each server is a proxy in front of a conforming emulator
(here that of {vendor}). It misbehaves **from the start**, in every answer, or **only in renames**. A transport error is inconclusive
(exit 6). A well-formed HTTP answer that breaks the contract is a violation (exit 1). No server causes an error of driftgate
itself (exit 7), and every record is complete. A run that cannot create its conversations is inconclusive, whatever is wrong
with the answers.

Written by `python -m tests.hostile`, with `--max-wait 0 --strict`. If the server delays its answers, the runs also have
`--timeout {short:g}`, which limits the time for a whole answer. Such a run ends after three missing answers. *s* and *MB* are the
wall time and the largest resident set of the process. A run against the conforming emulator took {plain.seconds:.1f} s and {plain.peak:.0f} MB.

## Limits of a run

| limited | limit |
| --- | --- |
| one answer, from the name lookup to the last byte | `--timeout` (30 s) |
| one wait, and all waits of a run, if a target asks for time | 60 s, and `--max-wait` (120 s) |
| retries after 429, 503 with `Retry-After`, and the vendor's own codes for them | 6; never of a creation |
| retries after a failed connection | 2; never of a creation |
| retries after 502, 503, 504, and a lost connection | 2; only of reads and deletions, because the server may have carried out other requests |
| retries after a timeout, and after an answer that is not HTTP | none |
| consecutive requests of one kind without an answer, because of a timeout or a missing connection | 3; then the run sends no more tests and restores its changes |
| headers of an answer; its body; all bodies of a run | 100 KiB; 1 MiB after decompression; 64 MiB |
| nesting of JSON; findings of one requirement in one answer; members of a shape | 100; 50; 5000 |

Every retry is a request: it counts towards `--max-requests` and is in the record. Without `Retry-After` the waits are 1, 2,
4 … seconds, each reduced at random by up to half. driftgate connects only to the origin of the base URL, or to its proxy. It
does not follow redirects and does not keep cookies. The timeout includes the name lookup.

## Results

| the server | from the start | requests | s | only in renames | requests | s | MB |
| --- | --- | --: | --: | --- | --: | --: | --: |
"""


def main(names: Sequence[str]) -> int:
    wrong = []
    lines = []
    for server in SERVERS.values():
        if names and server.name not in names:
            continue
        told = {
            position: _run(server, position)
            for position in ("start", "midst")
            if position == "start" or not server.blind
        }
        wrong += [
            f"{server.name}, {position}"
            for position, (run, _) in told.items()
            if run.exit != _expected(server, position)
        ]
        lines.append(_row(server, told))
        print(lines[-1], flush=True)  # noqa: T201
    if not names:
        head = _HEAD.format(
            short=SHORT, vendor=VENDOR.capitalize(), plain=_run(SERVERS["a-faithful-server"], "midst")[0]
        )
        PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(f"not as expected: {each}" for each in wrong))  # noqa: T201
    return int(bool(wrong))


def _expected(server: HostileServer, position: str) -> int:
    return int(server.expected(position, VENDOR))


def _run(server: HostileServer, position: str) -> tuple[Measured, int]:
    """What was measured, and how many requests were sent."""
    with served(server, position, VENDOR) as (relay, running), tempfile.TemporaryDirectory() as directory:
        run = measured(options(server, relay, running, VENDOR, directory), running.api_key)
        return run, read_record(Path(directory) / f"{VENDOR}.jsonl").footer.requests


def _row(server: HostileServer, told: dict[str, tuple[Measured, int]]) -> str:
    cells = [f"{server.name}: {server.says}"]
    for position in ("start", "midst"):
        if position not in told:
            cells += ["", "", ""]
            continue
        run, requests = told[position]
        cells += [_WORDS.get(run.exit, f"exit {run.exit}"), str(requests), f"{run.seconds:.1f}"]
    peak = max(run.peak for run, _ in told.values())
    return "| " + " | ".join([*cells, f"{peak:.0f}"]) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
