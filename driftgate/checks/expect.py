"""Expectations: what a test says of an exchange. Each one judges; what is violated is collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from driftgate.base.errors import DriftgateError, Inconclusive
from driftgate.base.jsonvalue import ABSENT, at, brief, type_name
from driftgate.contract import Outcome, Requirement
from driftgate.contract.schemas import validator, violations
from driftgate.contract.template import fill
from driftgate.http.exchange import Exchange
from driftgate.http.outcome import status_matches
from driftgate.record.observation import Observation, observed
from driftgate.record.verdict import Finding, Ledger
from driftgate.session.reads import Reading
from driftgate.session.refusals import Refused
from driftgate.session.session import Session, Trial

__all__ = ["Expect", "Inconclusive", "Violation"]


class Violation(DriftgateError, AssertionError):
    """Expectations of one test were violated; the findings say which. ``entered``: the ledger has them already."""

    exit_code = 1
    verdict = "fail"

    def __init__(self, findings: Sequence[Finding], *, entered: bool = False) -> None:
        super().__init__("; ".join(f"expected {each.expected}, got {each.actual}" for each in findings))
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
        self.case = ""

    def settle(self) -> None:
        """Ends a test, or one example of it. Raises Violation with everything found since the last time."""
        found: dict[str, list[Finding]] = {}
        for finding in self._findings:
            found.setdefault(finding.fingerprint, []).append(finding)
        self._findings = []
        if found:
            raise Violation([_with_all_cases(same) for same in found.values()])

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
        """Names the case that the expectations inside are about."""
        former, self.case = self.case, case
        try:
            yield
        finally:
            self.case = former

    def success(self, exchange: Exchange) -> bool:
        """The request was carried out."""
        return self._outcome(exchange, Outcome.SUCCESS)

    def accepted(self, exchange: Exchange, otherwise: Mapping[str, Any] | None) -> None:
        """The request was carried out; where a refusal is documented that is as good, it has that form."""
        if otherwise is not None and exchange.outcome is Outcome.REFUSAL:
            self.answer(exchange, otherwise)
        else:
            self.success(exchange)

    def refusal(self, exchange: Exchange) -> bool:
        """The request was refused, in one of the ways in which the vendor refuses."""
        return self._outcome(exchange, Outcome.REFUSAL)

    def _outcome(self, exchange: Exchange, expected: Outcome) -> bool:
        self._answered(exchange)
        self._judged()
        if exchange.outcome is not expected:
            words = {Outcome.SUCCESS: "a success", Outcome.REFUSAL: "a refusal"}
            self._found("outcome", "status", "", words[expected], exchange.describe(), str(exchange.outcome), exchange)
        return exchange.outcome is expected

    def refused_and_kept(self, refused: Refused) -> None:
        """The case was refused, it changed nothing, and a request without its fault succeeds."""
        refusal = self.refusal(refused.answer)
        self._observe(observed(self._requirement.id, refused.case.label, refused.answer))
        if not refusal:
            return
        control = self._session.control(refused.case.control)
        if control.outcome is not Outcome.SUCCESS:
            raise Inconclusive(f"the same request without the fault was not accepted either ({control.describe()})")
        if refused.kept is None:
            raise Inconclusive("after the refusal the conversation could not be read")
        self._judged()
        if not refused.kept and refused.later is not None:
            pointer = self._session.contract.name_pointer
            actual = f"{brief(refused.later.name)}, although it was answered with a {refused.answer.describe()}"
            self._found(
                "effect",
                "read",
                pointer,
                "the name as it was",
                actual,
                "changed",
                refused.later.exchange,
                refused.answer,
            )

    def answered_name(self, exchange: Exchange, name: str) -> None:
        """The answer of a rename carries this name."""
        if self.success(exchange):
            pointer = self._session.contract.answered_name
            self._equal(exchange, "body", pointer, name, at(exchange.json, pointer))

    def answered_whole(self, exchange: Exchange, name: str) -> None:
        """The answer of a rename does not carry the beginning of this name alone."""
        if self.success(exchange):
            pointer = self._session.contract.answered_name
            shown = at(exchange.json, pointer)
            self._judged()
            if isinstance(shown, str) and shown != name and name.startswith(shown):
                self._found("value", "body", pointer, brief(name), brief(shown), "cut", exchange)

    def answered_another_name(self, exchange: Exchange, name: str) -> None:
        """A rename was carried out, and its answer carries another name than this."""
        if self.success(exchange):
            pointer = self._session.contract.answered_name
            self._differs(exchange, "body", pointer, name, at(exchange.json, pointer))

    def read_shows_another_name(self, reading: Reading, name: str) -> None:
        """A read after a rename shows another name than this."""
        self._readable(reading)
        self._differs(reading.exchange, "read", self._session.contract.name_pointer, name, self._name_in(reading))

    def _differs(self, exchange: Exchange, part: str, pointer: str, unwanted: str, actual: object) -> None:
        self._judged()
        if actual == unwanted:
            self._found(
                "name", part, pointer, f"another name than {brief(unwanted)}", brief(actual), "not ignored", exchange
            )

    def kept_name(self, trial: Trial, name: str) -> None:
        """The read after a rename shows this name."""
        if self.success(trial.answer):
            later = self._readable(trial.later)
            pointer = self._session.contract.name_pointer
            self._equal(later.exchange, "read", pointer, name, self._name_in(later), trial.answer)

    def same(self, before: Reading, after: Reading, pointers: Sequence[str]) -> None:
        """These members of a conversation are the same in both reads; one that was not there before is passed over."""
        self._same(before, self._readable(after).conversation, after.exchange, "read", "", pointers)

    def same_in_answer(self, before: Reading, answer: Exchange, pointers: Sequence[str]) -> None:
        """These members are in a rename's answer as they were in the read before it."""
        if answer.outcome is not Outcome.SUCCESS:
            raise Inconclusive(f"there was no rename to look at the effects of: {answer.describe()}")
        place = self._session.contract.rename.conversation or ""
        shown = at(answer.json, place)
        # a member that is gone or of another type is told by the requirements of the check "answers"
        alike = [each for each in pointers if type_name(at(shown, each)) == type_name(at(before.conversation, each))]
        self._same(before, shown, answer, "body", place, alike)

    def _same(
        self, before: Reading, shown: object, exchange: Exchange, part: str, place: str, pointers: Sequence[str]
    ) -> None:
        self._readable(before)
        for pointer in pointers:
            was, now = at(before.conversation, pointer), at(shown, pointer)
            if was is not ABSENT:
                self._equal(exchange, part, place + pointer, was, now)

    def answer(self, exchange: Exchange, expected: Mapping[str, Any]) -> None:
        """The answer has one of the statuses and a body valid under the schema, as far as they are given."""
        self._answered(exchange)
        assert exchange.answer is not None
        if expected.get("status"):
            self._judged()
        if "schema" in expected:
            self._judged()
        values = self._session.values(status=exchange.answer.status)
        for part, pointer, wanted, actual, signature in differences(exchange, expected, values):
            self._found("answer", part, pointer, wanted, actual, signature, exchange)

    def _equal(
        self,
        exchange: Exchange,
        part: str,
        pointer: str,
        expected: object,
        actual: object,
        cause: Exchange | None = None,
    ) -> None:
        self._judged()
        if expected != actual or type(expected) is not type(actual):
            signature = type_name(actual) if type_name(actual) != type_name(expected) else "another value"
            self._found("value", part, pointer, brief(expected), brief(actual), signature, exchange, cause)

    def _name_in(self, reading: Reading) -> object:
        return at(reading.conversation, self._session.contract.name_pointer)

    @staticmethod
    def _readable(reading: Reading | None) -> Reading:
        if reading is None or reading.conversation is ABSENT:
            told = reading.exchange.describe() if reading else "it was not read"
            raise Inconclusive(f"the conversation could not be read: {told}")
        return reading

    @staticmethod
    def _answered(exchange: Exchange) -> None:
        if exchange.outcome is Outcome.UNAVAILABLE:
            raise Inconclusive(exchange.describe())

    def _judged(self) -> None:
        self._ledger.judged(self._requirement.id)

    def _found(
        self,
        kind: str,
        part: str,
        pointer: str,
        expected: str,
        actual: str,
        signature: str,
        exchange: Exchange,
        cause: Exchange | None = None,
    ) -> None:
        self._findings.append(
            Finding(
                self._requirement.id,
                kind,
                part,
                pointer,
                expected,
                actual,
                signature,
                exchange.number,
                self.case,
                cause.number if cause else None,
            )
        )


def differences(
    exchange: Exchange, expected: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[tuple[str, str, str, str, str]]:
    """How an answer differs from one of the statuses, and a body valid under the schema, as far as they are given.

    Part, pointer, expected, actual and signature of each.
    """
    assert exchange.answer is not None
    patterns: Sequence[str] = expected.get("status", ())
    if patterns and not status_matches(exchange.answer.status, patterns):
        told = f"HTTP {exchange.answer.status}"
        yield "status", "", f"HTTP {' or '.join(patterns)}", told, told
    if "schema" in expected and exchange.json is ABSENT:
        yield "body", "", "JSON", "no JSON", "no JSON"
    elif "schema" in expected:
        kept = validator(fill(expected["schema"], values))
        for pointer, wanted, actual, keyword in violations(kept, exchange.json):
            yield "body", pointer, wanted, brief(actual), f"{keyword} {type_name(actual)}"
