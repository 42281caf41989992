"""The report in Markdown, in short: for the comment on a pull request and the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftgate.drift.report import code, markdown
from driftgate.record.record import Row
from driftgate.report import words
from driftgate.report.evidence import Evidence, again, often, place
from driftgate.report.result import Result

_MOST_FINDINGS = 50  # of one target; a job's summary holds 1 MiB


def page(results: Sequence[Result]) -> str:
    """A line for each target, then what did not pass."""
    lines = [
        "# driftgate: contract conformance",
        "",
        "| target | result | requirements | requests |",
        "| --- | --- | --- | --- |",
    ]
    for result in results:
        record = result.record
        name, requests = record.header["target"]["name"], record.footer["requests"]
        lines.append(f"| {code(name)} | {words.status(result)} | {words.counts(record.verdicts)} | {requests} |")
    for result in results:
        lines += _target(result)
    return "\n".join(lines) + "\n"


def _target(result: Result) -> Iterator[str]:
    record = result.record
    failed = [row for row in record.verdicts if row["verdict"] == "fail"]
    untested = [row for row in record.verdicts if words.word(row) == "untested"]
    if failed or untested or result.drift or words.remarks(result):
        yield from ("", f"## {code(record.header['target']['name'])}: {words.status(result)}")
    for remark in words.remarks(result):
        yield from ("", f"- {code(remark)}")
    if result.drift is not None:
        yield from ("", markdown(result.drift))
    if failed:
        yield from ("", "| | requirement | expected | actual |", "| --- | --- | --- | --- |")
        evidence = Evidence(record.findings, record.exchanges)
        found = [(row, finding) for row in failed for finding in evidence.findings(row)]
        for row, finding in found[:_MOST_FINDINGS]:
            yield _finding(row, finding)
        if len(found) > _MOST_FINDINGS:
            yield from ("", f"and {len(found) - _MOST_FINDINGS} more findings in the record")
        yield from _details(evidence, found[:_MOST_FINDINGS])
    if untested:
        yield from ("", "<details><summary>Untested, with what to supply</summary>", "")
        yield from (f"- {code(row['requirement'])} ({row['level']}): {code(row['reason'])}" for row in untested)
        yield from ("", "</details>")


def _finding(verdict: Row, finding: Row) -> str:
    told = words.word(verdict)
    where = " ".join(part for part in (finding["case"], place(finding)) if part)
    intermittent = f" ({often(finding)})" if "intermittent" in often(finding) else ""
    return (
        f"| {words.SYMBOLS[told]} {told} | {code(verdict['requirement'])} ({verdict['level']}): {verdict['says']} "
        f"| {code(finding['expected'])} {code(where)} | {code(finding['actual'])}{intermittent} |"
    )


def _details(evidence: Evidence, found: Sequence[tuple[Row, Row]]) -> Iterator[str]:
    yield from ("", "<details><summary>Reproduction, with <code>curl</code></summary>")
    lines = dict.fromkeys(
        f"{code(verdict['requirement'])}: {code(again(exchange))}"
        for verdict, finding in found
        for exchange in evidence.proof(finding)
    )
    for line in lines:
        yield from ("", line)
    yield from ("", "</details>")
