"""What a terminal shows in five situations, for docs/terminal.md: ``python -m tests.casts`` writes them anew.

What differs from run to run (times, ports, ids, the moment in a deep run) is replaced by words and numbers that do not.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty

PAGE = Path(__file__).parent.parent / "docs" / "terminal.md"
WIDTH = 100
MOST_LINES = 40
NOWHERE = "http://127.0.0.1:9"
_ESCAPE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")
_ERASED = re.compile(r"[^\n]*\x1b\[2K")  # what was on the line before it was cleared
_MOMENT = re.compile(r"coze: \d+ of 20000 requests[^\x1b]*examples?, \d+ steps?")
_PASSING = re.compile(r"\w+: \d+ of \d+ requests · |\d+ s · 1 of ")  # the line that changes, and is gone at the end
_UNSTEADY = (
    (re.compile(r"http://127\.0\.0\.1:\d{2,}"), "http://staging.example"),
    (re.compile(r"\d+ of 20000 requests · [^·]* ·"), "412 of 20000 requests · 9 s of about 1 min 2 s ·"),
    (re.compile(r"\d+ examples?, \d+ steps?"), "31 examples, 240 steps"),
    (re.compile(r"2 of (\d+) (coze\.lifecycle)\S+"), r"2 of \1 \2.…"),
    (re.compile(r"\b\d+\.\d+ ?s\b"), "0.6 s"),
    (re.compile(r"=+( .* in 0\.6 s )=+"), r"======\1======"),
    (re.compile(r"^platform .*$|^rootdir: .*$|^configfile: .*$|^collecting .*$", re.MULTILINE), ""),
    (re.compile(r"driftgate: \d+\.\d+\.\d+\S*"), "driftgate: VERSION"),
    (re.compile(r"driftgate [0-9a-f]{8}\b"), "driftgate NAME"),
    (re.compile(r"\b\d+ ms\b"), "5 ms"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:+]+"), "DATE"),
    (re.compile(r"\[Errno \d+\] "), ""),
)


@dataclass(frozen=True)
class Cast:
    """One situation: its heading, the command, and what the terminal shows."""

    title: str
    command: str
    shows: tuple[str, ...]

    def markdown(self) -> str:
        return "\n".join([f"## {self.title}", "", "```text", f"$ {self.command}", *self.shows, "```", ""])


def casts() -> Iterator[Cast]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield _cast("All promises are kept", folder, "--emulators", "--vendor=coze", "--profile=smoke")
        with _server("coze", "answered-but-not-stored", "answer-id-of-another-type") as options:
            yield _cast("Two mistakes, each told once", folder, *options, "-qq")
        nowhere = ("--vendor=coze", f"--base-url={NOWHERE}", "--param=bot_id=1", "--profile=smoke")
        yield _cast("The server does not answer", folder, *nowhere)
        with _server("coze") as options:
            _written(folder, [*options, "--report-dir=known"])
        with _server("coze", "answer-id-of-another-type") as options:
            yield _cast("Something changed since the baseline", folder, *options, "-qq", "--baseline=known")
        deep = ("--emulators", "--vendor=coze", "--profile=deep", "-k", "lifecycle or documented-request")
        yield _cast("A long run, on its way", folder, *deep, until=_MOMENT)


@contextmanager
def _server(vendor: str, *faults: str) -> Iterator[list[str]]:
    """The options of a run that judges a server with these faults."""
    running = start(faulty(vendor, faults) if faults else EMULATORS[vendor]())
    os.environ["DRIFTGATE_API_KEY"] = running.api_key
    params = [f"--param={name}={value}" for name, value in running.params.items() if name == "bot_id"]
    try:
        yield [f"--vendor={vendor}", f"--base-url={running.base_url}", *params, "--profile=smoke"]
    finally:
        running.stop()
        del os.environ["DRIFTGATE_API_KEY"]


def _cast(title: str, folder: Path, *options: str, until: re.Pattern[str] | None = None) -> Cast:
    written = _written(folder, options, until)
    return Cast(title, _steady(shlex.join(["driftgate", "run", *options])), tuple(screen(written)))


def screen(written: str) -> list[str]:
    """The lines that stay on the screen, without what differs from run to run."""
    moment = list(_MOMENT.finditer(written.replace("\r\n", " ")))
    text = _ESCAPE.sub("", _ERASED.sub("", written))
    text = "\n".join(line.rstrip("\r ").rpartition("\r")[2] for line in text.split("\n"))
    lines = _steady(text).split("\n")
    begin = next((number for number, line in enumerate(lines) if line.startswith("====") or "driftgate" in line), 0)
    kept = [line.rstrip() for line in lines[begin:]]
    told = [line for number, line in enumerate(kept) if line or (number and kept[number - 1])]
    if moment:
        last = max(number for number, line in enumerate(told) if "collected" in line)
        return [*told[: last + 1], _steady(_ESCAPE.sub("", moment[-1].group()))]
    return [line for line in told if line and not _PASSING.match(line)]


def _steady(text: str) -> str:
    for pattern, word in _UNSTEADY:
        text = pattern.sub(word, text)
    return text


def _written(folder: Path, options: Sequence[str], until: re.Pattern[str] | None = None) -> str:
    """All that a run writes to a terminal; or up to a moment, at which it is interrupted."""
    child, ours = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update({"TERM": "xterm", "COLUMNS": str(WIDTH), "NO_COLOR": "1"})
        os.environ.setdefault("DRIFTGATE_API_KEY", "a-key-of-a-test")
        os.execv(sys.executable, [sys.executable, "-m", "driftgate", "run", *options])
    written, seen = b"", ""
    try:
        while more := os.read(ours, 65536):
            written += more
            if until and not seen and until.search(written.decode(errors="replace").replace("\r\n", " ")):
                seen = written.decode(errors="replace")
                os.kill(child, signal.SIGINT)
    except OSError:  # the end, on Linux
        pass
    os.waitpid(child, 0)
    return seen or written.decode()


def page() -> str:
    """The whole page."""
    head = [
        "# What the terminal shows",
        "",
        "Five runs as a terminal of 100 columns shows them, made by `python -m tests.casts`. On a terminal one line says how far the",
        "run is; it is gone at the end. A log without a terminal gets such a line every 30 seconds. `-v` tells each requirement,",
        "`-qq` only the end. `NO_COLOR` turns colours off.",
        "",
    ]
    return "\n".join([*head, *(cast.markdown() for cast in casts())]).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
