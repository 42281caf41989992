"""Connections that break now and then end with a verdict, and all reports agree on it."""

from __future__ import annotations

import json
import random
import time
from xml.etree import ElementTree

import pytest
from starlette.responses import Response

from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS
from driftgate.http.connection import Connection
from tests.kills import later, names
from tests.sample import sample
from tests.test_restore import VENDORS, Case

_LOST = 0.05  # of the requests before they are carried out, and as many afterwards
_REFUSED = 0.05
_LATENCY = 2.0  # seconds for every answer, by the clock that the run looks at


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch):
    """Time does not pass, but runs believe that it did."""
    monkeypatch.setattr("driftgate.http.retry.pause", lambda seconds: None)


class Clock:
    """A clock that can be moved on, so that an answer takes seconds for which nobody waits."""

    ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch):
    """The clock that limits the time of answers."""
    made = Clock()
    monkeypatch.setattr(Connection.__init__, "__defaults__", (made,))
    return made


def _slow(clock, kind):
    clock.ahead += _LATENCY if kind == "carried out" else 0.0


def _flaky(folder, vendor, seed, clock):
    """A slow server of whose answers one in ten is lost, and one in twenty is 429 or 502."""
    chance = random.Random(seed)

    class Flaky(EMULATORS[vendor]):
        def endpoints(self):
            return [(method, path, _now_and_then(act, chance)) for method, path, act in super().endpoints()]

    case = Case(folder, Flaky())

    def hook(number, kind):
        _slow(clock, kind)
        return chance.random() < _LOST

    case.hook = hook
    case.calm = lambda: setattr(chance, "random", lambda: 1.0)
    return case


def _now_and_then(act, chance):
    async def acting(request):
        if chance.random() < _REFUSED:
            return Response(status_code=chance.choice((429, 502)))
        return await act(request)

    return acting


@pytest.mark.parametrize(
    ("vendor", "seed"), sample([(vendor, seed) for seed in range(8) for vendor in VENDORS], lambda vendor, seed: vendor)
)
def test_intermittent_connections_end_with_a_verdict(tmp_path, vendor, seed, clock):
    case = _flaky(tmp_path, vendor, seed, clock)
    junit = tmp_path / "junit.xml"
    code, output = case.judge("-q", "--max-requests=200", "--max-wait=1000", f"--junitxml={junit}")
    rows = map(json.loads, (tmp_path / f"{vendor}.jsonl").read_text().splitlines())
    left_open = {row["requirement"] for row in rows if row.get("verdict") == "inconclusive" and row["level"] == "must"}
    # what costs money each time is not asked again
    assert left_open <= {row.id for row in load_contract(vendor).requirements if row.costs}, output
    left = case.path.exists()  # a deletion that was lost three times
    assert code == (6 if left_open or left else 0), output
    case.calm()
    with later():
        assert not left or case.restore()[0] == 0
    case.running.stop()
    assert names(case.emulator) == case.before
    suite = ElementTree.parse(junit).getroot().find("testsuite")
    assert suite.get("failures") == "0"
    assert (suite.get("errors") == "0") is (code == 0)


@pytest.mark.parametrize(("timeout", "expected"), [(3, 0), (1, 6)])
def test_slow_answers_are_waited_for_as_long_as_the_timeout_allows(tmp_path, clock, timeout, expected):
    case = Case(tmp_path)
    case.hook = lambda number, kind: _slow(clock, kind)
    code, output = case.judge("-q", "--profile=smoke", f"--timeout={timeout}", "--max-wait=0")
    case.running.stop()
    assert code == expected, output


def test_a_rename_whose_answer_was_lost_is_sent_again(tmp_path):
    case = Case(tmp_path)
    lost = []

    def hook(number, kind):
        lost.append(number)
        return number == 14 and kind == "carried out"

    case.hook = hook
    code, output = case.judge("-q")
    case.running.stop()
    assert code == 0, output
    assert names(case.emulator) == case.before


@pytest.mark.parametrize("kind", ["requested", "carried out"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_creation_whose_answer_was_lost_is_looked_for_or_made_anew(tmp_path, vendor, kind):
    case = Case(tmp_path, EMULATORS[vendor]())
    case.hook = lambda number, then: (number, then) == (1, kind)
    code, output = case.judge("-q", "--max-requests=100")
    case.running.stop()
    assert code == 0, output
    assert names(case.emulator) == case.before
    assert not case.path.exists()


def test_a_creation_that_may_be_under_way_stays_in_the_journal_where_the_run_may_not_wait(tmp_path):
    case = Case(tmp_path)
    case.hook = lambda number, kind: (number, kind) == (1, "requested")
    code, output = case.judge("-q", "--max-wait=0")
    assert code == 6, output
    assert "it is not there yet; repeat in 60 s" in output
    with later():
        assert case.restore()[0] == 0
    case.running.stop()


def test_a_target_that_answers_to_no_rename_is_not_asked_again_and_again(tmp_path):
    class Deaf(EMULATORS["coze"]):
        async def rename(self, request):
            return Response(status_code=502)

    case = Case(tmp_path, Deaf())
    code, output = case.judge("-q")
    case.running.stop()
    assert code == 6, output
    assert case.requests < 30
