"""Verdicts: what is known of each requirement, and what the gate makes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # reading a record needs no contract, and starts faster without one
    from driftgate.contract.model import Contract, Requirement


class Verdict(IntEnum):
    """What is known of a requirement; a verdict only worsens."""

    NONE = 0
    PASS = 1
    INCONCLUSIVE = 2
    FAIL = 3
    ERROR = 4

    def __str__(self) -> str:
        return self.name.lower()


class Untested(StrEnum):
    """Why a requirement was not judged.

    The user supplied too little, the target sent nothing to judge, the run was not to ask it, or it ended before.
    """

    USER = "user"
    TARGET = "target"
    SELECTION = "selection"
    INTERRUPTED = "interrupted"


class Exit(IntEnum):
    """The gate's exit codes."""

    CONFORMS = 0
    VIOLATES = 1
    USAGE = 4
    INCONCLUSIVE = 6
    INTERNAL_ERROR = 7
    DRIFT = 8


@dataclass(frozen=True)
class Mismatch:
    """How an answer differs from what was expected: where (a JSON pointer into ``part``), expected, actual.

    ``part`` is status, header, body or read. ``signature`` stays the same when the same thing is wrong again: it holds
    no names, ids, times or message texts.
    """

    part: str
    pointer: str
    expected: str
    actual: str
    signature: str

    def __str__(self) -> str:
        return expected_got(self.expected, self.actual)


def expected_got(expected: str, actual: str) -> str:
    """How every report says what was expected and what came."""
    return f"expected {expected}, got {actual}"


@dataclass(frozen=True)
class Finding:
    """One violated expectation: where (a JSON pointer into ``part`` of the exchange), what was expected, what came.

    ``signature`` is what stays the same when the same thing is wrong again: no names, ids, times or message texts.
    ``caused_by`` numbers the rename whose effect a read showed, ``steps`` the exchanges that led to it, where
    it took several.
    """

    requirement: str
    kind: str
    part: str
    pointer: str
    expected: str
    actual: str
    signature: str
    exchange: int | None = None
    case: str = ""
    caused_by: int | None = None
    steps: tuple[int, ...] = ()

    def __str__(self) -> str:
        return expected_got(self.expected, self.actual)

    @property
    def fingerprint(self) -> str:
        text = "\n".join((self.requirement, self.kind, self.part, self.pointer, self.signature))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True)
class Reproduction:
    """How often a finding was ``seen`` in ``attempts`` of the same request, the first included."""

    seen: int
    attempts: int

    @property
    def intermittent(self) -> bool:
        return self.seen < self.attempts

    def describe(self) -> str:
        """How often the finding was reproduced, in a few words."""
        if self.intermittent:
            return f"reproduced {self.seen} of {self.attempts} times"
        return "reproduced both times" if self.attempts == 2 else f"reproduced all {self.attempts} times"


@dataclass(frozen=True)
class Waiver:
    """One accepted violation: of which requirement, why, where it is tracked, and its last day.

    With a fingerprint it accepts that one finding, made in ``case``; any other finding of the requirement still fails.
    One of an ``intermittent`` violation is not stale because a run does not see it.
    """

    requirement: str
    reason: str
    link: str
    expires: date
    since: date | None = None
    fingerprint: str | None = None
    case: str | None = None
    intermittent: bool = False

    def covers(self, finding: Finding) -> bool:
        return self.requirement == finding.requirement and self.fingerprint in (None, finding.fingerprint)

    def overlaps(self, other: Waiver) -> bool:
        """Whether both accept the same finding, so that one of them would hide that the other has expired."""
        fingerprints = (self.fingerprint, other.fingerprint)
        return self.requirement == other.requirement and (None in fingerprints or len(set(fingerprints)) == 1)


@dataclass
class _Entry:
    judged: int = 0
    cases: dict[str, None] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    inconclusive: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    untested: tuple[Untested, str] = (Untested.SELECTION, "not selected in this run")


@dataclass(frozen=True)
class Judgement:
    """What is known of one requirement at the end. ``reason`` says why it is not a pass; empty for pass and fail.

    ``waivers``: those of this requirement that are in force. ``doubts``: a part of it could not be judged.
    ``untested``: why nothing judged it; None where something did. ``cases``: what it was judged by, where that has
    names.
    """

    requirement: Requirement
    verdict: Verdict
    reason: str
    judged: int
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...] = ()
    doubts: bool = False
    untested: Untested | None = None
    cases: tuple[str, ...] = ()

    @property
    def waived(self) -> bool:
        """Whether it fails, and every one of its findings is accepted."""
        failed = self.verdict is Verdict.FAIL and bool(self.findings)
        return failed and all(self.waiver_of(finding) for finding in self.findings)

    def waiver_of(self, finding: Finding) -> Waiver | None:
        """The waiver that accepts a finding, if there is one."""
        return next((waiver for waiver in self.waivers if waiver.covers(finding)), None)


