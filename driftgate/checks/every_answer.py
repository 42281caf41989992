"""Judges every answer of a run by all requirements of the checks that judge answers, whichever test caused it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from driftgate.base.jsonvalue import ABSENT
from driftgate.checks.check import JudgesAnswers
from driftgate.checks.expect import finding_of
from driftgate.checks.registry import CHECKS
from driftgate.contract import Contract, Outcome, Requirement
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Ledger, Mismatch


class AnswerJudge:
    """An observer of exchanges: judges the answers to renames and reads, and enters what it finds into the ledger.

    ``missed`` are the requirements of which some answer of their kind held nothing to judge.
    """

    def __init__(self, contract: Contract, ledger: Ledger, params: Mapping[str, Any]) -> None:
        self._ledger = ledger
        self.missed: set[str] = set()
        judges = {check.name: check.answers(contract, params) for check in CHECKS if check.answers is not None}
        self._judges: list[tuple[JudgesAnswers, Requirement]] = [
            (judges[row.check], row) for row in contract.requirements if row.check in judges
        ]

    def enter_into(self, ledger: Ledger) -> None:
        """Begins anew, with another ledger; what was prepared for judging is kept."""
        self._ledger = ledger
        self.missed.clear()

    def __call__(self, exchange: Exchange) -> None:
        for judge, requirement, mismatches in self._all(exchange):
            if mismatches is None:
                self.missed.add(requirement.id)
            else:
                self._enter(judge, requirement, exchange, mismatches)

    def in_part(self, exchange: Exchange, lost: Mapping[str, str]) -> None:
        """Judges an exchange of which parts of the answer are not there as they came; ``lost`` says why, by part.

        What speaks of such a part is left open where it seems to be violated, or cannot be judged at all. Where the
        outcome is lost too, nobody knows which requirements speak of it.
        """
        if exchange.request.role == "rename" and "outcome" in lost:
            for judge, requirement in self._judges:
                if judge.by_outcome:
                    self._ledger.inconclusive(requirement.id, lost["outcome"])
            return
        for judge, requirement, mismatches in self._all(exchange):
            why = lost.get(judge.part(requirement))
            if why is not None and (mismatches or (mismatches is None and exchange.json is ABSENT)):
                self._ledger.inconclusive(requirement.id, why)
            elif mismatches is not None:
                self._enter(judge, requirement, exchange, mismatches)

    def _all(self, exchange: Exchange) -> Iterator[tuple[JudgesAnswers, Requirement, list[Mismatch] | None]]:
        """Every requirement that speaks of the exchange, with what it violates; None where it holds nothing of it."""
        answer = exchange.answer
        if answer is None or exchange.outcome is Outcome.UNAVAILABLE:
            return
        for judge, requirement in self._judges:
            asked = requirement.detail.get("operation", "rename")
            if exchange.request.role == asked and judge.applies(requirement, exchange):
                yield judge, requirement, judge.judge(requirement, exchange, answer)

    def _enter(
        self, judge: JudgesAnswers, requirement: Requirement, exchange: Exchange, mismatches: list[Mismatch]
    ) -> None:
        case = judge.case(exchange)
        self._ledger.judged(requirement.id, case=case)
        for each in mismatches:
            self._ledger.found(finding_of(requirement, "answer", each, exchange, case))
