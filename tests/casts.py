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
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyte

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty

PAGE = Path(__file__).parent.parent / "docs" / "terminal.md"
WIDTH = 100
MOST_LINES = 40
_HIGH = 200  # lines of the terminal: nothing scrolls away
NOWHERE = "http://127.0.0.1:9"
MOMENT = re.compile(r"coze: \d+ of 20000 requests · .*\d+ examples?, \d+ steps?")
_UNSTEADY = (
    (re.compile(r"http://127\.0\.0\.1:\d{2,}"), "http://staging.example"),
    (re.compile(r"\d+ of 20000 requests · [^·]* ·"), "412 of 20000 requests · 9 s of about 1 min 2 s ·"),
    (re.compile(r"\d+ examples?, \d+ steps?"), "31 examples, 240 steps"),
    (re.compile(r"\d+ of (\d+) (coze\.lifecycle)\S+"), r"1 of \1 \2.created-is-read"),
    (re.compile(r"\b\d+\.\d+ ?s\b"), "0.6 s"),
    (re.compile(r"=+( .* in 0\.6 s )=+"), r"======\1======"),
    (re.compile(r"^platform .*$|^rootdir: .*$|^configfile: .*$|^collecting .*$", re.MULTILINE), ""),
    (re.compile(r"driftgate: \d+\.\d+\.\d+\S*"), "driftgate: VERSION"),
    (re.compile(r"driftgate [0-9a-f]{8}\b"), "driftgate NAME"),
    (re.compile(r"\b\d+ ms\b"), "5 ms"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:+]+"), "DATE"),
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
            _shown(folder, [*options, "--report-dir=known"])
        with _server("coze", "answer-id-of-another-type") as options:
            yield _cast("Something changed since the baseline", folder, *options, "-qq", "--baseline=known")
        deep = ("--emulators", "--vendor=coze", "--profile=deep", "-k", "lifecycle")
        yield _cast("A long run, on its way", folder, *deep, until=MOMENT)


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
    shown = screen(_shown(folder, options, until))
    return Cast(title, _steady(shlex.join(["driftgate", "run", *options])), tuple(shown))


def screen(written: pyte.Screen) -> list[str]:
    """The lines that are on the screen, without what differs from run to run."""
    lines = [line.rstrip() for line in written.display]
    for number in range(len(lines)):
        if moment := MOMENT.match(" ".join(lines[number:])):
            # wrapped anew, as what stands in it now is of another length
            lines[number:] = textwrap.wrap(_steady(moment.group()), WIDTH, break_on_hyphens=False)
            break
    return [line.rstrip() for line in _steady("\n".join(lines)).split("\n") if line]


def _steady(text: str) -> str:
    for pattern, word in _UNSTEADY:
        text = pattern.sub(word, text)
    return text


def _shown(folder: Path, options: Sequence[str], until: re.Pattern[str] | None = None) -> pyte.Screen:
    """A terminal at the end of a run; or at the moment at which it shows something, which ends the run."""
    child, ours = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update({"TERM": "xterm", "COLUMNS": str(WIDTH), "NO_COLOR": "1"})
        os.environ.setdefault("DRIFTGATE_API_KEY", "a-key-of-a-test")
        os.execv(sys.executable, [sys.executable, "-m", "driftgate", "run", *options])
    screen = pyte.Screen(WIDTH, _HIGH)
    terminal = pyte.ByteStream(screen)
    try:
        while more := os.read(ours, 65536):
            terminal.feed(more)
            if until and until.search(" ".join(line.rstrip() for line in screen.display)):
                os.kill(child, signal.SIGINT)
                break
    except OSError:  # the end, on Linux
        pass
    os.close(ours)
    os.waitpid(child, 0)
    return screen


def page() -> str:
    """The whole page."""
    head = [
        "# What the terminal shows",
        "",
        "Five runs as a terminal of 100 columns shows them, made by `python -m tests.casts`. On a terminal one line says how far the",
        "run is; it is gone at the end. A log without a terminal gets such a line every 30 seconds. `-v` tells each requirement,",
        "`-qq` a letter for each and the end. `NO_COLOR` turns colours off.",
        "",
    ]
    return "\n".join([*head, *(cast.markdown() for cast in casts())]).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
