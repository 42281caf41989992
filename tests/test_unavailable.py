"""A target that does not answer, or not now, is inconclusive; it is never the vendor's violation."""

from __future__ import annotations

import socket

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from tests.harness import judge_url, live_options


def _judged(emulator, *options):
    running = start(emulator)
    try:
        return judge_url(
            emulator.vendor, running.base_url, ["--max-wait=0", *live_options(running), *options], key=running.api_key
        )
    finally:
        running.stop()


def _answering(vendor, status, body):
    """An emulator that answers every rename with this."""

    class Answering(EMULATORS[vendor]):
        async def rename(self, request):
            return self.reply(status, body)

    return Answering()


@pytest.mark.parametrize(
    ("vendor", "status", "body"),
    [
        ("dify", 429, {"code": "too_many_requests", "message": "", "status": 429}),
        ("dify", 503, {"code": "unavailable", "message": "", "status": 503}),
        ("coze", 200, {"code": 4020, "msg": "too many requests"}),
        ("nuwax", 200, {"code": "4290", "message": "too many requests"}),
    ],
)
def test_a_target_that_never_has_time_is_inconclusive_within_the_budget(vendor, status, body):
    judged = _judged(_answering(vendor, status, body))
    assert judged.exit == 6, judged.output
    assert judged.failed() == set()
    assert judged.requests <= 60


def test_a_server_that_accepts_and_never_answers_is_inconclusive():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        judged = judge_url("coze", url, ["--param=bot_id=1", "--timeout=0.3"])
    assert judged.exit == 6
    assert "no answer within 0.3 s; check the base URL" in judged.output.replace("(", "").replace(")", "")


def test_an_unavailable_target_leaves_what_was_judged_before():
    class Tiring(EMULATORS["coze"]):
        renames = 0

        async def rename(self, request):
            self.renames += 1
            if self.renames > 12:
                return self.reply(503, {"code": 5000, "msg": "try later"})
            return await super().rename(request)

    judged = _judged(Tiring())
    assert judged.exit == 6, judged.output
    assert judged.verdicts["coze.rename.name-required"] == "pass"
    assert judged.verdicts["coze.rename.name-persists"] == "inconclusive"
    assert judged.failed() == set()


def test_a_violation_outranks_inconclusive():
    class Tiring(faulty("coze", ["answered-but-not-stored"]).__class__):
        renames = 0

        async def rename(self, request):
            self.renames += 1
            if self.renames > 15:
                return self.reply(503, {"code": 5000, "msg": "try later"})
            return await super().rename(request)

    assert _judged(Tiring()).exit == 1


def test_a_rate_is_asked_for_before_every_request(monkeypatch):
    asked = []

    class Counting:
        def __init__(self, rate, **_):
            self.interval = rate.interval

        def try_acquire(self, _):
            asked.append(self.interval)

    monkeypatch.setattr("pyrate_limiter.Limiter", Counting)
    judged = _judged(EMULATORS["coze"](), "--rate=4", "--profile=smoke")
    assert asked == [250] * judged.requests


def test_a_redirect_is_not_followed_and_is_a_finding():
    followed = []

    class Elsewhere(faulty("dify", ["redirects"]).__class__):
        def endpoints(self):
            async def elsewhere(request):
                followed.append(request.url.path)
                return self.reply(200, {})

            return [*super().endpoints(), ("GET", "/elsewhere", elsewhere), ("POST", "/elsewhere", elsewhere)]

    judged = _judged(Elsewhere())
    assert judged.exit == 1
    assert "undocumented answer: HTTP 302" in judged.output
    assert followed == []


def test_a_kept_connection_that_was_closed_is_opened_again():
    class Closing(EMULATORS["nuwax"]):
        def reply(self, status, body):
            answer = super().reply(status, body)
            answer.headers["connection"] = "close"
            return answer

    assert _judged(Closing()).exit == 0