class Ledger:
    """Collects what is found of each requirement of one target."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._entries: dict[str, _Entry] = {requirement.id: _Entry() for requirement in contract.requirements}

    def judged(self, requirement: str, times: int = 1, *, case: str = "") -> None:
        entry = self._entries[requirement]
        entry.judged += times
        if case:
            entry.cases[case] = None

    def found(self, finding: Finding) -> None:
        entry = self._entries[finding.requirement]
        entry.findings.setdefault(finding.fingerprint, finding)
        entry.times[finding.fingerprint] = entry.times.get(finding.fingerprint, 0) + 1

    def inconclusive(self, requirement: str, why: str) -> None:
        reasons = self._entries[requirement].inconclusive
        if why not in reasons:
            reasons.append(why)

    def error(self, requirement: str, why: str) -> None:
        self._entries[requirement].errors.append(why)

    def untested(self, requirement: str, why: str, kind: Untested = Untested.USER) -> None:
        self._entries[requirement].untested = (kind, why)

    def never_sent(self, requirement: str) -> None:
        """Notes that the run asked for what a requirement speaks of, and no answer of the target held it."""
        self.untested(requirement, "not judged: the target never sent it", Untested.TARGET)

    def findings(self, requirement: str) -> tuple[Finding, ...]:
        return tuple(self._entries[requirement].findings.values())

    def times(self, finding: Finding) -> int:
        """How often a finding was made."""
        return self._entries[finding.requirement].times[finding.fingerprint]

    def times_judged(self, requirement: str) -> int:
        return self._entries[requirement].judged

    def judgements(self, waivers: Sequence[Waiver] = ()) -> list[Judgement]:
        """What is known of every requirement, in the catalogue's order, under the waivers that are in force."""
        return [self.judgement(requirement.id, waivers) for requirement in self._contract.requirements]

    def judgement(self, requirement_id: str, waivers: Sequence[Waiver] = ()) -> Judgement:
        requirement, entry = self._contract.requirement(requirement_id), self._entries[requirement_id]
        verdict, reason = self._untested(requirement, entry, waivers)
        if entry.judged:
            verdict, reason = Verdict.PASS, ""
        if entry.inconclusive:
            verdict, reason = Verdict.INCONCLUSIVE, entry.inconclusive[0]
        if entry.findings:
            verdict, reason = Verdict.FAIL, ""
        if entry.errors:
            verdict, reason = Verdict.ERROR, entry.errors[0]
        findings = tuple(entry.findings.values())
        accepted = tuple(waiver for waiver in waivers if waiver.requirement == requirement_id)
        unjudged = not (entry.judged or entry.inconclusive or entry.findings or entry.errors)
        return Judgement(
            requirement,
            verdict,
            reason,
            entry.judged,
            findings,
            accepted,
            doubts=bool(entry.inconclusive),
            untested=entry.untested[0] if unjudged else None,
            cases=tuple(entry.cases),
        )

    def _untested(self, requirement: Requirement, entry: _Entry, waivers: Sequence[Waiver]) -> tuple[Verdict, str]:
        """What is known of a requirement that nothing judged. What a target never sent leaves it inconclusive."""
        kind, why = entry.untested
        if kind is not Untested.TARGET:
            return Verdict.NONE, why
        accepted = self._accepted_absence(requirement, waivers)
        if accepted:
            return Verdict.NONE, f"{why}, which a waiver of {accepted} accepts"
        return Verdict.INCONCLUSIVE, why

    def _accepted_absence(self, requirement: Requirement, waivers: Sequence[Waiver]) -> str | None:
        """The requirement with a waived finding about the very member that nothing could be judged of, if any."""
        members = [requirement.detail.get("at"), *requirement.detail.get("ordered", ())]
        # of what only a larger profile asks there are waivers, and no entries
        for waiver in (each for each in waivers if each.requirement in self._entries):
            for finding in self._entries[waiver.requirement].findings.values():
                about = f"{finding.pointer}/" if finding.part == "body" and finding.pointer else None
                if about and waiver.covers(finding) and any(f"{each}/".startswith(about) for each in members):
                    return waiver.requirement
        return None


@dataclass(frozen=True)
class Gate:
    """Decides which violations fail a run: those of a MUST, in a strict run those of a SHOULD too.

    With ``require_verified`` a MUST that is untested because the user supplied too little leaves the run inconclusive.
    """

    strict: bool
    require_verified: bool = False

    def binds(self, level: str) -> bool:
        """Whether a violated requirement of this level fails the run."""
        return level == "must" or (self.strict and level == "should")

    def leaves_open(self, level: str, verdict: str, untested: str | None) -> bool:
        """Whether a requirement without a verdict leaves the run inconclusive."""
        if verdict == "none" and untested == Untested.USER:
            return self.require_verified and level == "must"
        unanswered = verdict == "inconclusive" or (verdict == "none" and untested == Untested.INTERRUPTED)
        return unanswered and self.binds(level)

    def exit_code(
        self,
        judgements: Iterable[Judgement],
        *,
        waiver_problems: bool = False,
        breaking_drift: bool = False,
        not_restored: bool = False,
    ) -> Exit:
        """The exit code for what was judged: error outranks failure, failure drift, and drift inconclusive.

        ``breaking_drift``: a pinned observation changed, and that is breaking. ``not_restored``: the run left
        something changed; then, as where it judged nothing, it is inconclusive at best.
        """
        rows = list(judgements)
        binding = [row for row in rows if self.binds(row.requirement.level)]
        if any(row.verdict is Verdict.ERROR for row in rows):
            return Exit.INTERNAL_ERROR
        if waiver_problems or any(row.verdict is Verdict.FAIL and not row.waived for row in binding):
            return Exit.VIOLATES
        if breaking_drift:
            return Exit.DRIFT
        if not_restored or any(self.leaves_open(row.requirement.level, str(row.verdict), row.untested) for row in rows):
            return Exit.INCONCLUSIVE
        if not any(row.verdict in (Verdict.PASS, Verdict.FAIL) for row in rows):
            return Exit.INCONCLUSIVE
        return Exit.CONFORMS
