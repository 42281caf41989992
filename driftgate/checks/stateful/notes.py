"""What lives show, taken down: verdicts and observations at once, slips to be looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple

from driftgate.checks.expect import differences
from driftgate.checks.stateful.looking import Slip, Told
from driftgate.checks.stateful.model import Promise
from driftgate.contract import Level, Requirement
from driftgate.http.exchange import Exchange
from driftgate.record.observation import Observation, observed
from driftgate.record.verdict import Ledger

Values = Callable[[Exchange], Mapping[str, object]]


class Notes:
    """Takes down what lives show of each promise, for the requirement that makes it."""

    def __init__(
        self,
        rows: Mapping[Promise, Requirement],
        ledger: Ledger,
        observe: Callable[[Observation], None],
        values: Mapping[str, object],
    ) -> None:
        self._rows = rows
        self._ledger = ledger
        self._observe = observe
        self._values = values
        self.slips: dict[tuple[Promise, str, str], list[Slip]] = {}
        self.reasons: dict[Promise, str] = {}
        self.passing: dict[Promise, str] = {}

    def judged(self, promise: Promise) -> None:
        self._ledger.judged(self._rows[promise].id)

    def slipped(self, slip: Slip) -> None:
        if self._rows[slip.promise].level is not Level.MAY:
            self.slips.setdefault(slip.key, []).append(slip)

    def unclear(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        for promise in promises:
            (self.passing if passing else self.reasons).setdefault(promise, why)

    def seen(self, promise: Promise, exchange: Exchange) -> None:
        row = self._rows[promise]
        if row.level is Level.MAY:
            self._observe(observed(row.id, "", exchange))

    def answered(self, promise: Promise, exchange: Exchange) -> list[Told]:
        row = self._rows.get(promise)
        expected = row.detail.get("answer", {}) if row else {}
        status = exchange.answer.status if exchange.answer else 0
        return [astuple(each) for each in differences(exchange, expected, {**self._values, "status": status})]


class Watch:
    """Waits for one slip to be made again, and takes down nothing else."""

    def __init__(self, notes: Notes, awaited: Slip) -> None:
        self._notes = notes
        self._key = awaited.key
        self.found: Slip | None = None

    def judged(self, promise: Promise) -> None:
        """Was judged before."""

    def slipped(self, slip: Slip) -> None:
        if self.found is None and slip.key == self._key:
            self.found = slip

    def unclear(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        """Then it is not made again."""

    def seen(self, promise: Promise, exchange: Exchange) -> None:
        """Was observed before."""

    def answered(self, promise: Promise, exchange: Exchange) -> list[Told]:
        return self._notes.answered(promise, exchange)
