"""Renders results as JSON for programs: contracts/schema/report.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from driftgate import __version__
from driftgate.drift.report import change_value
from driftgate.record.rows import RecordedFinding, RecordedVerdict
from driftgate.report import words
from driftgate.report.causes import Cause, causes_of
from driftgate.report.evidence import Evidence, curl
from driftgate.report.result import Result, overall

VERSION = 1


def render(results: Sequence[Result]) -> str:
    """The results of one run, or several, as JSON in ASCII."""
    value = {
        "version": VERSION,
        "driftgate": __version__,
        "exit": int(overall(results)),
        "targets": list(map(_target, results)),
    }
    return json.dumps(value, indent=2) + "\n"


def _target(result: Result) -> dict[str, Any]:
    record, header, footer = result.record, result.record.header, result.record.footer
    evidence = Evidence(record.findings, record.exchanges)
    observed = words.observations(result)
    return {
        "name": header.target.name,
        "base_url": header.target.base_url,
        "embedded": header.target.embedded,
        "vendor": header.contract.vendor,
        "edition": header.contract.edition,
        "profile": header.profile,
        "started": header.started,
        "requests": footer.requests,
        "record": str(record.path),
        "exit": int(result.exit),
        "status": words.status(result),
        "remarks": words.remarks(result),
        "causes": list(map(_cause, causes_of(result))),
        "requirements": [
            _requirement(row, words.word(row, record.gate), observed.get(row.requirement, ""), evidence)
            for row in record.verdicts
        ],
        "drift": [change_value(change) for change in result.drift.changes] if result.drift else None,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "cause": cause.id,
        "says": cause.says,
        "requirements": list(cause.requirements),
        "findings": [finding.fingerprint for finding in cause.findings],
    }


def _requirement(row: RecordedVerdict, word: str, observed: str, evidence: Evidence) -> dict[str, Any]:
    return {
        "requirement": row.requirement,
        "side": row.side or "server",
        "level": row.level,
        "says": row.says,
        "impact": row.impact,
        "source": row.source,
        "verdict": word,
        "reason": row.reason,
        "observed": observed,
        "findings": [_finding(finding, evidence) for finding in evidence.findings(row)],
    }


def _finding(finding: RecordedFinding, evidence: Evidence) -> dict[str, Any]:
    return {
        **finding_value(finding),
        "occurrences": finding.occurrences,
        "reproduction": asdict(finding.reproduction) if finding.reproduction else None,
        "reproduce": [curl(exchange.request) for exchange in evidence.proof(finding)],
    }


def finding_value(finding: RecordedFinding) -> dict[str, Any]:
    """A finding for programs, in every format: what was expected where, and what came."""
    return {
        "fingerprint": finding.fingerprint,
        "case": finding.case,
        "part": finding.part,
        "pointer": finding.pointer,
        "expected": finding.expected,
        "actual": finding.actual,
        "waived": finding.waived,
    }
