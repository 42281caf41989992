"""Ctrl-C and requests to end: kept back until the step under way is done, so that nothing is left half known."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

# SIGHUP: the terminal was closed; not every system has it
_SIGNALS = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
_STANDARD_ERROR = 2
# packages whose calls take their time; "threading" and "xdist": where the process waits for those that do the work
_WAITING = frozenset({"httpcore", "socket", "ssl", "pyrate_limiter"})
_WATCHING = frozenset({"threading", "queue", "xdist", "execnet"})
_LONG_WAIT = 3.0  # seconds of one wait in the last step, after which a signal ends that, too
_A_MOMENT = 0.02  # seconds


class Interrupted(KeyboardInterrupt):
    """A signal, named by the message, asked the process to end."""


class Interrupts:
    """What signals do: the first ends the work at the next safe place, further ones where an answer is waited for.

    An exception raised wherever a signal happens to come can be lost (in a callback of the garbage collector, say) or
    cut a step in two. So it is raised between steps, or where an answer is waited for. In the last step, which
    restores, none is raised unless one wait takes long.
    """

    def __init__(self) -> None:
        self._former: dict[int, Any] = {}
        self._depth = 0
        self._notice = ""
        self._came: str | None = None
        self._times = 0
        self._ending = False
        self._watches = False
        self._kept = False
        self._since = 0.0
        self.came = False  # a signal, since ``catch``

    def catch(self, *, watches: bool = False) -> None:
        """Takes the signals over until ``release``; one that the process was started to ignore stays ignored.

        ``watches``: other processes do the work, and this one waits for them.
        """
        self._watches = watches
        if self._former or threading.current_thread() is not threading.main_thread():
            return
        self._came, self._times, self._ending, self.came = None, 0, False, False
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._take)

    @contextmanager
    def until_end(self) -> Generator[None, None, None]:
        """Signals that were taken over are released no sooner than at the end of this."""
        self._kept = True
        try:
            yield
        finally:
            self._kept = False
            self.release()

    def release(self) -> None:
        while self._former and not self._kept:
            number, former = self._former.popitem()
            signal.signal(number, signal.SIG_DFL if former is None else former)

    def check(self) -> None:
        """Raises Interrupted when a first signal came and no step is under way, or when a second one did."""
        if self._came and not self._ending and (self._times > 1 or not self._depth):
            raise self._ended(self._came)

    def waits(self) -> None:
        """Notes that a new wait for an answer begins."""
        self._since = time.monotonic()

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
        self.came = True
        package = frame.f_globals.get("__name__", "").partition(".")[0] if frame else ""
        if self._watches and not self._ending:
            if package in _WATCHING:
                raise self._ended(self._came)
            threading.Timer(_A_MOMENT, os.kill, (os.getpid(), number)).start()
        elif package in _WAITING and self._may_cut():
            raise self._ended(self._came)
        elif self._depth and self._notice and (self._ending or self._times == 1):
            os.write(_STANDARD_ERROR, f"\n{self._notice}\n".encode())

    def _may_cut(self) -> bool:
        """Whether a signal may cut a wait off: the second one, and in the last step one that comes late in it."""
        return time.monotonic() - self._since > _LONG_WAIT if self._ending else self._times > 1


interrupts = Interrupts()
