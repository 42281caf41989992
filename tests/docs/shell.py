"""A terminal: a shell that is given one command after the other, as somebody types them who follows a page."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from pathlib import Path

PATIENCE = 120.0  # seconds, for what never ends
_TO_END = 2.0  # seconds, for what ends when it is told to
_MARK = "that was all of"


class Stuck(Exception):
    """A command neither ended nor printed what was waited for; what it printed."""


class Shell:
    """A shell in a folder. What it sets, where it goes and its last exit code stay from command to command."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._count = 0
        self.busy = False
        self.code = 0
        self._type("trap : INT")  # Ctrl-C is for what runs in it

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Stuck, ProcessLookupError):
            self.interrupt()
        with suppress(BrokenPipeError, subprocess.TimeoutExpired):
            self._stdin.close()
            self._process.wait(_TO_END)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._stdout.close()

    def run(self, command: str) -> list[str]:
        """The lines that a command printed when it has ended. Raises Stuck."""
        self._begin(command)
        return self._until(lambda _: False)

    def leave_running(self, command: str, ready: Callable[[list[str]], bool]) -> list[str]:
        """The lines that a command printed that goes on running, once they are what is waited for. Raises Stuck."""
        self._begin(command)
        lines = self._until(ready)
        if not self.busy:
            raise Stuck("\n".join([*lines, "(it has ended)"]))
        return lines

    def interrupt(self) -> None:
        """Ctrl-C for what is left running; once more where it came before there was anything to end. Raises Stuck."""
        for last in (False, False, False, False, True):
            if self.busy:
                os.killpg(self._process.pid, signal.SIGINT)
                with nullcontext() if last else suppress(Stuck):
                    self._until(lambda _: False, patience=_TO_END)

    def _begin(self, command: str) -> None:
        self.interrupt()
        self._count += 1
        self.busy = True
        # the exit code is handed on, so that the next command sees it as $?
        self._type(
            f"(exit ${{_code:-0}}); {{ {command}\n}} </dev/null; _code=$?; printf '\\n{_MARK} {self._count} %d\\n' $_code"
        )

    def _type(self, text: str) -> None:
        self._stdin.write(f"{text}\n")
        self._stdin.flush()

    def _until(self, enough: Callable[[list[str]], bool], patience: float = PATIENCE) -> list[str]:
        lines: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=patience)
            except queue.Empty:
                raise Stuck("\n".join(lines)) from None
            if line is None or line.startswith(f"{_MARK} {self._count} "):
                self.busy = False
                self.code = int((line or "0").rpartition(" ")[2])
                # the mark stands on a line of its own, after an end of line that is ours
                return lines[:-1] if lines[-1:] == [""] else lines
            lines.append(line)
            if enough(lines):
                return lines

    def _read(self) -> None:
        for line in self._stdout:
            self._lines.put(line.rstrip())
        self._lines.put(None)
