"""Ends a process whose main thread is stuck in C code, such as a pattern, and so deaf: nothing in Python stops it.

Two timers of the operating system count the processor time that the process uses, not the time that it waits. The main
thread answers the first one, if it can, and winds the second one up again where it has come on since. The second one
has no handler in Python: it writes to standard error where the process is stuck, and ends it. So it works although the
stuck thread holds Python's lock. Nothing is put back then; the journal on disk says what to restore.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
from types import FrameType

LONGEST = 60.0  # seconds of processor time in one place
_BEAT = 0.02  # of them from one answer to the next
_STANDARD_ERROR = 2


class Watchdog:
    """Watches from ``watch`` to ``release``, at most once at a time."""

    def __init__(self) -> None:
        self._output: int | None = None

    def watch(self, longest: float = LONGEST) -> None:
        """Does nothing where somebody else uses the timers, or in any thread but the main one."""
        free = all(signal.getsignal(number) is signal.SIG_DFL for number in (signal.SIGPROF, signal.SIGVTALRM))
        if self._output is not None or not free or threading.current_thread() is not threading.main_thread():
            return
        # standard error as it is now: whoever redirects it later would swallow the report
        self._output = os.dup(_STANDARD_ERROR)
        faulthandler.register(signal.SIGVTALRM, file=self._output, all_threads=False, chain=True)

        seen: tuple[int, int] | None = None

        def answer(number: int, frame: FrameType | None) -> None:
            """Patterns call handlers while they are stuck, but from the same instruction every time."""
            nonlocal seen
            now = (id(frame), frame.f_lasti) if frame else None
            if now != seen:
                seen = now
                signal.setitimer(signal.ITIMER_VIRTUAL, longest)

        signal.signal(signal.SIGPROF, answer)
        signal.setitimer(signal.ITIMER_VIRTUAL, longest)
        signal.setitimer(signal.ITIMER_PROF, longest * _BEAT, longest * _BEAT)

    def release(self) -> None:
        if self._output is None:
            return
        for timer in (signal.ITIMER_PROF, signal.ITIMER_VIRTUAL):
            signal.setitimer(timer, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        faulthandler.unregister(signal.SIGVTALRM)
        with contextlib.suppress(OSError):
            os.close(self._output)
        self._output = None


watchdog = Watchdog()
