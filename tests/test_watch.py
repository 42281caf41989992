"""A watch over simulated days: each change told once, the budget kept, the disk bounded, no second watch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from driftgate.base.errors import UsageError
from driftgate.base.secret import Secret
from driftgate.commands import watch as command
from driftgate.emulator import EMULATORS
from driftgate.emulator.faults import faulty
from driftgate.http import webhook
from driftgate.record.reading import read_record
from driftgate.watch.round import Round
from driftgate.watch.settings import Settings, Watched, read_settings
from driftgate.watch.state import State, alone, read_state
from tests.harness import judge_emulator
from tests.records import copied

BEGIN = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LIMIT = "coze.rename.name-at-most-100"


def _record(emulator, folder):
    folder.mkdir()
    judge_emulator(emulator, [f"--report-dir={folder}", "--profile=smoke"])
    return read_record(folder / "coze.jsonl")


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """What a sound emulator and one with a fault come to, by profile smoke."""
    folder = tmp_path_factory.mktemp("records")
    sound, broken = EMULATORS["coze"](), faulty("coze", ["no-limit"])
    return {"sound": _record(sound, folder / "sound"), "broken": _record(broken, folder / "broken")}


class World:
    """Targets whose state is set by hand, a clock, and what was sent and told."""

    def __init__(self, folder: Path, records, **settings):
        self.records, self.now, self.states = records, BEGIN, {"one": "sound"}
        hooks = {"webhook": Secret("HOOK", "https://hook.example/secret")}
        given = {"targets": (Watched("one"),), "requests_per_day": 40, "hooks": hooks, **settings}
        self.settings = Settings(folder, **given)
        self.judged, self.requests, self.told, self.down = [], {}, [], False
        folder.mkdir(exist_ok=True)

    def judge(self, target, budget, folder):
        self.judged.append(target)
        folder.mkdir(parents=True, exist_ok=True)
        state = self.states[target]
        if state == "gone":
            self._spent(budget)
            return 6
        record = self.records[state]
        copied(record, folder / f"{target}.jsonl", self.now)
        self._spent(record.footer.requests)
        return record.footer.exit

    def _spent(self, requests):
        self.requests[self.now.date()] = self.requests.get(self.now.date(), 0) + requests

    def send(self, channel, value):
        if self.down:
            return "answered with HTTP status 500"
        self.told.append(value)
        return None

    def round(self, state="sound"):
        self.states["one"] = state
        each = Round(self.settings, read_state(self.settings.folder), self.judge, self.send, lambda: self.now)
        code = each.run()
        self.now += DAY
        self.lines = each.lines
        return code

    def kept(self):
        return sorted(path.name for path in (self.settings.folder / "records" / "one").iterdir())


def _rules(told):
    return [change["rule"] for each in told for change in each["changes"] if change["location"] == LIMIT]


def test_over_a_month_each_change_is_told_once_within_the_budget_and_on_bounded_disk(tmp_path, records):
    world = World(tmp_path, records, keep=5 * DAY)
    for day in range(60):
        broken = 10 <= day < 17 or 20 <= day < 22
        assert world.round("broken" if broken else "sound") == (8 if day in (10, 20) else 0), day
    assert _rules(world.told) == ["must-regressed", "must-fixed"] * 2
    assert len(world.told) == 4
    assert max(world.requests.values()) <= world.settings.requests_per_day
    # the first, both sides of each of four changes, and those of the last days
    days = [
        int((datetime.strptime(name[:10], "%Y-%m-%d").replace(tzinfo=UTC) - BEGIN + DAY).days) for name in world.kept()
    ]
    assert days == [0, 9, 10, 16, 17, 19, 20, 21, 22, *range(54, 60)]


def test_what_is_violated_at_first_is_told_and_then_no_more(tmp_path, records):
    world = World(tmp_path, records)
    assert [world.round("broken"), world.round("broken")] == [8, 0]
    assert _rules(world.told) == ["must-revealed"]


def test_a_first_record_is_compared_with_the_baseline(tmp_path, records):
    baseline = Watched("one", records["broken"].path)
    world = World(tmp_path, records, targets=(baseline,))
    assert [world.round("broken"), world.round("sound")] == [0, 0]
    assert _rules(world.told) == ["must-fixed"]


def test_a_target_that_cannot_be_judged_is_told_once_and_hides_no_change(tmp_path, records):
    world = World(tmp_path, records)
    codes = [world.round(state) for state in ("sound", "gone", "gone", "broken", "broken")]
    assert codes == [0, 6, 6, 8, 0]
    assert [each["says"].partition(": ")[2].partition(":")[0] for each in world.told][:2] == [
        "could not be judged",
        "is judged again",
    ]
    assert _rules(world.told) == ["must-regressed"]


def test_a_webhook_that_fails_loses_no_change_and_tells_none_twice(tmp_path, records):
    world = World(tmp_path, records)
    world.round()
    world.down = True
    assert [world.round("broken"), world.round("broken")] == [8, 6]
    assert "1 news wait for the next round" in world.lines[-1]
    world.down = False
    assert world.round("broken") == 0
    assert _rules(world.told) == ["must-regressed"]


def test_the_budget_of_a_day_goes_to_those_first_that_waited_longest(tmp_path, records):
    names = ("one", "two", "three")
    world = World(tmp_path, records, targets=tuple(map(Watched, names)), requests_per_day=35)
    world.states = dict.fromkeys(names, "gone")  # without a record, all that it might have sent counts
    for _ in range(3):
        assert world.round("gone") == 6
    assert world.judged == ["one", "two", "three"]
    assert max(world.requests.values()) <= 35


def test_a_round_that_may_judge_nothing_is_no_green(tmp_path, records):
    world = World(tmp_path, records, requests_per_day=20)
    world.round()
    world.now = BEGIN
    assert world.round() == 6
    assert "not judged" in world.lines[0]


def test_a_run_past_midnight_counts_on_both_days(tmp_path, records):
    world = World(tmp_path, records)
    times = iter([BEGIN, BEGIN + DAY, BEGIN + DAY])
    state = State()
    Round(world.settings, state, world.judge, world.send, lambda: next(times)).run()
    assert state.spent(BEGIN + DAY) == records["sound"].footer.requests


def test_a_second_watch_of_a_folder_refuses(tmp_path):
    with alone(tmp_path), pytest.raises(UsageError, match="another watch"), alone(tmp_path):
        pass


def test_a_state_that_is_damaged_is_no_empty_one(tmp_path):
    (tmp_path / "state.json").write_text('{"version": 1}')
    with pytest.raises(UsageError, match="move it away"):
        read_state(tmp_path)


def test_the_interval_is_kept_by_the_clock_that_is_given(tmp_path, records, capsys):
    world = World(tmp_path, records, hooks={})
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        world.now += timedelta(seconds=seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        command.watch(world.settings, once=False, judge=world.judge, clock=lambda: world.now, sleep=sleep)
    assert slept == [DAY.total_seconds()] * 3
    assert (tmp_path / "history.html").exists()
    assert capsys.readouterr().out.count("nothing new") == 2


CONFIG = '[watch]\nrequests_per_day = {}\n{}\n[targets.one]\nvendor = "coze"\nemulator = true\n'


@pytest.mark.parametrize(
    ("requests", "more", "says"),
    [
        (19, "", "takes up to 20"),
        (20, 'webhook = "$NO_SUCH_HOOK"', "NO_SUCH_HOOK is not set"),
        (20, 'slack = "http://hook.example/s3cret"', "neither an https:// URL"),
        (20, "budget = 3", "budget"),
    ],
)
def test_a_watch_that_cannot_work_is_refused_without_naming_the_address(tmp_path, requests, more, says):
    path = tmp_path / "driftgate.toml"
    path.write_text(CONFIG.format(requests, more))
    with pytest.raises(UsageError, match=says) as refused:
        read_settings(path)
    assert "s3cret" not in str(refused.value)


class _Hook(BaseHTTPRequestHandler):
    got: ClassVar[list[dict]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body))
        self.send_response(302 if "moved" in self.path else 204)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_webhook_gets_the_document_and_what_it_answers_counts():
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        assert webhook.post(Secret("HOOK", f"{base}/well"), {"a": 1}) is None
        assert webhook.post(Secret("HOOK", f"{base}/moved"), {"a": 2}) == "answered with HTTP status 302"
    finally:
        server.shutdown()
        server.server_close()
    assert _Hook.got == [{"a": 1}, {"a": 2}]
    assert "cannot be reached" in (webhook.post(Secret("HOOK", f"{base}/well"), {}) or "")


def test_slack_gets_text_that_mentions_nobody(tmp_path, records):
    world = World(tmp_path, records)
    world.settings = replace(world.settings, hooks={"slack": Secret("HOOK", "https://hook.example/x")})
    world.round("broken")
    assert list(world.told[0]) == ["text"]
    assert LIMIT in world.told[0]["text"]
    assert "<" not in world.told[0]["text"]
