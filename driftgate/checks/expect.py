"""Expectations: what a test says of an exchange. Each one judges; what is violated is collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from driftgate.base.errors import DriftgateError, Inconclusive
from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, type_name
from driftgate.cases import generate
from driftgate.contract import Outcome, Requirement
from driftgate.contract.schemas import validator, violations
from driftgate.contract.template import fill
from driftgate.http.exchange import Exchange
from driftgate.http.outcome import status_matches
from driftgate.record.observation import Observation, observed
from driftgate.record.verdict import Finding, Ledger, Mismatch
from driftgate.session.plan import LeftOut

if TYPE_CHECKING:
    from driftgate.session.reads import Reading
    from driftgate.session.refusals import Refused
    from driftgate.session.session import Session, Trial

__all__ = ["Expect", "Inconclusive", "Violation"]


class Violation(DriftgateError, AssertionError):
    """Expectations of one test were violated; the findings say which. ``entered``: the ledger has them already."""

    exit_code = 1
    verdict = "fail"

    def __init__(self, findings: Sequence[Finding], *, entered: bool = False) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = tuple(findings)
        self.entered = entered


def _with_all_cases(same: Sequence[Finding]) -> Finding:
    """The first of several equal findings, with the cases of all of them."""
    cases = dict.fromkeys(finding.case for finding in same)
    return replace(same[0], case=", ".join(cases))


class Expect:
    """The expectations of one requirement about one target."""

    def __init__(
        self, requirement: Requirement, session: Session, ledger: Ledger, observe: Callable[[Observation], None]
    ) -> None:
        self._requirement = requirement
        self._session = session
        self._ledger = ledger
        self._observe = observe
        self._findings: list[Finding] = []
        self._doubts: list[str] = []
        self.contract = session.contract
        self.case = ""

    def settle(self) -> None:
        """Ends a test, or one example of it. Raises Violation with everything found since the last time.

        Raises Inconclusive where nothing was found, and something could not be judged.
        """
        doubts, self._doubts = self._doubts, []
        found: dict[str, list[Finding]] = {}
        for finding in self._findings:
            found.setdefault(finding.fingerprint, []).append(finding)
        self._findings = []
        if found:
            raise Violation([_with_all_cases(same) for same in found.values()])
        if doubts:
            raise Inconclusive(doubts[0])

    def unsure(self, why: str) -> None:
        """Notes that a part of the requirement cannot be judged; the rest of the test can. ``settle`` raises it."""
        self._ledger.inconclusive(self._requirement.id, why)
        self._doubts.append(why)

    def findings_of(self, case: str, test: Callable[[], None]) -> list[Finding]:
        """What one example of a test violates; the expectations are empty again afterwards."""
        try:
            with self.about(case):
                test()
            self.settle()
        except Violation as violation:
            return list(violation.findings)
        return []

    def clean_so_far(self) -> None:
        """Nothing in the run has violated the requirement. Raises Violation with what the ledger has.

        Raises Inconclusive where nothing could be judged because renames were not answered.
        """
        found = self._ledger.findings(self._requirement.id)
        if found:
            raise Violation(found, entered=True)
        unanswered = self._session.conversations.unanswered
        if unanswered and not self._ledger.times_judged(self._requirement.id):
            raise Inconclusive(unanswered.describe())

    @contextmanager
    def about(self, case: str) -> Iterator[None]:
        """Names the case that the expectations inside are about. One that is not asked is noted, and ends here."""
        former, self.case = self.case, case
        try:
            yield
        except LeftOut:
            self._session.plan.omit(self._requirement.id, case)
        finally:
            self.case = former

    def success(self, exchange: Exchange) -> bool:
        """The request was carried out."""
        return self._outcome(exchange, Outcome.SUCCESS)

    def refusal(self, exchange: Exchange) -> bool:
        """The request was refused, in one of the ways in which the vendor refuses."""
        return self._outcome(exchange, Outcome.REFUSAL)

    def answered(self, exchange: Exchange) -> Outcome:
        """The outcome of a request, whichever it is. Raises Inconclusive where there was no answer."""
        self._answered(exchange)
        self.judged()
        return exchange.outcome

    def _outcome(self, exchange: Exchange, expected: Outcome) -> bool:
        self._answered(exchange)
        self.judged()
        if exchange.outcome is not expected:
            words = {Outcome.SUCCESS: "a success", Outcome.REFUSAL: "a refusal"}
            mismatch = Mismatch("status", "", words[expected], exchange.describe(), str(exchange.outcome))
            self.found("outcome", mismatch, exchange)
        return exchange.outcome is expected

    def refused_and_kept(self, refused: Refused) -> None:
        """The case was refused, it changed nothing, and a request without its fault succeeds."""
        answer, label = refused.answer, refused.case.label
        self._answered(answer)
        self.judged()
        stored = None if answer.outcome is Outcome.REFUSAL else refused.stored
        self._observe(observed(self._requirement.id, label, answer, stored))
        if answer.outcome is not Outcome.REFUSAL:
            actual = answer.describe() + (f"; stored name: {refused.stored}" if refused.stored else "")
            mismatch = Mismatch("status", "", "a refusal", actual, f"{self._behaviour(refused)} of {label}")
            self.found("outcome", mismatch, answer)
            return
        control = self._session.control(refused.case.control)
        if control.outcome is not Outcome.SUCCESS:
            self.unsure(f"the same request without the fault was not accepted either ({control.describe()})")
            return
        if refused.kept is None:
            self.unsure(f"after the refusal no read showed the name of the {self._session.contract.resource.one}")
            return
        self.judged()
        if not refused.kept and refused.later is not None:
            actual = f"{brief(refused.later.name)}, although it was answered with a {answer.describe()}"
            signature = f"changed: {refused.stored} of {label}"
            mismatch = Mismatch("read", self.contract.name_pointer, "the name as it was", actual, signature)
            self.found("effect", mismatch, refused.later.exchange, answer)

    def _behaviour(self, refused: Refused) -> str:
        """What came back and what was stored, in words without data: a waiver accepts this behaviour alone."""
        answer = refused.answer
        words = [str(answer.outcome)]
        if answer.outcome is Outcome.SUCCESS:
            shown = at(answer.json, self.contract.answered_name)
            words += [f"HTTP {answer.answer.status}"] if answer.answer else []
            words += [f"code {answer.code}"] if answer.code else []
            words += [f"answered name {refused.relation(shown)}"]
        return ", ".join([*words, f"stored name {refused.stored or 'not shown'}"])

    def kept_name(self, trial: Trial, name: str) -> None:
        """The read after a rename shows this name."""
        if self.success(trial.answer):
            try:
                later = self.readable(trial.later)
            except Inconclusive as problem:
                self.unsure(str(problem))
                return
            pointer = self.contract.name_pointer
            self.same_name(later.exchange, "read", pointer, name, at(later.conversation, pointer), trial.answer)

    def answer(self, exchange: Exchange, expected: Mapping[str, Any]) -> None:
        """The answer has one of the statuses and a body valid under the schema, as far as they are given."""
        self._answered(exchange)
        assert exchange.answer is not None
        if expected.get("status"):
            self.judged()
        if "schema" in expected:
            self.judged()
        values = self._session.values(status=exchange.answer.status)
        for mismatch in differences(exchange, expected, values):
            self.found("answer", mismatch, exchange)

    def equal(
        self,
        exchange: Exchange,
        part: str,
        pointer: str,
        expected: object,
        actual: object,
        caused_by: Exchange | None = None,
    ) -> None:
        """Two values are the same, of the same type."""
        self.judged()
        if expected != actual or type(expected) is not type(actual):
            signature = type_name(actual) if type_name(actual) != type_name(expected) else "another value"
            mismatch = Mismatch(part, pointer, brief(expected), brief(actual), signature)
            self.found("value", mismatch, exchange, caused_by)

    def observe(self, exchange: Exchange, name: str | None) -> None:
        """Records what an exchange showed; ``name`` says how its name relates to others."""
        self._observe(observed(self._requirement.id, self.case, exchange, name))

    def same_name(
        self,
        exchange: Exchange,
        part: str,
        pointer: str,
        expected: str,
        actual: JSON,
        caused_by: Exchange | None = None,
    ) -> None:
        """A name is the one that was sent."""
        self.judged()
        if expected != actual:
            # to which length a name is cut depends on the name
            what = generate.relation(expected, actual, None).rstrip(" 0123456789")
            signature = what if isinstance(actual, str) else type_name(actual)
            mismatch = Mismatch(part, pointer, brief(expected), brief(actual), signature)
            self.found("value", mismatch, exchange, caused_by)

    def judged(self, *cases: str) -> None:
        """Notes that the requirement was put to the test: in the case that it is about, or in these cases."""
        for case in cases or (self.case,):
            self._ledger.judged(self._requirement.id, case=case)

    def found(self, kind: str, mismatch: Mismatch, exchange: Exchange, caused_by: Exchange | None = None) -> None:
        """Notes a violation; ``settle`` raises it. ``caused_by`` is the rename whose effect a read showed."""
        self._findings.append(finding_of(self._requirement, kind, mismatch, exchange, self.case, caused_by))

    def readable(self, reading: Reading | None) -> Reading:
        """A read that shows the conversation. Raises Inconclusive where there is none."""
        if reading is None or reading.conversation is ABSENT:
            why = reading.exchange.describe() if reading else "it was not read"
            raise Inconclusive(f"the {self._session.contract.resource.one} could not be read: {why}")
        return reading

    @staticmethod
    def _answered(exchange: Exchange) -> None:
        if exchange.outcome is Outcome.UNAVAILABLE:
            raise Inconclusive(exchange.describe())


def finding_of(
    requirement: Requirement,
    kind: str,
    mismatch: Mismatch,
    exchange: Exchange,
    case: str = "",
    caused_by: Exchange | None = None,
) -> Finding:
    """A mismatch as the finding of a requirement, with the exchange that showed it."""
    return Finding(
        requirement.id,
        kind,
        mismatch.part,
        mismatch.pointer,
        mismatch.expected,
        mismatch.actual,
        mismatch.signature,
        exchange.number,
        case,
        caused_by.number if caused_by else None,
    )


def differences(exchange: Exchange, expected: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Mismatch]:
    """How an answer differs from one of the statuses, and a body valid under the schema, as far as they are given."""
    assert exchange.answer is not None
    patterns: Sequence[str] = expected.get("status", ())
    if patterns and not status_matches(exchange.answer.status, patterns):
        actual = f"HTTP {exchange.answer.status}"
        yield Mismatch("status", "", f"HTTP {' or '.join(patterns)}", actual, actual)
    if "schema" in expected and exchange.json is ABSENT:
        yield Mismatch("body", "", "JSON", "no JSON", "no JSON")
    elif "schema" in expected:
        kept = validator(fill(expected["schema"], values))
        for pointer, wanted, found, keyword in violations(kept, exchange.json):
            yield Mismatch("body", pointer, wanted, brief(found), f"{keyword} {type_name(found)}")
