"""Compares a recording of a client's tests with the record of a run: whether the server still answers as it did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.client.judge import ClientJudge
from driftgate.client.recordings import read_calls
from driftgate.contract import load_contract
from driftgate.drift import Drift, compare
from driftgate.record.record import Record
from driftgate.target.model import Target

# what was asked, and how much of it: a recording has no run's questions
_OF_QUESTIONS = frozenset(
    {"suite-changed", "requirement-added", "requirement-removed", "evidence-gained", "evidence-lost"}
)
_LEFT_OUT = "what the recording says nothing of: it has only the requests of a client's tests"


def compare_recording(recording: Path, record: Record, folders: tuple[Path, ...]) -> Drift:
    """How the answers of a run differ from those of a recording, by the contract of the run. Raises UsageError."""
    info = record.header.contract
    contract = load_contract(info.vendor, folders, info.edition)
    target = Target(recording.stem, contract, None)
    judge = ClientJudge(replace(contract, requirements=()), name="recording", server=target, recorded=True)
    for call in read_calls(recording) or ():
        judge(call)
    if not judge.judged:
        raise UsageError(f"{recording}: has no exchange of {contract.vendor}, whose record {record.path} is")
    drift = compare(judge.snapshot(recording).record, record)
    changes = tuple(change for change in drift.changes if change.rule not in _OF_QUESTIONS)
    before = f"{recording}, {judge.judged} exchanges"
    return replace(drift, before=before, changes=changes, latency=None, left_out=(*drift.left_out, _LEFT_OUT))
