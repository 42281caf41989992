"""Signals as the processes that tests start expect them, whoever started the tests."""

from __future__ import annotations

import signal


def let_children_take_signals() -> None:
    """Child processes get SIGINT and SIGHUP although this process was started to ignore them, as ``nohup`` does.

    A process hands on what it ignores, but not what it handles: this one goes on without them by a handler.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
