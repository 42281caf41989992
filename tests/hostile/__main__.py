"""Writes docs/reliability.md: every hostile server, from the start and in the midst, and what driftgate made of it.

    python -m tests.hostile [NAME …]

Then hostile files. Each run is a process of its own, whose time and memory are measured. With names only those servers
are run and printed. Exits with 1 when a verdict is not the expected one, or a run takes too much time or memory.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from driftgate.record.reading import read_record
from driftgate.record.verdict import Exit
from tests.hostile.judging import SHORT, Measured, measured, options, served
from tests.hostile.servers import SERVERS, HostileServer
from tests.hostile.test_files import FILES

PAGE = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
VENDOR = "coze"
MOST_MEMORY = 200  # MB
MOST_TIMES = 15  # the processor time of a run against a conforming server: machines differ
CONTRACTS = PAGE.parent.parent / "contracts"
_WORDS = {0: "conforms", 1: "violates", 6: "inconclusive"}
_HEAD = """# Servers that misbehave

This page shows how a run ends if the server is broken or hostile. Each server is a proxy in front of a conforming emulator
(here that of {vendor}). It misbehaves **from the start**, in every answer, or **only in renames**. A transport error is inconclusive
(exit 6). A well-formed HTTP answer that breaks the contract is a violation (exit 1). No server causes an error of driftgate
itself (exit 7), and every record is complete. A run that cannot create its conversations is inconclusive, whatever is wrong
with the answers.

Written by `python -m tests.hostile`, with `--max-wait 0 --strict`. If the server delays its answers, the runs also have
`--timeout {short:g}`, which limits the time for a whole answer. Such a run ends after three missing answers. *s* and *MB* are the
processor time and the largest resident set of the process. A run against the conforming emulator took {plain.seconds:.1f} s and
{plain.peak:.0f} MB. No run may take {times} times as long, or {memory} MB.

## Limits of a run

| limited | limit |
| --- | --- |
| one answer, from the name lookup to the last byte | `--timeout` (30 s) |
| one wait, and all waits of a run, if a target asks for time | 60 s, and `--max-wait` (120 s) |
| retries after 429, 503 with `Retry-After`, and the vendor's own codes for them | 6; for a creation 2, each with another name |
| retries after a failed connection | 2; never of a creation |
| retries after 502, 503, 504, and a lost connection | 2; of a rename only if it gives a name and does nothing else, or if a read shows that the server did not carry it out; of a creation with another name, after driftgate looked for the first one |
| retries after an answer that is followed by more bytes than announced | 1; only of reads and deletions |
| retries after a timeout, and after an answer that is not HTTP | none |
| requests on one connection | 1; so bytes that come after an answer, however late, never pass for the next answer |
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


_FILES_HEAD = """
## Files

A file that a command reads may be hostile too: one that explodes when it is read, or that never ends. Each is refused with exit
code 4, in one line that says what is wrong, before anything is sent.

| the file | read as | exit code | s | MB |
| --- | --- | --: | --: | --: |
"""


def main(names: Sequence[str]) -> int:
    plain = _run(SERVERS["a-faithful-server"], "midst")[0]
    servers, wrong = _servers(names, plain.seconds * MOST_TIMES)
    if not names:
        files, more = _files(plain.seconds * MOST_TIMES)
        wrong += more
        head = _HEAD.format(short=SHORT, vendor=VENDOR.capitalize(), plain=plain, times=MOST_TIMES, memory=MOST_MEMORY)
        PAGE.write_text("\n".join([head + "\n".join(servers), _FILES_HEAD + "\n".join(files), ""]), encoding="utf-8")
    print("\n".join(f"not as expected: {each}" for each in wrong))  # noqa: T201
    return int(bool(wrong))


def _servers(names: Sequence[str], most_seconds: float) -> tuple[list[str], list[str]]:
    """A line for each server, and what is not as expected."""
    wrong, lines = [], []
    for server in SERVERS.values():
        if names and server.name not in names:
            continue
        positions = ("start",) if server.blind else ("start", "midst")
        told = {position: _run(server, position) for position in positions}
        for position, (run, _) in told.items():
            problem = _problem(run, int(server.expected(position, VENDOR)), most_seconds)
            wrong += [f"{server.name}, {position}: {problem}"] if problem else []
        lines.append(_row(server, told))
        print(lines[-1], flush=True)  # noqa: T201
    return lines, wrong


def _problem(run: Measured, expected: int, most_seconds: float) -> str:
    """What is not as expected of a run; empty where all is."""
    if run.exit != expected:
        return f"exit {run.exit} instead of {expected}"
    if run.peak >= MOST_MEMORY:
        return f"{run.peak:.0f} MB"
    return f"{run.seconds:.0f} s, {run.waited:.0f} s by the clock" if run.seconds >= most_seconds else ""


def _run(server: HostileServer, position: str) -> tuple[Measured, int]:
    """What was measured, and how many requests were sent."""
    with served(server, position, VENDOR) as (relay, running), tempfile.TemporaryDirectory() as directory:
        run = measured(["run", *options(server, relay, running, VENDOR, directory)], running.api_key)
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


# where a hostile file is read: its name, and the arguments of the command
_READ_AS = {
    "contract.yaml": ("contracts/coze/contract.yaml", ["run", "--contracts=contracts", "--vendor=coze"]),
    "requirements.yaml": ("contracts/coze/requirements.yaml", ["run", "--contracts=contracts", "--vendor=coze"]),
    "driftgate.toml": ("driftgate.toml", ["run"]),
    "a waiver file": ("waivers.yaml", ["run", "--vendor=coze", "--waivers=waivers.yaml"]),
    "a record": ("a.jsonl", ["report", "a.jsonl"]),
    "a vendor's page": ("page.md", ["docs", "coze", "page.md"]),
}
_HOSTILE_FILES = {
    "aliases that stand for 10^12 values": (
        FILES["exploding-aliases"][0],
        ["contract.yaml", "requirements.yaml", "a waiver file"],
    ),
    "100,000 brackets": (FILES["brackets"][0], ["contract.yaml", "driftgate.toml"]),
    "a link to /dev/zero": (FILES["dev-zero"][0], list(_READ_AS)),
    "a named pipe": (FILES["a-named-pipe"][0], list(_READ_AS)),
}


def _files(most_seconds: float) -> tuple[list[str], list[str]]:
    """A line for each hostile file, and what is not as expected."""
    lines, wrong = [], []
    for name, (make, read_as) in _HOSTILE_FILES.items():
        for each in read_as:
            run = _refused(make, *_READ_AS[each])
            problem = _problem(run, int(Exit.USAGE), most_seconds)
            wrong += [f"{name}, {each}: {problem}"] if problem else []
            lines.append(f"| {name} | {each} | {run.exit} | {run.seconds:.1f} | {run.peak:.0f} |")
            print(lines[-1], flush=True)  # noqa: T201
    return lines, wrong


def _refused(make: Callable[[Path], object], name: str, arguments: Sequence[str]) -> Measured:
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(CONTRACTS / VENDOR, Path(directory) / "contracts" / VENDOR)
        path = Path(directory) / name
        path.unlink(missing_ok=True)
        make(path)
        return measured(arguments, "some-key-of-a-test", Path(directory))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
