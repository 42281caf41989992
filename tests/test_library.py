"""``import driftgate`` as a program uses it: cheap, typed, and the same judgements as the command line's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import driftgate
from driftgate.base.errors import DriftgateError
from driftgate.record.verdict import Exit, Verdict
from tests.harness import run_main

ROOT = Path(__file__).parent.parent
BASELINE = ROOT / "reports/baselines/coze.jsonl"


def test_importing_it_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import driftgate; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["driftgate"]


def test_every_name_it_offers_is_there_and_an_unknown_one_is_none():
    for name in driftgate.__all__:
        assert getattr(driftgate, name) is not None
    assert set(driftgate.__all__) <= set(dir(driftgate))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = driftgate.nothing


def test_a_contract_says_what_a_vendor_promises():
    contract = driftgate.load_contract("coze")
    assert contract.requirement("coze.rename.name-persists").level == "must"
    with pytest.raises(driftgate.UsageError, match="did you mean coze"):
        driftgate.load_contract("coz")


def test_two_records_are_compared():
    record = driftgate.read_record(BASELINE)
    drift = driftgate.compare(record, record)
    assert isinstance(drift, driftgate.Drift)
    assert drift.worst is None


def test_a_record_that_is_none_is_a_usage_error(tmp_path):
    (tmp_path / "x.jsonl").write_text("{}")
    with pytest.raises(driftgate.UsageError) as caught:
        driftgate.read_record(tmp_path / "x.jsonl")
    assert caught.value.exit_code == Exit.USAGE


def test_the_exchanges_of_a_record_are_judged_as_the_command_does(tmp_path):
    code, _ = run_main(["judge", str(BASELINE), f"--report-dir={tmp_path}"])
    result = driftgate.judge_exchanges(BASELINE, output=tmp_path / "mine.jsonl")
    assert result.exit == code == Exit.CONFORMS
    by_command = driftgate.read_record(tmp_path / "coze.judged.jsonl")
    assert list(result.record.verdicts) == list(by_command.verdicts)
    assert list(driftgate.read_record(tmp_path / "mine.jsonl").verdicts) == list(by_command.verdicts)


def test_without_an_output_a_judgement_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert driftgate.judge_exchanges(BASELINE).exit == Exit.CONFORMS
    assert list(tmp_path.iterdir()) == []


def test_an_emulator_answers_until_the_block_is_left():
    with driftgate.emulate("coze", seed_data=[{"name": "Trip to Bern"}]) as server:
        url = f"{server.base_url}/v1/conversations/{server.conversations[0]}"
        headers = {"Authorization": f"Bearer {server.api_key}"}
        answer = httpx.put(url, json={"name": "hello"}, headers=headers, trust_env=False)
        assert answer.json()["data"]["name"] == "hello"
        assert server.conversation(server.conversations[0]).name == "hello"
    with pytest.raises(httpx.ConnectError):
        httpx.put(url, json={"name": "hello"}, headers=headers, trust_env=False)


@pytest.mark.parametrize(
    ("error", "code", "verdict"),
    [
        (driftgate.UsageError, Exit.USAGE, Verdict.NONE),
        (driftgate.Inconclusive, Exit.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (driftgate.SetupError, Exit.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (driftgate.OutOfBudget, Exit.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (driftgate.RetriesExhausted, Exit.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (driftgate.Violation, Exit.VIOLATES, Verdict.FAIL),
    ],
)
def test_an_exception_knows_its_exit_code_and_its_verdict(error, code, verdict):
    assert issubclass(error, DriftgateError)
    assert (error.exit_code, error.verdict) == (code, str(verdict))
