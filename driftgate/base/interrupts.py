"""Ctrl-C and requests to end: kept back until the step under way is done, so that nothing is left half known."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

# SIGHUP: the terminal was closed; not every system has it
_SIGNALS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
_STANDARD_ERROR = 2
_WAITING = frozenset({"httpcore", "socket", "ssl", "pyrate_limiter"})  # packages whose calls take their time


class Interrupted(KeyboardInterrupt):
    """A signal, named by the message, asked the process to end."""


class Interrupts:
    """What signals do: the first ends the work at the next safe place, a second one sooner, a third one at once.

    An exception raised wherever a signal happens to come can be lost (in a callback of the garbage collector, say) or
    cut a step in two. So the first is raised between steps, and the second where an answer is waited for.
    """

    def __init__(self) -> None:
        self._former: dict[int, Any] = {}
        self._depth = 0
        self._notice = ""
        self._came: str | None = None
        self._times = 0
        self._ending = False
        self._at_once = False

    def catch(self, *, at_once: bool = False) -> None:
        """Takes the signals over until ``release``; one that the process was started to ignore stays ignored.

        ``at_once`` is for a process whose steps others take.
        """
        self._at_once = at_once
        if self._former or threading.current_thread() is not threading.main_thread():
            return
        self._came, self._times, self._ending = None, 0, False
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._take)

    def release(self) -> None:
        while self._former:
            number, former = self._former.popitem()
            signal.signal(number, signal.SIG_DFL if former is None else former)

    def check(self) -> None:
        """Raises Interrupted when a first signal came and no step is under way, or when a second one did."""
        if self._came and (self._times > 1 or (not self._depth and not self._ending)):
            raise self._ended(self._came)

    def _ended(self, name: str) -> Interrupted:
        self._came, self._times, self._ending = None, 0, True
        return Interrupted(name)

    @contextmanager
    def held(self, notice: str = "") -> Generator[None, None, None]:
        """A step that a first signal does not cut off. ``notice`` is what whoever sends one is told meanwhile."""
        self.check()
        if self._depth == 0:
            self._notice = notice
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        self.check()

    @contextmanager
    def finishing(self, notice: str) -> Generator[None, None, None]:
        """The last step: after it there is nothing left to interrupt."""
        self._came, self._times, self._ending = None, 0, True
        with self.held(notice):
            yield

    def _take(self, number: int, frame: FrameType | None) -> None:
        self._times += 1
        self._came = signal.Signals(number).name
        package = frame.f_globals.get("__name__", "").partition(".")[0] if frame else ""
        if self._at_once or self._times > 2 or (self._times == 2 and package in _WAITING):
            raise self._ended(self._came)
        if self._times == 1 and self._depth and self._notice:
            os.write(_STANDARD_ERROR, f"\n{self._notice}\n".encode())


interrupts = Interrupts()
