"""A run whose main thread is stuck in C code ends, and what it changed can be restored."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

from driftgate.base.watchdog import Watchdog
from driftgate.emulator import EMULATORS, start
from tests.harness import live_options, run_main


def test_a_deaf_run_ends_and_its_journal_restores_everything(tmp_path):
    running = start(EMULATORS["coze"]())
    options = [f"--base-url={running.base_url}", *live_options(running), f"--report-dir={tmp_path / 'reports'}"]
    run = subprocess.Popen(
        [sys.executable, "-m", "driftgate", "run", "--vendor=coze", *options, "-p", "tests.stuck"],
        cwd=tmp_path,
        env={**os.environ, "DRIFTGATE_API_KEY": running.api_key, "PYTHONPATH": os.getcwd()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while run.poll() is None and not (tmp_path / "stuck").exists():
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    told = run.communicate()[1]
    assert run.returncode == -signal.SIGVTALRM
    # where it was stuck, without any text of the target
    assert re.search(r'File ".*tests/stuck.py", line \d+ in pytest_runtest_teardown', told), told
    assert running.api_key not in told
    assert len(running.stored()) > len(running.conversations)
    code, output = run_main(["restore", str(tmp_path / "reports" / "coze.journal")], key=running.api_key)
    assert code == 0, output
    assert [each.id for each in running.stored()] == list(running.conversations)
    running.stop()


def test_a_process_that_answers_lives_however_long_it_works():
    watchdog = Watchdog()
    watchdog.watch(1)
    began = time.process_time()
    while time.process_time() - began < 3:
        sorted(map(str, range(100)))
        json.dumps({"a": [1, 2, 3]}, indent=1)
    watchdog.release()


def test_the_watchdog_gives_back_what_it_took():
    watchdog = Watchdog()
    watchdog.watch()
    assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    watchdog.release()
    watchdog.release()
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL


def test_the_watchdog_leaves_timers_alone_that_somebody_else_uses():
    former = signal.signal(signal.SIGPROF, lambda *_: None)
    watchdog = Watchdog()
    watchdog.watch()
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    watchdog.release()
    assert signal.getsignal(signal.SIGPROF) is not signal.SIG_DFL
    signal.signal(signal.SIGPROF, former)
