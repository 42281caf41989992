"""Requirements as test tools show them: the result of each, the reason, and how it was tested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from driftgate.drift.report import render_text
from driftgate.record.rows import RecordedFinding, RecordedVerdict
from driftgate.record.verdict import Exit
from driftgate.report import terminal, words
from driftgate.report.evidence import Evidence, expectation
from driftgate.report.result import Result

GATE = "Gate"
SHOWN = {"open": "inconclusive"}  # kinds of cases by the word that people read, where that differs
# what XML 1.0 (section 2.2, Char) and UTF-8 cannot hold
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_FINDINGS = 3  # of a message; the text has all


@dataclass(frozen=True)
class Execution:
    """How a requirement was tested: when, in seconds since 1970, for how long, and by which exchanges.

    ``mistake``: the traceback of an error of ours.
    """

    started: float
    seconds: float = 0.0
    exchanges: Sequence[int] = ()
    mistake: str = ""

    def and_then(self, later: Execution) -> Execution:
        """Both together: another phase of the test, or another test."""
        exchanges = [*self.exchanges, *later.exchanges]
        return Execution(self.started, self.seconds + later.seconds, exchanges, self.mistake or later.mistake)


@dataclass(frozen=True)
class Case:
    """One requirement of one target, or what else fails the gate (its ``verdict`` is None).

    ``kind`` is pass, violated, warned (a violation that the gate lets pass), waived, inconclusive, open (inconclusive,
    but the gate lets it pass), error or untested. ``message`` says in a line why it is no pass, ``text`` all that is
    known; ``proof`` numbers the exchanges that findings point to.
    """

    target: str
    title: str
    name: str
    kind: str
    message: str = ""
    text: str = ""
    observation: str = ""
    verdict: RecordedVerdict | None = None
    proof: tuple[int, ...] = ()
    execution: Execution | None = None


def cases(result: Result, executions: Mapping[tuple[str, str], Execution]) -> Iterator[Case]:
    """Every requirement of a target, also those that were not tested. ``executions``: by target and requirement."""
    record = result.record
    target = record.header.target.name
    evidence = Evidence(record.findings, record.exchanges)
    observations = words.observations(result)
    for verdict in record.verdicts:
        execution = executions.get((target, verdict.requirement))
        findings = evidence.findings(verdict) if verdict.verdict == "fail" else []
        kind = _kind(verdict, result)
        text = terminal.render_violation(verdict, evidence, target, record.path.parent) if findings else ""
        yield Case(
            target,
            words.class_of(verdict),
            verdict.requirement,
            kind,
            message=legal(_message(kind, verdict, findings)),
            text=legal(text or (execution.mistake if execution else "")),
            observation=legal(observations.get(verdict.requirement, "") if verdict.level == "may" else ""),
            verdict=verdict,
            proof=tuple({row.number: None for finding in findings for row in evidence.proof(finding)}),
            execution=execution,
        )
    yield from _gate(result, target)


def _gate(result: Result, target: str) -> Iterator[Case]:
    """What fails the gate and is no requirement."""
    if result.exit is Exit.INCONCLUSIVE and not any(map(result.leaves_open, result.record.verdicts)):
        yield Case(target, GATE, "run", "inconclusive", f"inconclusive: {legal(words.status(result))}")
    problems = result.record.footer.waiver_problems
    if problems and result.drift is None:
        text = legal("\n".join(problems))
        yield Case(target, GATE, "waivers", "violated", f"violated: {text}", text)
    changes = result.record.footer.pin_changes
    if any(each.severity == "breaking" for each in changes):
        text = legal("\n".join(map(words.describe_pin_change, changes)))
        yield Case(target, GATE, "pins", "violated", f"violated: {text}", text)
    product = result.record.footer.product
    if product is not None and product.breaking:
        text = legal("\n".join(words.describe_product(product)))
        yield Case(target, GATE, "product", "violated", f"violated: {text}", text)
    if result.exit is Exit.DRIFT and result.drift is not None:
        yield Case(target, GATE, "drift", "violated", "violated: breaking drift", legal(render_text(result.drift)))
    if not result.record.complete:
        yield Case(target, GATE, "run", "error", "error: the run was interrupted: its verdicts are no result")


def _kind(verdict: RecordedVerdict, result: Result) -> str:
    word = words.word(verdict, result.record.gate)
    if word in ("fail", "warn"):
        return "violated" if result.fails(verdict) else "warned"
    if result.leaves_open(verdict):
        return "inconclusive"
    if word == "inconclusive":
        return "open"
    return "pass" if word == "observed" else word


def _message(kind: str, verdict: RecordedVerdict, findings: list[RecordedFinding]) -> str:
    if kind == "pass":
        return ""
    if kind == "waived":
        reason = "; ".join(map(words.describe_waiver, verdict.waivers))
    elif findings:
        reason = _expectations([finding for finding in findings if not finding.waived])
    else:
        reason = verdict.reason
    return f"{SHOWN.get(kind, kind)}: {reason}"


def _expectations(findings: list[RecordedFinding]) -> str:
    shown = list(map(expectation, findings[:_MOST_FINDINGS]))
    more = len(findings) - len(shown)
    return "; ".join([*shown, f"and {more} more"] if more else shown)


def legal(text: str) -> str:
    """The text with escapes in place of the characters that no report can hold."""
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
