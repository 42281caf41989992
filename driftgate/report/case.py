"""Requirements as tools that know tests show them: what became of each, why, and how it was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from driftgate.drift import report as drift_report
from driftgate.record.record import Record, Row
from driftgate.record.verdict import Exit
from driftgate.report import terminal, words
from driftgate.report.evidence import Evidence, place
from driftgate.report.result import Result

GATE = "Gate"
# what XML 1.0 (section 2.2, Char) and UTF-8 cannot hold
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_FINDINGS = 3  # of a message; the text has all


@dataclass(frozen=True)
class Asked:
    """How a requirement was asked: when, in seconds since 1970, for how long, and by which exchanges.

    ``mistake``: the traceback of an error of ours.
    """

    started: float
    seconds: float = 0.0
    exchanges: Sequence[int] = ()
    mistake: str = ""

    def and_then(self, later: Asked) -> Asked:
        """Both together: another phase of the test, or another test."""
        exchanges = [*self.exchanges, *later.exchanges]
        return Asked(self.started, self.seconds + later.seconds, exchanges, self.mistake or later.mistake)


@dataclass(frozen=True)
class Case:
    """One requirement of one target, or what else fails the gate (its ``verdict`` is None).

    ``kind`` is pass, violated, warned (a violation that leaves the gate open), waived, inconclusive, error or untested.
    ``message`` says in a line why it is no pass, ``text`` all that is known; ``proof`` numbers the exchanges that
    findings point to.
    """

    target: str
    title: str
    name: str
    kind: str
    message: str = ""
    text: str = ""
    observation: str = ""
    verdict: Row | None = None
    proof: tuple[int, ...] = ()
    asked: Asked | None = None


def cases(result: Result, asked: Mapping[tuple[str, str], Asked]) -> Iterator[Case]:
    """Every requirement of a target, also those that were not asked. ``asked``: by target and requirement."""
    record = result.record
    target = record.header["target"]["name"]
    evidence = Evidence(record.findings, record.exchanges)
    observations = words.observations(result)
    for verdict in record.verdicts:
        how = asked.get((target, verdict["requirement"]))
        findings = evidence.findings(verdict) if verdict["verdict"] == "fail" else []
        kind = _kind(verdict, result)
        yield Case(
            target,
            words.class_of(verdict["check"]),
            verdict["requirement"],
            kind,
            message=legal(_message(kind, verdict, findings)),
            text=legal(_text(verdict, evidence, record) if findings else how.mistake if how else ""),
            observation=legal(observations.get(verdict["requirement"], "") if verdict["level"] == "may" else ""),
            verdict=verdict,
            proof=tuple({row["number"]: None for finding in findings for row in evidence.proof(finding)}),
            asked=how,
        )
    yield from _gate(result, target)


def _text(verdict: Row, evidence: Evidence, record: Record) -> str:
    return terminal.violation(verdict, evidence, record.header["target"]["name"], record.path.parent)


def _gate(result: Result, target: str) -> Iterator[Case]:
    """What fails the gate and is no requirement."""
    problems = result.record.footer["waiver_problems"]
    if problems and result.drift is None:
        told = legal("\n".join(problems))
        yield Case(target, GATE, "waivers", "violated", f"violated: {told}", told)
    if result.exit is Exit.DRIFT and result.drift is not None:
        yield Case(
            target, GATE, "drift", "violated", "violated: breaking drift", legal(drift_report.text(result.drift))
        )
    if not result.record.complete:
        yield Case(target, GATE, "run", "error", "error: the run was interrupted, its verdicts say nothing")


def _kind(verdict: Row, result: Result) -> str:
    word = words.word(verdict)
    if word in ("fail", "warn"):
        strict = verdict["level"] == "should" and result.record.header["strict"]
        # with a baseline it is drift alone that fails the gate
        binds = result.drift is None and (verdict["level"] == "must" or strict)
        return "violated" if binds else "warned"
    return "pass" if word == "observed" else word


def _message(kind: str, verdict: Row, findings: list[Row]) -> str:
    if kind == "pass":
        return ""
    if kind == "waived":
        told = "; ".join(words.accepted(waiver) for waiver in verdict["waivers"])
    elif findings:
        told = _expectations([finding for finding in findings if not finding["waived"]])
    else:
        told = verdict["reason"]
    return f"{kind}: {told}"


def _expectations(findings: list[Row]) -> str:
    told = [_expectation(finding) for finding in findings[:_MOST_FINDINGS]]
    more = len(findings) - len(told)
    return "; ".join([*told, f"and {more} more"] if more else told)


def _expectation(finding: Row) -> str:
    where = " ".join(part for part in (finding["case"], place(finding)) if part)
    return f"{where + ': ' if where else ''}expected {finding['expected']}, got {finding['actual']}"


def legal(text: str) -> str:
    """The text with escapes in place of the characters that no report can hold."""
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
