"""``--wait-ready`` waits for a target that is starting, and ``--shard`` judges a part of the targets."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from driftgate.emulator import EMULATORS, start
from tests.harness import live_options, run_main

THREE = "\n".join(f'[targets.{name}]\nvendor = "coze"\nemulator = true' for name in ("a", "b", "c"))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run_smoke(base_url, *options, key="some-key-of-a-test"):
    given = ["--vendor=coze", f"--base-url={base_url}", "--profile=smoke", "--param=bot_id=1", *options]
    return run_main(["run", *given], key=key)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gateway(BaseHTTPRequestHandler):
    """Answers 503 to everything, and keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self):
        self.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_target_that_starts_late_is_waited_for(tmp_path):
    port = free_port()
    started = []
    begin = threading.Timer(1.5, lambda: started.append(start(EMULATORS["coze"](), port=port)))
    begin.start()
    code, output = run_smoke(f"http://127.0.0.1:{port}", "--wait-ready=60")
    begin.join()
    started[0].stop()
    assert "was not ready" not in output
    assert code != 0  # it has another key: the target answered, and was judged


def test_a_target_that_never_starts_is_inconclusive_and_says_why():
    code, output = run_smoke(f"http://127.0.0.1:{free_port()}", "--wait-ready=0.1")
    assert code == 6
    assert "it was not ready after 0.1 s (--wait-ready): " in output
    assert "Connection refused" in output


def test_a_gateway_that_answers_503_is_not_ready_and_gets_no_key():
    Gateway.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code, output = run_smoke(f"http://127.0.0.1:{server.server_port}/v1", "--wait-ready=0.1")
    server.shutdown()
    server.server_close()
    assert code == 6
    assert "it was not ready after 0.1 s (--wait-ready): HTTP 503" in output
    assert set(Gateway.asked) == {("/v1/", None)}


def test_waiting_takes_nothing_from_the_budget():
    running = start(EMULATORS["coze"]())
    options = [each for each in live_options(running) if each != "--allow-cost"]
    given = ["run", "--vendor=coze", f"--base-url={running.base_url}", "--profile=smoke", *options]
    (_, plain), (code, waiting) = (run_main([*given, *more], key=running.api_key) for more in ([], ["--wait-ready=9"]))
    running.stop()
    assert code == 0
    assert [line.split(" requests")[0] for line in plain.splitlines() if " requests · " in line] == [
        line.split(" requests")[0] for line in waiting.splitlines() if " requests · " in line
    ]


def test_shards_judge_each_target_once(tmp_path):
    Path("driftgate.toml").write_text(THREE)
    for shard in ("1/2", "2/2"):
        code, _ = run_main(["run", "--profile=smoke", f"--shard={shard}", f"--report-dir=shard-{shard[0]}"])
        assert code == 0
    judged = sorted(path.name for path in tmp_path.glob("shard-*/*.jsonl"))
    assert judged == ["a.jsonl", "b.jsonl", "c.jsonl"]
    code, output = run_main(["merge", "shard-1", "shard-2", "--report-dir=merged", "--expect=a", "--expect=b"])
    assert code == 0, output


@pytest.mark.parametrize(
    ("shard", "words"),
    [
        ("4/4", "--shard 4/4: has no target; there are only 3"),
        ("0/3", "--shard 0/3: K goes from 1 to N"),
        ("3/2", "--shard 3/2: K goes from 1 to N"),
        ("two", "--shard two: is not K/N, such as 1/3"),
    ],
)
def test_a_shard_that_cannot_be_is_refused(shard, words):
    Path("driftgate.toml").write_text(THREE)
    code, output = run_main(["run", f"--shard={shard}"])
    assert code == 4
    assert words in output
