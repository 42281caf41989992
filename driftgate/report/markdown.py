"""The report in Markdown, in short: for the comment on a pull request and the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from driftgate.base.jsonvalue import printable
from driftgate.drift.report import code, render_markdown
from driftgate.record.rows import RecordedFinding, RecordedVerdict
from driftgate.report import words
from driftgate.report.causes import causes_of
from driftgate.report.evidence import Evidence, curl, where
from driftgate.report.result import Result

_MOST_FINDINGS = 50  # of one target; a job's summary holds 1 MiB


def render(results: Sequence[Result]) -> str:
    """A line for each target, then what did not pass."""
    lines = [
        "# driftgate: contract conformance",
        "",
        "| target | result | requirements | requests |",
        "| --- | --- | --- | --- |",
    ]
    for result in results:
        record = result.record
        counts = words.counts(record.verdicts, record.gate)
        name, requests = code(record.header.target.name), record.footer.requests
        lines.append(f"| {name} | {words.status(result)} | {counts} | {requests} |")
    for result in results:
        lines += _target(result)
    return "\n".join(lines) + "\n"


def _target(result: Result) -> Iterator[str]:
    record = result.record
    failed = [row for row in record.verdicts if row.verdict == "fail"]
    untested = [row for row in record.verdicts if row.verdict == "none"]
    remarks = words.remarks(result)
    if failed or untested or result.drift or remarks:
        yield from ("", f"## {code(record.header.target.name)}: {words.status(result)}")
    for remark in remarks:
        yield from ("", f"- {code(remark)}")
    if result.drift is not None:
        yield from ("", render_markdown(result.drift))
    yield from _causes(result)
    if failed:
        yield from _failed(result, failed)
    if untested:
        yield from ("", "<details><summary>Untested, with the reason</summary>", "")
        yield from (f"- {code(row.requirement)} ({row.level}): {code(row.reason)}" for row in untested)
        yield from ("", "</details>")


def _causes(result: Result) -> Iterator[str]:
    found = causes_of(result)
    if found:
        yield from ("", "Violated, by probable cause:", "")
    for cause in found:
        yield f"- {cause.says} ({', '.join(map(code, cause.requirements))})"


def _failed(result: Result, failed: Sequence[RecordedVerdict]) -> Iterator[str]:
    evidence = Evidence(result.record.findings, result.record.exchanges)
    found = [(row, finding) for row in failed for finding in evidence.findings(row)]
    yield from ("", "| | requirement | expected | actual |", "| --- | --- | --- | --- |")
    for row, finding in found[:_MOST_FINDINGS]:
        yield _finding(row, finding, words.word(row, result.record.gate))
    if len(found) > _MOST_FINDINGS:
        yield from ("", f"and {len(found) - _MOST_FINDINGS} more findings in the record")
    yield from _reproduction(evidence, found[:_MOST_FINDINGS], of_client=result.record.of_client)


def _finding(verdict: RecordedVerdict, finding: RecordedFinding, word: str) -> str:
    repeated = finding.reproduction
    intermittent = f" ({repeated.describe()})" if repeated and repeated.intermittent else ""
    return (
        f"| {words.SYMBOLS[word]} {word} | {code(verdict.requirement)} ({verdict.level}): {verdict.says} "
        f"| {code(finding.expected)} {code(where(finding))} | {code(finding.actual)}{intermittent} |"
    )


def _reproduction(
    evidence: Evidence, found: Sequence[tuple[RecordedVerdict, RecordedFinding]], *, of_client: bool
) -> Iterator[str]:
    what = "What the client sent, as" if of_client else "Reproduce it with"
    yield from ("", f"<details><summary>{what} <code>curl</code></summary>")
    lines = dict.fromkeys(
        (verdict.requirement, curl(exchange.request))
        for verdict, finding in found
        for exchange in evidence.proof(finding)
    )
    for requirement, line in lines:
        yield from ("", f"{code(requirement)}:", "", fenced(line, "sh"))
    yield from ("", "</details>")


def fenced(text: str, language: str) -> str:
    """Lines of whatever origin as a block of code that nothing in them can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = map(printable, text.split("\n"))
    return "\n".join([f"{fence}{language}", *lines, fence])
