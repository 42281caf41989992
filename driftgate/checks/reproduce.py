"""Sends again the requests that findings rest on: a fault that does not show each time is intermittent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from driftgate.base.jsonvalue import ABSENT, at, brief, is_cut, type_name
from driftgate.checks import repeats
from driftgate.checks.registry import EVERY_ANSWER
from driftgate.contract import Outcome
from driftgate.http.client import OutOfBudget
from driftgate.http.exchange import Exchange, Request
from driftgate.record.verdict import Finding, Ledger, Reproduction
from driftgate.session.conversations import SetupError
from driftgate.session.session import Session

MOST_FINDINGS = {True: 20, False: 6}  # that are reproduced: where requests are free, and on a live target
_MORE_ATTEMPTS = 4  # when the first one did not reproduce the finding


def least_to_reproduce(finding: Finding) -> int:
    """How many requests it takes to reproduce a finding that is steady."""
    if finding.kind == "effect":
        return 4  # a rename to a name of its own, the request, and a read after each
    return 2 if finding.part == "read" else 1


class Reproducer:
    """Repeats the requests that findings rest on. A steady fault costs one request, or a rename and a read."""

    def __init__(self, session: Session, ledger: Ledger, requests: Mapping[int, Request]) -> None:
        self._session = session
        self._ledger = ledger
        self._requests = requests
        self._counts: dict[str, Reproduction] = {}

    def reproduce(self, findings: Sequence[Finding]) -> Mapping[str, Reproduction]:
        """How often each finding is reproduced, by its fingerprint; without those of which that is unknown.

        Each finding is tried once before any is tried again, so that the last requests tell of as many as they can.
        """
        with suppress(OutOfBudget, SetupError):
            missed = [finding for finding in findings if self._try(finding) is False]
            for finding in missed:
                for _ in range(_MORE_ATTEMPTS):
                    if self._try(finding) is None:
                        break
        return self._counts

    def _try(self, finding: Finding) -> bool | None:
        """Whether one more attempt shows the finding; None when that is unknown. Raises OutOfBudget and SetupError."""
        rename = self._rename_of(finding)
        shown = self._reproduces(finding, rename) if rename else None
        if shown is not None:
            count = self._counts.get(finding.fingerprint, Reproduction(1, 1))
            self._counts[finding.fingerprint] = Reproduction(count.seen + shown, count.attempts + 1)
        return shown

    def _rename_of(self, finding: Finding) -> Request | None:
        """The rename that a finding is about: its own exchange, or the one that a read showed the effect of."""
        number = finding.caused_by or finding.exchange
        request = self._requests.get(number or 0)
        return request if request is not None and request.role == "rename" else None

    def _reproduces(self, finding: Finding, rename: Request) -> bool | None:
        """Whether the same request leads to the same finding; None when the answer leaves that open."""
        session = self._session
        before = session.rename_afresh() if finding.kind == "effect" else None
        self._restore_situation(finding, rename)
        entered = self._ledger.times(finding)
        answer = session.resend(rename)
        if answer.outcome is Outcome.UNAVAILABLE:
            return None
        if finding.kind == "effect":
            return session.read().name != before
        if finding.kind == "outcome":
            return _begins_with(finding.signature, str(answer.outcome))
        if session.contract.requirement(finding.requirement).check in EVERY_ANSWER:
            return self._ledger.times(finding) > entered  # judged as it came, with every answer
        return self._shows(finding, rename, answer)

    def _restore_situation(self, finding: Finding, rename: Request) -> None:
        """Gives the conversation another name than the one that is sent, or that very one, as it was at first."""
        session = self._session
        if rename.name is None or rename.conversation != session.subject:
            return
        if repeats.sends_the_present_name(session.contract.requirement(finding.requirement)):
            if session.known_name != rename.name:
                session.resend(rename)
        elif session.known_name == rename.name:
            session.rename_afresh()

    def _shows(self, finding: Finding, rename: Request, answer: Exchange) -> bool | None:
        """Whether the member that a finding points to is wrong again."""
        if finding.part == "status":
            return answer.answer is not None and f"HTTP {answer.answer.status}" == finding.actual
        value = at(answer.json, finding.pointer)
        if finding.signature == "no JSON":
            return answer.json is ABSENT
        if finding.kind == "answer":
            return finding.signature.endswith(type_name(value))
        if answer.outcome is not Outcome.SUCCESS:
            return None
        if finding.part == "read":
            shown = self._requests[finding.exchange or 0].conversation
            value = at(self._session.read_other(shown or self._session.subject).conversation, finding.pointer)
        if finding.kind == "name":
            return brief(value) == finding.actual
        if rename.name is not None and finding.expected == brief(rename.name):
            return bool(value != rename.name)
        # of a long text only the beginning can be compared
        return None if brief(value) == finding.expected and is_cut(value) else brief(value) != finding.expected


def _begins_with(signature: str, outcome: str) -> bool:
    """Whether the signature is of this outcome; it may go on with what came back, and with the case."""
    return signature == outcome or signature.startswith((f"{outcome},", f"{outcome} of "))
