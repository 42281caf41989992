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

What a run comes to when the server lies, breaks down or wants to do harm. Each server stands in front of a faithful
emulator (here that of {vendor}) and tells its lie **from the start**, in every answer, or **in the midst**, in answers to
renames alone. Trouble on the way is inconclusive (exit 6), a well-formed HTTP answer that breaks the contract is a
violation (exit 1), and nothing is ever a mistake of driftgate's own (exit 7); every record is whole. A run that cannot
make its conversations from the start is inconclusive, whatever is wrong with the answers.

Written by `python -m tests.hostile`, with `--max-wait 0 --strict` and, where the server lets us wait, `--timeout {short:g}`,
which bounds a whole answer: such a run ends after three that do not come. *s* and *MB* are the wall time and the
largest resident set of the process in that run; a run against the faithful emulator took {plain.seconds:.1f} s and
{plain.peak:.0f} MB.

## What a run grants a server

| what | bound |
| --- | --- |
| one answer, from the name of the host to the last byte | `--timeout` (30 s) |
| one wait, and all waits of a run, where a target asks for time | 60 s, and `--max-wait` (120 s) |
| repeats after 429, 503 with `Retry-After`, the vendor's own words for them | 6: not of a creation |
| repeats after a connection that could not be made | 2: not of a creation |
| repeats after 502, 503, 504, and a connection that was cut | 2: of reading and deleting alone, for the rest may have been done |
| repeats after a timeout, and after what is no HTTP | none |
| requests of one kind in a row that get no answer for lack of time or of a connection | 3, then the run asks no further and puts back what it changed |
| headers of an answer; its body; all bodies of a run | 100 KiB; 1 MiB, undone from gzip or deflate; 64 MiB |
| nesting of JSON; findings of one requirement in one answer; members looked at for the shapes | 100; 50; 5000 |

Every repeat is a request, counts towards `--max-requests` and stands in the record. Without `Retry-After` the waits are 1,
2, 4 … seconds, less up to half by chance. Connections go to the origin of the base URL, or to its proxy, alone;
redirects are not followed and cookies are not kept. A host name that is looked up counts towards the timeout too.

## What came of it

| the server | from the start | requests | s | in the midst | requests | s | MB |
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
