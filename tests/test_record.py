"""The record: valid, complete, redacted, and the same thing that the run told."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import replace

import httpx
import pytest

from driftgate.base.secret import Redactor, Secret
from driftgate.contract.schemas import file_schema, first_problem
from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from driftgate.record.record import RecordWriter
from driftgate.record.rows import RecordedExchange, line_of, row_of
from tests.harness import judge, judge_url, live_options, run_main


@pytest.fixture(scope="module")
def failing():
    return judge("dify", ["user-optional", "unknown-without-code", "invalid-utf-8-fails", "times-as-floats"])


def test_every_line_is_valid_under_the_schema(failing):
    for row in failing.rows:
        assert first_problem(file_schema("record"), row) is None, row


def test_the_lines_come_in_the_order_of_the_flow(failing):
    kinds = list(dict.fromkeys(row["record"] for row in failing.rows))
    assert kinds[0] == "header"
    assert kinds[-1] == "footer"
    assert set(kinds) == {"header", "exchange", "finding", "verdict", "observation", "shape", "footer"}


def test_findings_point_to_exchanges_of_the_record(failing):
    numbers = {row["number"] for row in failing.of("exchange")}
    assert failing.of("finding")
    assert all(row["exchange"] in numbers for row in failing.of("finding"))


def test_fingerprints_are_the_same_when_the_same_thing_is_wrong_again(failing):
    again = judge(
        "dify", ["user-optional", "unknown-without-code", "invalid-utf-8-fails", "times-as-floats"], ["--seed=3"]
    )
    assert {row["fingerprint"] for row in failing.of("finding")} == {row["fingerprint"] for row in again.of("finding")}


def test_all_violated_expectations_of_an_answer_are_reported():
    judged = judge("dify", ["unknown-without-code", "unknown-without-message"])
    pointers = {
        row["pointer"] for row in judged.of("finding") if row["requirement"].endswith("unknown-conversation-refused")
    }
    assert pointers == {"/code", "/message"}


def test_the_shapes_tell_members_types_and_how_often(failing):
    shapes = {(row["role"], row["outcome"], row["pointer"]): row for row in failing.of("shape")}
    assert shapes["rename", "success", "/created_at"]["types"].keys() == {"number"}
    assert shapes["read", "success", "/data/*/created_at"]["types"].keys() == {"integer"}
    refusal = shapes["rename", "refusal", "/code"]
    assert 0 < refusal["seen"] < refusal["of"]


def test_no_key_is_in_the_record_or_in_the_output():
    running = start(_Echoing())
    judged = judge_url("dify", running.base_url, [*live_options(running), "-vv", "--showlocals"], key=running.api_key)
    running.stop()
    text = judged.output + json.dumps(judged.rows)
    for key in (running.api_key, EMULATORS["dify"].other_app_key):
        assert key not in text
        assert key.upper() not in text
    assert "$API_KEY" in text
    assert "$OTHER_APP_KEY" in text


def test_no_key_is_in_the_traceback_of_a_mistake_of_ours(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a mistake in the middle of an exchange")

    monkeypatch.setattr("driftgate.http.client.whole", broken)
    running = start(EMULATORS["coze"]())
    judged = judge_url("coze", running.base_url, [*live_options(running), "-vv", "--showlocals"], key=running.api_key)
    running.stop()
    assert judged.exit == 7
    assert "a mistake in the middle of an exchange" in judged.output
    assert running.api_key not in judged.output


class _Echoing(EMULATORS["dify"]):
    """Puts the key into its answers."""

    def refusal(self, refused):
        status, body = super().refusal(refused)
        return status, {
            **body,
            "message": f"{body['message']} (you are {self.api_key.upper()}, not {self.other_app_key})",
        }


def test_a_redactor_finds_a_key_in_every_form():
    redact = Redactor([Secret("KEY", "sk-A b/c+d")])
    for form in ("sk-A b/c+d", "SK-a B/C+D", "sk-A%20b%2Fc%2Bd", "sk-A+b%2Fc%2Bd", "c2stQSBiL2MrZA"):
        assert redact(f"x {form} y") == "x $KEY y"


def test_a_curl_line_reproduces_the_finding():
    running = start(faulty("dify", ["user-optional"]))
    judged = judge_url("dify", running.base_url, live_options(running), key=running.api_key)
    line = next(line for line in judged.output.splitlines() if line.strip().startswith("reproduce "))
    command = line.split("reproduce", 1)[1].strip()
    assert running.api_key not in command
    # the conversation of the run is gone, so the line is tried on one that is there
    made = running_conversation(running)
    parts = shlex.split(command)
    url = next(part for part in parts if part.startswith("http"))
    command = command.replace(url, url.rsplit("/", 2)[0] + f"/{made}/name")
    told = subprocess.run(
        ["bash", "-c", command],
        env={"API_KEY": running.api_key, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    running.stop()
    assert json.loads(told.stdout)["id"] == made


def running_conversation(running):
    body = {"inputs": {}, "query": "hello", "user": running.params["user"]}
    headers = {"Authorization": f"Bearer {running.api_key}"}
    answer = httpx.post(f"{running.base_url}/chat-messages", json=body, headers=headers)
    return answer.json()["conversation_id"]


def test_an_interrupted_run_has_no_footer(tmp_path):
    code, _ = run_main(["run", "--vendor=coze", f"--report-dir={tmp_path}", "-p", "tests.interrupting"])
    assert code == 2
    rows = [json.loads(line) for line in (tmp_path / "coze.jsonl").read_text().splitlines()]
    assert "footer" not in {row["record"] for row in rows}
    assert [row["role"] for row in rows if row["record"] == "exchange"][-2:] == ["delete", "delete"]


def test_a_key_that_is_the_name_of_a_member_is_taken_out_of_texts_alone(failing, tmp_path):
    writer = RecordWriter(tmp_path / "a.jsonl", Redactor([Secret("API_KEY", "credential")]))
    for line in failing.rows[:-1]:
        writer.write(replace(row, code="a credential") if isinstance(row := row_of(line), RecordedExchange) else row)
    writer.end(row_of(failing.rows[-1]), complete=True)
    assert {row.code for row in read_record(tmp_path / "a.jsonl").exchanges} == {"a $API_KEY"}


def test_a_line_is_the_same_after_it_was_read_and_written(failing):
    assert [line_of(row_of(line)) for line in failing.rows] == failing.rows


SLOW = ("httpx", "hypothesis", "jinja2", "jsonschema", "schemathesis", "starlette", "statistics", "yaml")
OFFLINE = ("driftgate.drift.report", "driftgate.record.reading", "driftgate.report.sarif", "driftgate.history.explain")


def test_what_reads_records_loads_nothing_that_is_slow_to_load():
    program = f"import sys, {', '.join(OFFLINE)}; print([name for name in {SLOW} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"[]\n"
