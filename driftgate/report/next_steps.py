"""What to do about a violation: commands that reproduce and waive it, and a report for whoever runs the server."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from driftgate.base.jsonvalue import printable
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.record.rows import RecordedVerdict
from driftgate.report.causes import Cause
from driftgate.report.evidence import Evidence, curl, where
from driftgate.report.markdown import fenced
from driftgate.report.result import Result

_WAIVED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class NextSteps:
    """Texts to copy: shell commands, and a bug report in Markdown. ``reproduce`` is empty without a proof."""

    reproduce: str
    waive: str
    bug_report: str


def next_steps(result: Result, cause: Cause, evidence: Evidence) -> NextSteps:
    """What to do about a cause in a result."""
    record = result.record
    proof = evidence.proof(cause.findings[0])
    until = waive_until(_day(record.header.started))
    waive = waive_command(record.header.target.name, cause.requirements, record.path.parent, until)
    return NextSteps(
        reproduce="\n".join(printable(curl(exchange.request)) for exchange in proof),
        waive=printable(waive),
        bug_report=_bug_report(result, cause, evidence),
    )


def _day(started: str) -> date:
    try:
        return datetime.fromisoformat(started).date()
    except ValueError:
        return datetime.now(UTC).date()


def waive_until(today: date) -> str:
    """The last day that a suggested waiver has."""
    return (today + _WAIVED_FOR).isoformat()


def waive_command(target: str, requirements: tuple[str, ...], report_dir: Path, until: str) -> str:
    """The command that waives requirements of a target. ``report_dir`` is where the record is."""
    option = "" if report_dir == DEFAULT_REPORTS else f" --report-dir {shlex.quote(str(report_dir))}"
    return f"driftgate waive {target} {' '.join(requirements)} --reason … --link … --expires {until}{option}"


def _bug_report(result: Result, cause: Cause, evidence: Evidence) -> str:
    """The cause as an issue: what is promised, by which page, what came, and how to see it."""
    header = result.record.header
    lines = [f"**{cause.says}**", "", f"Contract: {header.contract.title}, edition {header.contract.edition}", ""]
    for verdict in cause.verdicts:
        lines += _promise(verdict)
    finding = cause.findings[0]
    lines += ["", f"Seen on {header.started}{f', {where(finding)}' if where(finding) else ''}:", ""]
    lines += [f"- expected: {finding.expected}", f"- actual: {finding.actual}"]
    proof = evidence.proof(finding)
    if proof:
        text = "\n".join(printable(curl(exchange.request)) for exchange in proof)
        of_client = all(verdict.side == "client" for verdict in cause.verdicts)
        lines += ["", "What the client sent:" if of_client else "To reproduce:", "", fenced(text, "sh")]
    return "\n".join(line if line.startswith("`") else printable(line) for line in lines)


def _promise(verdict: RecordedVerdict) -> list[str]:
    return [f"- {verdict.requirement} ({verdict.level}): {verdict.says} Source: {verdict.source}"]
