"""The report in the terminal: a header before the run; blocks of failures, a table and a headline after it."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from driftgate.base.jsonvalue import printable
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.drift import report as drift_report
from driftgate.record.record import Row
from driftgate.record.verdict import Exit
from driftgate.report import words
from driftgate.report.evidence import Evidence, again, often, place
from driftgate.report.result import Result

_WIDTH = 100


@dataclass(frozen=True)
class Line:
    """A line, or several, and how much it matters: good, bad, a warning, or neither."""

    text: str
    tone: str = ""


def violation(verdict: Row, evidence: Evidence, target: str, report_dir: Path) -> str:
    """All that is known of one violation, for whoever has to mend it. ``report_dir`` is where the record is."""
    lines = [f"{verdict['requirement']} ({verdict['level']}): {verdict['says']}"]
    lines += [*_labelled("impact", verdict["impact"]), *_labelled("source", verdict["source"])]
    for finding in evidence.findings(verdict):
        lines += _finding(finding, evidence)
    lines += [f"  waived    {words.accepted(waiver)}" for waiver in verdict["waivers"]]
    if not verdict["waived"]:
        until = (datetime.now(UTC) + timedelta(days=30)).date()
        place = "" if report_dir == DEFAULT_REPORTS else f" --report-dir {shlex.quote(str(report_dir))}"
        waive = f"driftgate waive {target} {verdict['requirement']} --reason … --link … --expires {until}{place}"
        lines.append(f"  waive     {waive}")
    return "\n".join(map(printable, lines))


def _finding(finding: Row, evidence: Evidence) -> list[str]:
    where = place(finding)
    lines = [f"  finding   {finding['fingerprint']}"]
    lines += [f"  case      {finding['case']}"] if finding["case"] else []
    lines += [f"  expected  {finding['expected']}" + (f"   ({where})" if where else "")]
    lines += [f"  actual    {finding['actual']}"]
    lines += [f"  often     {often(finding)}"] if finding["reproduction"] else []
    lines += [f"  again     {again(exchange)}" for exchange in evidence.proof(finding)]
    return lines


def _labelled(label: str, text: str) -> list[str]:
    wrapped = textwrap.wrap(text, _WIDTH - 12, break_long_words=False) or [""]
    return [f"  {label:<8}  {wrapped[0]}", *(f"            {line}" for line in wrapped[1:])]


def summary(result: Result, *, verbose: bool) -> Iterator[Line]:
    """Everything about one target. Without ``verbose`` the table leaves out what passed."""
    record, name = result.record, result.record.header["target"]["name"]
    evidence = Evidence(record.findings, record.exchanges)
    for verdict in record.verdicts:
        if verdict["verdict"] == "fail" and not verdict["waived"]:
            tone = "bad" if verdict["level"] == "must" else "warning"
            yield Line(violation(verdict, evidence, name, record.path.parent) + "\n", tone)
    if not record.footer["setup_error"]:
        yield from map(Line, map(printable, _table(result, verbose)))
    yield from (Line(printable(remark), "warning") for remark in words.remarks(result))
    yield Line(f"record: {record.path}")
    if result.drift is not None:
        yield Line(drift_report.text(result.drift), "warning" if result.drift.changes else "")
    yield Line(words.headline(result), "good" if result.exit is Exit.CONFORMS and record.complete else "bad")


def _table(result: Result, verbose: bool) -> Iterable[str]:
    observations = words.observations(result)
    for title, rows in words.by_class(result.record.verdicts):
        counts = Counter(map(words.word, rows))
        yield f"{title}: " + ", ".join(f"{number} {name}" for name, number in counts.items())
        for row in rows:
            if verbose or words.word(row) not in ("pass", "observed"):
                yield _row(row, observations.get(row["requirement"], ""))


def _row(verdict: Row, observation: str) -> str:
    told = words.word(verdict)
    accepted = "; ".join(map(words.accepted, verdict["waivers"]))
    more = {"observed": observation, "waived": accepted}.get(told, verdict["reason"])
    return f"  {words.SYMBOLS[told]} {told:<12} {verdict['level']:<6} {verdict['requirement']:<46} {more}".rstrip()


def plain(results: Sequence[Result]) -> str:
    """The summaries of several targets as text."""
    verbose = len(results) == 1
    return "\n".join(line.text for result in results for line in summary(result, verbose=verbose))
