"""Sends again the requests that findings rest on: a fault that does not show each time is intermittent."""

from __future__ import annotations

from collections.abc import Mapping

from driftgate.base.jsonvalue import at, brief, is_cut, type_name
from driftgate.checks.registry import EVERY_ANSWER
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange, Request
from driftgate.record.verdict import Finding, Ledger, Reproduction
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

    def about(self, finding: Finding) -> Reproduction | None:
        """How often a finding is reproduced; None when that is unknown. Raises OutOfBudget and SetupError."""
        rename = self._rename_of(finding)
        reproduction = self._count(finding, rename) if rename else None
        return reproduction if reproduction and reproduction.attempts > 1 else None

    def _rename_of(self, finding: Finding) -> Request | None:
        """The rename that a finding is about: its own exchange, or the one that a read showed the effect of."""
        number = finding.caused_by or finding.exchange
        request = self._requests.get(number or 0)
        return request if request is not None and request.role == "rename" else None

    def _count(self, finding: Finding, rename: Request) -> Reproduction:
        seen = attempts = 1
        for _ in range(1 + _MORE_ATTEMPTS):
            shown = self._reproduces(finding, rename)
            if shown is None:
                break
            seen, attempts = seen + shown, attempts + 1
            if seen == attempts:
                break
        return Reproduction(seen, attempts)

    def _reproduces(self, finding: Finding, rename: Request) -> bool | None:
        """Whether the same request leads to the same finding; None when the answer leaves that open."""
        conversations = self._session.conversations
        before = self._session.rename_afresh() if finding.kind == "effect" else None
        entered = self._ledger.times(finding)
        answer = conversations.send_rename(rename)
        if answer.outcome is Outcome.UNAVAILABLE:
            return None
        if finding.kind == "effect":
            return self._session.read().name != before
        if finding.kind == "outcome":
            return str(answer.outcome) == finding.signature
        if self._session.contract.requirement(finding.requirement).check in EVERY_ANSWER:
            return self._ledger.times(finding) > entered  # judged as it came, with every answer
        return self._shows(finding, answer)

    def _shows(self, finding: Finding, answer: Exchange) -> bool | None:
        """Whether the member that a finding points to is wrong again."""
        if finding.part == "status":
            return answer.answer is not None and f"HTTP {answer.answer.status}" == finding.actual
        value = at(answer.json, finding.pointer)
        if finding.kind == "answer":
            return finding.signature.endswith(type_name(value))
        if answer.outcome is not Outcome.SUCCESS:
            return None
        if finding.part == "read":
            shown = self._requests[finding.exchange or 0].conversation
            value = at(self._session.conversations.read(shown or self._session.subject).conversation, finding.pointer)
        if finding.kind == "name":
            return brief(value) == finding.actual
        # of a long text only the beginning can be compared
        return None if brief(value) == finding.expected and is_cut(value) else brief(value) != finding.expected
