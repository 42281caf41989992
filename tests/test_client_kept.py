"""The record of a client is there while it is judged, and survives a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from driftgate import UsageError
from driftgate.client.judge import ClientJudge
from driftgate.contract.client import load_client_contract
from driftgate.record.reading import read_exchanges, read_record
from tests.harness import run_main
from tests.miniatures import call

KEY = "pat_a_real_key_of_somebody"


def judge():
    return ClientJudge(load_client_contract("coze"), name="coze-client")


def test_each_exchange_is_in_the_file_before_the_next_and_holds_no_key(tmp_path):
    path, judging = tmp_path / "coze-client.jsonl", judge()
    with judging.keeping(path):
        for number in (1, 2):
            judging(call(name=KEY, key=KEY))
            assert len(read_exchanges(path)) == number
        assert KEY not in path.read_text()
        with pytest.raises(UsageError, match="is incomplete"):
            read_record(path)
    judging.result(path)
    assert len(read_record(path).exchanges) == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_came_in_a_body_first_is_in_no_record_at_the_end(tmp_path):
    path, judging = tmp_path / "coze-client.jsonl", judge()
    with judging.keeping(path):
        judging(call(name=KEY, key="pat_another"))
        judging(call(name="A", key=KEY))
    judging.result(path)
    assert KEY not in path.read_text()


def test_a_line_that_was_written_in_part_is_left_out(tmp_path):
    path, judging = tmp_path / "coze-client.jsonl", judge()
    with judging.keeping(path):
        judging(call(name="A", key=KEY))
    with path.open("a") as file:
        file.write('{"record": "exch')
    assert len(read_exchanges(path)) == 1


def test_a_place_that_cannot_be_written_to_is_told_at_once(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(UsageError, match="cannot be written to"), judge().keeping(tmp_path / "reports" / "a.jsonl"):
        pass


def test_an_earlier_record_stays_until_something_is_judged(tmp_path):
    path = tmp_path / "coze-client.jsonl"
    path.write_text("an earlier record")
    with judge().keeping(path):
        assert path.read_text() == "an earlier record"


def test_what_a_killed_command_saw_is_judged_afterwards(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = [sys.executable, "-m", "driftgate", "emulate", "coze", "--json", "--judge-client"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        facts = json.loads(process.stdout.readline())
        url = f"{facts['base_url']}/v1/conversations/{facts['conversations'][0]}"
        headers = {"Authorization": f"Bearer {facts['api_key']}"}
        httpx.put(url, json={"name": "x" * 101}, headers=headers, trust_env=False)
        process.send_signal(signal.SIGKILL)
    code, output = run_main(["judge", "--cassettes", "reports/client", "--vendor", "coze"])
    assert code == 1
    assert "coze.client.rename-name-at-most-100 (must)" in output
    assert Path("reports/client/coze-client.jsonl").exists()
