"""What a run shows while it works, and how its end fits a terminal."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import sys

import pytest

from driftgate.commands.cli import main
from driftgate.emulator import start
from driftgate.emulator.faults import faulty
from driftgate.pytest_plugin.progress import Progress
from driftgate.report.terminal import fitted
from tests.harness import run_main

ESCAPE = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


def on_a_terminal(folder, *options, width=60, env=()):
    """The exit code and all that a run writes to a terminal of this width."""
    command = [sys.executable, "-m", "driftgate", "run", "--emulators", "--vendor=coze", "--profile=smoke", *options]
    child, ours = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update({"TERM": "xterm", "COLUMNS": str(width), **dict(env)})
        os.execv(sys.executable, command)
    written = b""
    try:
        while more := os.read(ours, 65536):
            written += more
    except OSError:  # the end, on Linux
        pass
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), written.decode()


def test_a_terminal_shows_how_far_the_run_is(tmp_path):
    code, written = on_a_terminal(tmp_path)
    plain = ESCAPE.sub("", written)
    assert code == 0
    assert re.search(r"coze: \d+ of 1000 requests · \d+ s of about \d+ s · \d+ of 53", plain)
    assert "[100%]" not in plain
    lines = [line.rstrip("\r") for line in plain.split("Requests: ")[1].split("\n")]
    assert max(map(len, lines[:-1])) <= 60, [line for line in lines if len(line) > 60]
    assert "driftgate: exit 0: embedded emulator: coze; no server" in lines[-3] + lines[-2]


class Terminal(io.StringIO):
    """What passes for a terminal in this process."""

    def isatty(self):
        return True


@pytest.fixture(scope="module")
def broken():
    running = start(faulty("coze", ["answered-but-not-stored", "answer-id-of-another-type"]))
    params = [f"--param={name}={value}" for name, value in running.params.items()]
    yield [f"--base-url={running.base_url}", *params], running.api_key
    running.stop()


@pytest.mark.parametrize(("options", "width"), [([], 60), (["-q"], 48), (["-vv"], 80), (["--co"], 60)])
def test_no_line_is_wider_than_the_terminal_but_for_curl(options, width, broken, tmp_path, monkeypatch):
    server, key = broken
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("DRIFTGATE_API_KEY", key)
    written = Terminal()
    with contextlib.redirect_stdout(written):
        main(["run", "--vendor=coze", "--profile=smoke", f"--report-dir={tmp_path}", *server, *options])
    shown = re.sub(r"[^\r\n]*\r(?!\n)", "", ESCAPE.sub("", written.getvalue()))  # a line is written over
    lines = [line for line in shown.splitlines() if not line.startswith(f"record: {tmp_path}")]
    assert not [line for line in lines if len(line) > width and "curl" not in line and str(tmp_path) not in line]
    assert "suites" not in shown


def test_without_colours_none_are_written(tmp_path):
    _, written = on_a_terminal(tmp_path, env={"NO_COLOR": "1"}.items())
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", written)


def test_very_quiet_is_silent_until_the_end(tmp_path):
    _, output = run_main(["run", "--emulators", "--vendor=coze", "--profile=smoke", "-qq", f"--report-dir={tmp_path}"])
    assert "%]" not in output.splitlines()[-1]
    assert output.splitlines()[-1].startswith("driftgate: exit 0")


def test_a_log_gets_a_line_now_and_then(tmp_path):
    with (tmp_path / "log").open("w") as log:
        progress = Progress([], log, on_terminal=False)
        progress.pytest_runtest_logstart("coze::coze.rename.name-required")
        progress.tell()
    assert (tmp_path / "log").read_text().startswith("\ndriftgate: 0 s · 0 of 0 coze.rename.name-required")


@pytest.mark.parametrize("width", [40, 80])
def test_nothing_is_wider_than_the_terminal_but_what_is_copied(width):
    curl = "  reproduce  curl -sS -X POST https://example.test/v1/a/very/long/path -H 'Content-Type: application/json'"
    told = fitted(f"  impact     {'words ' * 30}\n{curl}", width)
    assert curl in told.splitlines()
    assert max(len(line) for line in told.splitlines() if line != curl) <= width


def test_a_command_goes_on_in_the_next_line_as_a_shell_takes_it():
    told = fitted("  waive      driftgate waive coze coze.rename.name-persists --reason 'a long reason' --link x", 48)
    assert told.splitlines()[0].endswith(" \\")
    assert "'a long reason'" in told
