"""Judges captured exchanges by the requirements of the checks "answers" and "survives", which need no request."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.secret import Redactor
from driftgate.checks.every_answer import AnswerJudge
from driftgate.checks.prerequisites import missing_parameter
from driftgate.checks.registry import EVERY_ANSWER
from driftgate.contract import Profile, Requirement
from driftgate.contract.leeway import Leeway
from driftgate.judge.capture import Capture
from driftgate.record import build
from driftgate.record.record import Record, RecordWriter
from driftgate.record.rows import Footer, RecordedFinding
from driftgate.record.shapes import Shapes
from driftgate.record.verdict import Finding, Gate, Judgement, Ledger
from driftgate.report.result import Result
from driftgate.target.model import Target


class Rejudgement:
    """The judgement of one capture."""

    def __init__(self, capture: Capture, *, strict: bool) -> None:
        self._capture = capture
        self._redact = capture.redact
        self._strict = strict
        profile = Profile.DEEP if capture.header.profile == str(Profile.DEEP) else Profile.STANDARD
        contract = capture.target.contract.within(profile)
        self._untested = {row.id: _untested(row, capture.target) for row in contract.requirements}
        asked = tuple(row for row in contract.requirements if self._untested[row.id] is None)
        self._ledger = Ledger(contract)
        self._judge = AnswerJudge(replace(contract, requirements=asked), self._ledger, capture.target.params)
        self._shapes = Shapes(Leeway(contract))

    def result(self, path: Path) -> Result:
        """Judges every exchange and writes the record of it. Raises UsageError where that cannot be written."""
        began = time.monotonic()
        for each in self._capture.exchanges:
            if each.lost:
                self._judge.in_part(each.exchange, each.lost)
            else:
                self._judge(each.exchange)
            if "body" not in each.lost:
                self._shapes(each.exchange)
        for requirement, why in self._untested.items():
            if why is None and requirement in self._judge.missed:
                self._ledger.never_sent(requirement)
            else:
                self._ledger.untested(requirement, why or "no response contained what this requirement is about")
        judgements = self._ledger.judgements()
        exit_code = Gate(self._strict).exit_code(judgements)
        footer = build.footer(exit_code=exit_code, requests=0, elapsed=time.monotonic() - began)
        return Result(self._written(path, judgements, footer), exit_code)

    def _written(self, path: Path, judgements: list[Judgement], footer: Footer) -> Record:
        # secrets are taken only out of what came from outside: a short one may be a word of the record's own
        writer = RecordWriter(path, Redactor(()))
        writer.write(replace(self._capture.header, strict=self._strict))
        for each in self._capture.exchanges:
            writer.write(each.row)
        for judgement in judgements:
            for finding in judgement.findings:
                writer.write(self._finding(finding))
            writer.write(build.recorded_verdict(judgement))
        for shape in self._shapes.gathered():
            writer.write(replace(shape, pointer=self._redact(shape.pointer)))
        record = writer.end(footer, complete=True)
        if writer.problem:
            raise UsageError(writer.problem)
        return record

    def _finding(self, finding: Finding) -> RecordedFinding:
        row = build.recorded_finding(finding, occurrences=self._ledger.times(finding), waived=False)
        return replace(
            row,
            pointer=self._redact(row.pointer),
            expected=self._redact(row.expected),
            actual=self._redact(row.actual),
            signature=self._redact(row.signature),
        )


def _untested(requirement: Requirement, target: Target) -> str | None:
    """Why a requirement cannot be judged by answers; None when it can."""
    if requirement.check not in EVERY_ANSWER:
        return "needs requests: use driftgate run"
    return missing_parameter(requirement, target, target.params)
