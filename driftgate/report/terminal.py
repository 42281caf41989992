"""The report in the terminal: a header before the run; blocks of failures, a table and a headline after it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from _pytest.terminal import TerminalReporter

from driftgate import __version__
from driftgate.contract import Level
from driftgate.drift import report as drift_report
from driftgate.exchange import Exchange
from driftgate.report.curl import curl
from driftgate.run import Result, TargetRun
from driftgate.secret import Redactor
from driftgate.verdict import Exit, Finding, Judgement, Verdict

# the classes of requirements in the table, by their checks
CLASSES = {
    "Requests": ("accepts", "rejects", "limits", "either-or", "ignores"),
    "Effects": ("echoes", "persists", "keeps", "repeats"),
    "Answers": ("answers",),
    "Refusals": ("refuses",),
    "Robustness": ("survives",),
    "Left open by the page": ("observes",),
}
_SYMBOLS = {
    "pass": "✓",
    "fail": "✗",
    "warn": "!",
    "waived": "~",
    "inconclusive": "?",
    "error": "E",
    "untested": "-",
    "observed": "·",
}
_WIDTH = 100


def header(runs: Sequence[TargetRun]) -> list[str]:
    """What will be judged, before anything is sent."""
    lines = [f"driftgate: {__version__}"]
    for run in runs:
        contract, options = run.target.contract, run.options
        place = "embedded emulator" if run.target.embedded else run.target.base_url
        strict = ", strict" if options.strict else ""
        lines.append(
            f"  {run.target.name}: {contract.title} {contract.edition} at {place}, profile {options.profile}{strict}, "
            f"seed {options.seed}, at most {run.max_requests} requests"
        )
    return lines


def word(judgement: Judgement) -> str:
    """The verdict in the word that people read."""
    if judgement.waived:
        return "waived"
    if judgement.verdict is Verdict.NONE:
        return "untested"
    if judgement.requirement.level is Level.MAY and judgement.verdict is Verdict.PASS:
        return "observed"
    if judgement.requirement.level is Level.SHOULD and judgement.verdict is Verdict.FAIL:
        return "warn"
    return str(judgement.verdict)


def block(run: TargetRun, judgement: Judgement) -> str:
    """All that is known of one violation, for whoever has to mend it."""
    place = run.target.base_url or ""
    text = violation(judgement, run.exchanges, place, str(run.waiver_file))
    return run.redactor(text)


def violation(judgement: Judgement, exchanges: dict[int, Exchange], base_url: str, waiver_file: str) -> str:
    row = judgement.requirement
    lines = [f"{row.id} ({row.level}): {row.says}", *_labelled("impact", row.impact), *_labelled("source", row.source)]
    for finding in judgement.findings:
        lines += _finding(finding, exchanges, base_url)
    until = (datetime.now(UTC) + timedelta(days=30)).date()
    waiver = f"{{requirement: {row.id}, reason: …, link: …, expires: {until}}}"
    lines += [f"  waive     under waivers: in {waiver_file}: {waiver}"]
    return "\n".join(lines)


def _finding(finding: Finding, exchanges: dict[int, Exchange], base_url: str) -> list[str]:
    where = {"status": "", "body": "in the answer", "header": "in the header", "read": "in a later read"}[finding.part]
    place = " ".join(part for part in (where, finding.pointer) if part)
    lines = [f"  case      {finding.case}"] if finding.case else []
    lines += [f"  expected  {finding.expected}" + (f"   ({place})" if place else ""), f"  actual    {finding.actual}"]
    lines += [f"  again     {curl(exchange.request, base_url)}" for exchange in _proof(finding, exchanges)]
    return lines


def _proof(finding: Finding, exchanges: dict[int, Exchange]) -> list[Exchange]:
    """The exchange of a finding; for one in a read, the rename before it as well."""
    exchange = exchanges.get(finding.exchange or 0)
    if exchange is None:
        return []
    if exchange.request.role == "rename":
        return [exchange]
    before = [each for number, each in exchanges.items() if number < exchange.number and each.request.role == "rename"]
    return [*before[-1:], exchange]


def _labelled(label: str, text: str) -> list[str]:
    wrapped = textwrap.wrap(text, _WIDTH - 12, break_long_words=False) or [""]
    return [f"  {label:<8}  {wrapped[0]}", *(f"            {line}" for line in wrapped[1:])]


def headline(result: Result) -> str:
    """One line that says how it stands."""
    counts = Counter(word(judgement) for judgement in result.judgements)
    names = {"pass": "pass", "fail": "fail", "warn": "should fail", "waived": "waived", "inconclusive": "inconclusive"}
    names |= {"error": "error", "observed": "observed", "untested": "untested"}
    told = " · ".join(f"{counts[key]} {name}" for key, name in names.items() if counts[key])
    return (
        f"{result.target.name}: {told} of {len(result.judgements)} requirements · {result.requests} requests · "
        f"{result.elapsed:.1f} s: {status(result)}"
    )


def status(result: Result) -> str:
    """What it comes to; honest about what was not tested."""
    if not result.complete:
        return "interrupted, says nothing"
    if result.drift is not None and result.exit in (Exit.DRIFT, Exit.CONFORMS):
        return "breaking drift" if result.exit is Exit.DRIFT else "no breaking drift"
    if result.exit is Exit.CONFORMS:
        musts = [row for row in result.judgements if row.requirement.level is Level.MUST]
        missing = sum(row.verdict is Verdict.NONE for row in musts)
        return "conforms" if not missing else f"conforms as far as tested, not fully verified ({missing} MUST untested)"
    open_failures = [row for row in result.judgements if row.verdict is Verdict.FAIL and not row.waived]
    if result.exit is Exit.VIOLATES and not open_failures:
        return "conforms, but its waivers want mending"
    return {
        Exit.VIOLATES: "violates the contract",
        Exit.INCONCLUSIVE: "inconclusive",
        Exit.OWN_ERROR: "driftgate made a mistake, please report it",
    }[result.exit]


def summary(reporter: TerminalReporter, result: Result, *, verbose: bool) -> None:
    """Everything about one target. Without ``verbose`` the table leaves out what passed."""
    redact = Redactor(result.target.secrets)
    reporter.section(f"driftgate: {result.target.name}", sep="=")
    for judgement in result.judgements:
        if judgement.verdict is Verdict.FAIL and not judgement.waived:
            base_url = result.target.base_url or ""
            text = violation(judgement, result.exchanges, base_url, str(result.waiver_file))
            reporter.write_line(redact(text) + "\n", red=judgement.requirement.level is Level.MUST, yellow=True)
    if not result.unusable:
        for line in _table(result, verbose):
            reporter.write_line(redact(line))
    for line in _remarks(result):
        reporter.write_line(redact(line), yellow=True)
    if result.drift is not None:
        reporter.write_line(redact(drift_report.text(result.drift)), yellow=bool(result.drift.changes))
    good = result.exit is Exit.CONFORMS and result.complete
    reporter.write_line(redact(headline(result)), bold=True, green=good, red=not good)


def _table(result: Result, verbose: bool) -> list[str]:
    observations = {each.requirement: each.told() for each in result.observations}
    lines = []
    for title, checks in CLASSES.items():
        rows = [row for row in result.judgements if row.requirement.check in checks]
        if not rows:
            continue
        counts = Counter(word(row) for row in rows)
        lines.append(f"{title}: " + ", ".join(f"{number} {name}" for name, number in counts.items()))
        shown = [row for row in rows if verbose or word(row) not in ("pass", "observed")]
        lines += [_row(row, observations.get(row.requirement.id, "")) for row in shown]
    return lines


def _row(row: Judgement, observation: str) -> str:
    told = word(row)
    more = observation if told == "observed" else row.reason
    return f"  {_SYMBOLS[told]} {told:<12} {row.requirement.level!s:<6} {row.requirement.id:<46} {more}".rstrip()


def _remarks(result: Result) -> list[str]:
    lines = [f"waivers: {problem} ({result.waiver_file})" for problem in result.waiver_problems]
    lines += [f"left behind: {trouble}" for trouble in result.troubles]
    if result.unusable:
        lines.append(f"{result.target.name} cannot be judged: {result.unusable}")
    else:
        reasons = Counter(row.reason for row in result.judgements if row.verdict is Verdict.INCONCLUSIVE)
        lines += [f"inconclusive ({number} requirements): {reason}" for reason, number in reasons.items()]
    if result.record:
        lines.append(f"record: {result.record}")
    return lines
