"""Recomputes what answers alone can tell: the verdicts of the requirements of the checks "answers" and "survives"."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.base.secret import Redactor
from driftgate.checks.answers import AnswerJudge
from driftgate.contract import Profile, Requirement
from driftgate.contract.openapi import map_members
from driftgate.contract.template import placeholders
from driftgate.judge.capture import Capture
from driftgate.record import record
from driftgate.record.record import Record, RecordWriter, Row, redacted
from driftgate.record.shapes import Shapes
from driftgate.record.verdict import Finding, Judgement, Ledger, gate
from driftgate.report.result import Result
from driftgate.target.model import Target

_BY_ANSWERS = ("answers", "survives")
_SUPPLIED = frozenset({"conversation", "status"})


class Rejudgement:
    """The judgement of one capture."""

    def __init__(self, capture: Capture, *, strict: bool) -> None:
        self._capture = capture
        self._redact = capture.redact
        self._strict = strict
        profile = Profile.DEEP if capture.header["profile"] == str(Profile.DEEP) else Profile.STANDARD
        contract = capture.target.contract.within(profile)
        self._untested = {row.id: _untested(row, capture.target) for row in contract.requirements}
        asked = tuple(row for row in contract.requirements if self._untested[row.id] is None)
        self._ledger = Ledger(contract)
        self._judge = AnswerJudge(replace(contract, requirements=asked), self._ledger, capture.target.params)
        self._shapes = Shapes(map_members(contract.document))

    def result(self, path: Path) -> Result:
        """Judges every exchange and writes the record of it. Raises UsageProblem where that cannot be written."""
        began = time.monotonic()
        for each in self._capture.exchanges:
            if each.lost:
                self._judge.in_part(each.exchange, each.lost)
            else:
                self._judge(each.exchange)
            if "body" not in each.lost:
                self._shapes(each.exchange)
        for requirement, why in self._untested.items():
            self._ledger.untested(requirement, why or "no response contained this field")
        judgements = self._ledger.judgements()
        exit_code = gate(judgements, strict=self._strict)
        footer = record.footer_row(
            exit_code=exit_code,
            requests=0,
            elapsed=time.monotonic() - began,
            not_restored=(),
            setup_error=None,
            waiver_problems=(),
        )
        try:
            return Result(self._written(path, judgements, footer), exit_code)
        except OSError as problem:
            raise UsageProblem(f"{path}: cannot be written to ({problem.strerror})") from None

    def _written(self, path: Path, judgements: list[Judgement], footer: Row) -> Record:
        # secrets are taken out of what came from outside alone: a short one may be a word of the record's own
        writer = RecordWriter(path, Redactor(()))
        writer.write("header", {**self._capture.header, "strict": self._strict})
        for each in self._capture.exchanges:
            writer.write("exchange", each.row)
        for judgement in judgements:
            for finding in judgement.findings:
                writer.write("finding", self._finding_row(finding))
            writer.write("verdict", record.verdict_row(judgement))
        for shape in self._shapes.gathered():
            row = record.shape_row(shape)
            writer.write("shape", {**row, "pointer": self._redact(row["pointer"])})
        return writer.end(footer, complete=True)

    def _finding_row(self, finding: Finding) -> Row:
        row = record.finding_row(finding, times=self._ledger.times(finding), waived=False)
        told = redacted({key: row[key] for key in ("pointer", "expected", "actual", "signature")}, self._redact)
        return {**row, **told}


def _untested(requirement: Requirement, target: Target) -> str | None:
    """Why a requirement cannot be judged by answers; None when it can."""
    if requirement.check not in _BY_ANSWERS:
        return "needs requests: asked by driftgate run"
    for name in sorted(placeholders(dict(requirement.detail)) - _SUPPLIED - set(target.params)):
        parameter = target.contract.parameter(name)
        return f"supply --param {name}=…: {parameter.says if parameter else ''}"
    return None
