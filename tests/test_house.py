"""What the tests of driftgate's own hold themselves to: they pass whoever starts them, and leave the checkout alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT, written

IGNORED = (signal.SIGINT, signal.SIGHUP)
# what a child process of the tests does with these signals
HANDED_ON = """
import subprocess, sys
from tests.signals import let_children_take_signals
let_children_take_signals()
child = "import signal; print(*(signal.getsignal(number) is signal.SIG_IGN for number in (2, 1)))"
subprocess.run([sys.executable, "-c", child])
"""


def _ignore_signals() -> None:
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)


def test_child_processes_take_signals_that_the_tests_ignore():
    command = [sys.executable, "-c", HANDED_ON]
    ran = subprocess.run(
        command, cwd=ROOT, preexec_fn=_ignore_signals, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split() == ["False", "False"], ran.stderr


@pytest.mark.parametrize("change", ["a new file", "a changed file", "a file that is gone"])
def test_a_file_that_a_test_writes_into_the_checkout_is_noticed(change, tmp_path):
    (tmp_path / "folder").mkdir()
    kept = tmp_path / "folder" / "kept"
    kept.write_text("before")
    os.utime(kept, (0, 0))
    before = written(tmp_path)
    assert written(tmp_path) == before
    if change == "a new file":
        (tmp_path / "folder" / "new").touch()
    elif change == "a changed file":
        kept.write_text("after")
    else:
        kept.unlink()
    assert written(tmp_path) != before
