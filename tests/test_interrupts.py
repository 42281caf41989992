"""Signals, however many, end a run with 2, without a warning, and with everything restored."""

from __future__ import annotations

import os
import signal
import time
from types import SimpleNamespace

import pytest

from driftgate.base import interrupts as module
from driftgate.base.interrupts import Interrupted, Interrupts
from driftgate.emulator import EMULATORS
from tests.kills import names
from tests.sample import sample
from tests.test_restore import VENDORS, Case


@pytest.fixture
def taken():
    made = Interrupts()
    made.catch()
    yield made
    made.release()


def _frame(package):
    return SimpleNamespace(f_globals={"__name__": f"{package}.module"})


def _press(interrupts, package="driftgate", times=1):
    for _ in range(times):
        interrupts._take(signal.SIGINT, _frame(package))


def test_no_number_of_signals_raises_in_the_midst_of_a_step(taken):
    with pytest.raises(Interrupted), taken.held():
        _press(taken, times=5)


def test_the_second_signal_ends_a_wait(taken):
    with pytest.raises(Interrupted), taken.held():
        _press(taken, "httpcore", times=2)


def test_no_number_of_signals_ends_the_last_step(taken, capfd):
    with taken.finishing("restoring first"):
        taken.waits()
        for _ in range(5):
            _press(taken, "httpcore")
    assert capfd.readouterr().err.count("restoring first") == 5
    taken.check()
    assert taken.came


def test_a_signal_ends_a_long_wait_of_the_last_step(taken, monkeypatch):
    taken.waits()
    now = time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + 4)
    with pytest.raises(Interrupted), taken.finishing("restoring first"):
        _press(taken, "httpcore")


def test_who_waits_for_others_is_interrupted_in_the_wait_alone():
    made = Interrupts()
    made.catch(watches=True)
    try:
        _press(made, "json")
        with pytest.raises(Interrupted):
            _press(made, "threading")
    finally:
        made._ending = True
        time.sleep(0.1)  # the first one came again
        made.release()


def test_signals_are_released_no_sooner_than_at_the_end():
    made, before = Interrupts(), signal.getsignal(signal.SIGTERM)
    with made.until_end():
        made.catch()
        made.release()
        assert signal.getsignal(signal.SIGTERM) == made._take
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(
    ("vendor", "times", "at"),
    sample(
        [(vendor, times, at) for vendor in VENDORS for times in (1, 2, 3, 4) for at in (1, 12, 20, -3, -1)],
        lambda vendor, times, at: (times in (2, 3), min(at, 1)),
    ),
)
def test_any_number_of_signals_ends_with_2_and_everything_restored(tmp_path, vendor, times, at):
    case = Case(tmp_path, EMULATORS[vendor]())
    if at < 0:
        assert case.judge(*case.options, "-q")[0] == 0
        at += case.requests + 1
        case.running.stop()
        case = Case(tmp_path, EMULATORS[vendor]())
    code, output = case.run_with_signals(*case.options, then={at: [signal.SIGINT] * times})
    case.running.stop()
    assert code == 2, output
    assert "Traceback" not in output
    assert "nraisable" not in output
    assert names(case.emulator) == case.before
    assert not case.path.exists()


@pytest.mark.parametrize(
    ("times", "everybody"),
    sample(
        [(times, everybody) for times in (1, 2, 4) for everybody in (True, False)], lambda times, everybody: everybody
    ),
)
def test_workers_restore_everything_too(tmp_path, times, everybody):
    """As a terminal sends Ctrl-C to all processes, and as somebody sends it to the first one alone."""
    case = Case(tmp_path)
    processes = []

    def hook(number, kind):
        if (number, kind) == (15, "requested"):
            for _ in range(times):
                (os.killpg if everybody else os.kill)(processes[0].pid, signal.SIGINT)
                time.sleep(0.05)
        return False

    case.hook = hook
    processes.append(case.begin("-n2", *case.options))
    output = processes[0].communicate()[0]
    deadline = time.monotonic() + 20
    while case.path.exists() and time.monotonic() < deadline:
        time.sleep(0.1)  # a worker may end after the process that began it
    case.running.stop()
    assert processes[0].returncode == 2, output
    assert "nraisable" not in output
    assert names(case.emulator) == case.before
    assert not case.path.exists()
