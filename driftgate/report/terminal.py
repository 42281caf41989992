"""The report in the terminal: a block for each violation, a table and a headline."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from driftgate.base.jsonvalue import printable
from driftgate.drift.report import render_text
from driftgate.record.rows import RecordedFinding, RecordedVerdict
from driftgate.record.verdict import Exit
from driftgate.report import words
from driftgate.report.causes import Cause, causes_of
from driftgate.report.evidence import Evidence, curl, location
from driftgate.report.next_steps import waive_command, waive_until
from driftgate.report.result import Result

_WIDTH = 100
_UNLIMITED = 1 << 16  # columns of what is no terminal: a file, or the log of a job
_LABEL = 9  # characters of the longest label
_COPIED = "reproduce  "
_BEGINNING = re.compile(r"  [a-z]{1,9} {2,}|  . \S+ +(?:must|should|may) +|\s*")
_SHELL_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|\S)+""")


@dataclass(frozen=True)
class Paragraph:
    """A line, or several, and how much it matters: good, bad, a warning, or neither."""

    text: str
    tone: str = ""


def render_violation(verdict: RecordedVerdict, evidence: Evidence, target: str, report_dir: Path) -> str:
    """All that is known of one violation, for the person who has to fix it. ``report_dir`` is where the record is."""
    lines = [f"{verdict.requirement} ({verdict.level}): {verdict.says}"]
    lines += [*_wrapped("impact", verdict.impact), *_wrapped("source", verdict.source)]
    for finding in evidence.findings(verdict):
        lines += _finding(finding, evidence, "sent" if verdict.side == "client" else "reproduce")
    lines += [_labelled("waived", words.describe_waiver(waiver)) for waiver in verdict.waivers]
    if not verdict.waived:
        until = waive_until(datetime.now(UTC).date())
        lines.append(_labelled("waive", waive_command(target, (verdict.requirement,), report_dir, until)))
    return "\n".join(map(printable, lines))


def _finding(finding: RecordedFinding, evidence: Evidence, label: str) -> Iterator[str]:
    yield _labelled("finding", finding.fingerprint)
    if finding.case:
        yield _labelled("case", finding.case)
    where = f"   ({location(finding)})" if location(finding) else ""
    yield _labelled("expected", f"{finding.expected}{where}")
    yield _labelled("actual", finding.actual)
    if finding.reproduction:
        yield _labelled("frequency", finding.reproduction.describe())
    yield from (_labelled(label, curl(exchange.request)) for exchange in evidence.proof(finding))


def _labelled(label: str, text: str) -> str:
    return f"  {label:<{_LABEL}}  {text}"


def _wrapped(label: str, text: str) -> Iterator[str]:
    first, *others = textwrap.wrap(text, _WIDTH - _LABEL - 4, break_long_words=False) or [""]
    yield _labelled(label, first)
    yield from (_labelled("", line) for line in others)


def summary(result: Result, *, verbose: bool, detailed: bool = True) -> Iterator[Paragraph]:
    """Everything about one target, the verdict last. Without ``verbose`` the table has only what is open or waived.

    Without ``detailed`` there is only the end: what is violated and why, what else has to be known, the verdict.
    """
    record, name = result.record, result.record.header.target.name
    evidence = Evidence(record.findings, record.exchanges)
    for verdict in record.verdicts if detailed else ():
        if verdict.verdict == "fail" and not verdict.waived:
            tone = "bad" if words.word(verdict, record.gate) == "fail" else "warning"
            yield Paragraph(render_violation(verdict, evidence, name, record.path.parent) + "\n", tone)
    if detailed and not record.footer.setup_error:
        yield from map(Paragraph, map(printable, _table(result, verbose)))
    yield from _causes(result)
    yield from (Paragraph(printable(remark), "warning") for remark in words.remarks(result))
    yield Paragraph(f"record: {record.path}")
    if result.drift is not None:
        yield Paragraph(render_text(result.drift), "warning" if result.drift.changes else "")
    yield Paragraph(words.headline(result), "good" if result.exit is Exit.CONFORMS and record.complete else "bad")


def _causes(result: Result) -> Iterator[Paragraph]:
    """What is violated, a paragraph for each probable cause."""
    found = causes_of(result)
    if found:
        shared = any(len(each.verdicts) > 1 for each in found)
        yield Paragraph("Violated, by probable cause:" if shared else "Violated:")
    for cause in found:
        word = "fail" if any(result.record.gate.binds(row.level) for row in cause.verdicts) else "warn"
        yield Paragraph(_of_cause(cause, word), "bad" if word == "fail" else "warning")


def _of_cause(cause: Cause, word: str) -> str:
    level = "must" if any(row.level == "must" for row in cause.verdicts) else "should"
    beginning = f"  {words.SYMBOLS[word]} {word} {level}: "
    return _hanging(f"{beginning}{cause.says} ({', '.join(cause.requirements)})", indent=" " * len(beginning))


def fitted(text: str, width: int) -> str:
    """A text in lines of at most this width; what is to be copied as it is (a ``curl`` line) keeps its own."""
    return "\n".join(_lines_within(text, width))


def _lines_within(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        beginning = _BEGINNING.match(line)
        indent = min(len(beginning.group()) if beginning else 0, width // 2)
        if len(line) <= width or line.lstrip().startswith(_COPIED):
            yield line
        elif line.lstrip().startswith("waive  "):
            yield from _continued(line, width, indent)
        else:
            yield from textwrap.wrap(line, width, subsequent_indent=" " * indent, break_on_hyphens=False)


def _continued(line: str, width: int, indent: int) -> Iterator[str]:
    """A command over several lines, as a shell takes them."""
    head, *words_of_it = _SHELL_WORD.findall(line[indent:])
    current = line[:indent] + head
    longest = max(map(len, words_of_it), default=0)
    indent = min(indent, max(2, width - longest - 2))
    for word in words_of_it:
        if len(current) + len(word) + 3 > width:
            yield f"{current} \\"
            current = " " * indent + word
        else:
            current += f" {word}"
    yield current


def _hanging(text: str, indent: str) -> str:
    """A text in the width of the terminal, where there is one; its further lines are indented."""
    text, width = printable(text), shutil.get_terminal_size((_UNLIMITED, 0)).columns
    if len(text) <= width:
        return text
    lines = textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def _table(result: Result, verbose: bool) -> Iterable[str]:
    observations, gate = words.observations(result), result.record.gate
    for title, rows in words.by_class(result.record.verdicts):
        counts = Counter(words.word(row, gate) for row in rows)
        yield f"{title}: " + ", ".join(f"{number} {name}" for name, number in counts.items())
        for row in rows:
            word = words.word(row, gate)
            if verbose or (word not in ("pass", "observed", "fail", "warn") and row.untested != "selection"):
                yield _line(row, word, observations.get(row.requirement, ""))


def _line(verdict: RecordedVerdict, word: str, observation: str) -> str:
    waivers = "; ".join(map(words.describe_waiver, verdict.waivers))
    more = {"observed": observation, "waived": waivers}.get(word, verdict.reason)
    return f"  {words.SYMBOLS[word]} {word:<12} {verdict.level:<6} {verdict.requirement:<46} {more}".rstrip()


def render(results: Sequence[Result]) -> str:
    """The summaries of several targets as text."""
    verbose = len(results) == 1
    return "\n".join(each.text for result in results for each in summary(result, verbose=verbose))
