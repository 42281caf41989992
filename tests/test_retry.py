"""Waiting and asking again: bounded on our side, and only where a repeat can do no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from driftgate.contract import load_contract
from driftgate.emulator import EMULATORS, start
from driftgate.http.client import Budget, Client, RetriesExhausted
from driftgate.http.exchange import Answer, Request
from driftgate.http.retry import LONGEST_WAIT, Cause, RetryPolicy, cause_of
from tests.harness import judge_url, live_options

ROLES = ("create", "read", "rename", "delete")


class Time:
    """Time that passes when it is waited for, and not otherwise."""

    def __init__(self):
        self.now = 1000.0
        self.waits = []

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def time(monkeypatch):
    time = Time()
    monkeypatch.setattr("driftgate.http.retry.pause", time.pause)
    return time


def answer(status, **headers):
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, "application/json", told, b"{}", 0.0)


@pytest.mark.parametrize(
    ("cause", "roles"),
    [
        (Cause.UNREACHED, {"read", "rename", "delete"}),
        (Cause.EXCESS, {"read", "delete"}),
        (Cause.NOT_NOW, {"read", "rename", "delete"}),
        (Cause.LOST, {"read", "delete"}),
        (Cause.GATEWAY, {"read", "delete"}),
        (Cause.LATE, set()),
        (Cause.BROKEN, set()),
    ],
)
def test_only_what_can_do_no_harm_is_asked_again(cause, roles):
    assert {role for role in ROLES if RetryPolicy(100).allows_retry(role, cause, 0, None)} == roles


@pytest.mark.parametrize(
    ("status", "headers", "cause"),
    [
        (429, {}, Cause.NOT_NOW),
        (200, {}, Cause.NOT_NOW),
        (503, {"Retry_After": "1"}, Cause.NOT_NOW),
        (503, {}, Cause.GATEWAY),
        (502, {"Retry_After": "1"}, Cause.GATEWAY),
        (504, {}, Cause.GATEWAY),
    ],
)
def test_a_status_tells_whether_the_request_may_have_been_carried_out(status, headers, cause):
    assert cause_of(answer(status, **headers)) is cause


def test_waits_grow_and_end(time):
    retry = RetryPolicy(1000, time)
    repeats = 0
    while retry.allows_retry("read", Cause.NOT_NOW, repeats, answer(429)):
        retry.before()
        repeats += 1
    assert repeats == 6
    for number, wait in enumerate(time.waits):
        assert 0.5 * 2**number <= wait <= 2**number


def test_a_number_of_seconds_is_waited_for(time):
    retry = RetryPolicy(1000, time)
    assert retry.allows_retry("rename", Cause.NOT_NOW, 0, answer(429, retry_after="7"))
    retry.before()
    assert time.waits == [7]


def test_a_date_is_waited_for(time):
    retry = RetryPolicy(1000, time)
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry.allows_retry("rename", Cause.NOT_NOW, 0, answer(429, Retry_After=date))
    retry.before()
    assert 25 < time.waits[0] <= 30


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e9", "Thu, 99 Foo 2026 00:00:00 GMT", "²", "Mon, 01 Jan 0001"])
def test_a_header_that_says_nothing_is_passed_over(text, time):
    retry = RetryPolicy(1000, time)
    assert retry.allows_retry("read", Cause.NOT_NOW, 0, answer(429, Retry_After=text))
    retry.before()
    assert time.waits[0] <= 1


def test_a_date_that_has_passed_is_not_waited_for(time):
    retry = RetryPolicy(1000, time)
    assert retry.allows_retry("read", Cause.NOT_NOW, 0, answer(429, Retry_After="Sun, 06 Nov 1994 08:49:37 GMT"))
    retry.before()
    assert time.waits == []


@pytest.mark.parametrize("text", ["61", "3600", "9" * 1000, "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_who_asks_for_too_long_a_wait_is_left_alone_at_once(text, time):
    retry = RetryPolicy(1000, time)
    assert not retry.allows_retry("rename", Cause.NOT_NOW, 0, answer(429, Retry_After=text))
    retry.ended("rename", Cause.NOT_NOW)
    retry.before()
    assert "asked to be left alone" in retry.exhausted
    assert time.waits == []


def test_the_waits_of_a_run_have_a_bound_together(time):
    retry = RetryPolicy(100, time)
    for _ in range(20):
        retry.allows_retry("read", Cause.NOT_NOW, 0, answer(429, Retry_After="30"))
        retry.before()
    assert sum(time.waits) == 90
    assert max(time.waits) <= LONGEST_WAIT


def test_the_next_request_waits_too_when_the_target_asked_for_time(time):
    retry = RetryPolicy(100, time)
    assert not retry.allows_retry("create", Cause.NOT_NOW, 0, answer(429, Retry_After="5"))
    retry.ended("create", Cause.NOT_NOW)
    retry.before()
    assert time.waits == [5]


@pytest.mark.parametrize("cause", [Cause.UNREACHED, Cause.NOT_NOW, Cause.GATEWAY, Cause.LATE])
def test_three_in_a_row_are_enough(cause):
    retry = RetryPolicy(0)
    for _ in range(2):
        retry.ended("rename", cause)
        retry.ended("read", None)
        assert retry.exhausted is None
    retry.ended("rename", cause)
    assert "3 times in a row" in retry.exhausted


@pytest.mark.parametrize("between", [None, Cause.LOST, Cause.BROKEN])
def test_an_answer_in_between_starts_the_count_anew(between):
    retry = RetryPolicy(0)
    for cause in (Cause.LATE, Cause.LATE, between, Cause.LATE, Cause.LATE):
        retry.ended("rename", cause)
    assert retry.exhausted is None


class Busy(EMULATORS["coze"]):
    """Answers the first requests of each kind with 429, and asks for a wait."""

    times = 2
    after = "3"

    def __init__(self):
        super().__init__()
        self.asked = []

    def _busy(self, role):
        self.asked.append(role)
        reply = self.reply(429, {"code": 4009, "msg": "too many requests"})
        reply.headers["Retry-After"] = self.after
        return reply if self.asked.count(role) <= self.times else None

    async def rename(self, request):
        return self._busy("rename") or await super().rename(request)


def test_a_target_that_asks_for_time_gets_it_and_conforms(time):
    emulator = Busy()
    running = start(emulator)
    judged = judge_url("coze", running.base_url, live_options(running), key=running.api_key)
    running.stop()
    assert judged.exit == 0, judged.output
    assert judged.requests <= 60
    assert len(time.waits) == 2
    assert all(2.5 < wait <= 3 for wait in time.waits)
    outcomes = [row["outcome"] for row in judged.of("exchange") if row["role"] == "rename"]
    assert outcomes[:2] == ["unavailable", "unavailable"]
    assert set(outcomes[2:]) == {"success", "refusal"}


def test_a_target_that_is_always_busy_is_inconclusive_after_a_few_requests(time):
    emulator = Busy()
    emulator.times = 10**6
    emulator.after = "1"
    running = start(emulator)
    judged = judge_url("coze", running.base_url, live_options(running), key=running.api_key)
    running.stop()
    assert judged.exit == 6, judged.output
    assert judged.failed() == set()
    assert "the target has no time, 3 times in a row" in judged.output
    assert emulator.asked.count("rename") == 3 * 7
    assert judged.rows[-1]["not_restored"] == []


def test_the_budget_holds_for_repeats(time):
    emulator = Busy()
    emulator.times = 10**6
    running = start(emulator)
    options = [*live_options(running), "--max-requests=9"]
    judged = judge_url("coze", running.base_url, options, key=running.api_key)
    running.stop()
    assert judged.exit == 6, judged.output
    assert judged.requests <= 9
    assert judged.rows[-1]["not_restored"] == []


def test_who_gave_up_sends_nothing_more_but_to_clean_up():
    contract = load_contract("coze")
    retry = RetryPolicy(0)
    retry.exhausted = "the target does not answer"
    budget = Budget(5)
    client = Client("http://127.0.0.1:9", contract.outcomes, budget=budget, timeout=1, retry=retry)
    request = Request("delete", "DELETE", "/x")
    with pytest.raises(RetriesExhausted, match="does not answer"):
        client.send(request)
    assert budget.used == 0
    assert client.send(request, cleaning=True).answer is None
    assert budget.used == 1
