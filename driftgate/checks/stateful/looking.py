"""What all steps of a life share: the conversations, looking at one of them, and telling what that shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from driftgate.base.jsonvalue import ABSENT, brief
from driftgate.checks.stateful.driver import Acts
from driftgate.checks.stateful.model import Kept, Promise, State, Step
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange
from driftgate.session.reads import Reading

Told = tuple[str, str, str, str, str]  # part, pointer, expected, actual, signature


@dataclass(frozen=True)
class Taken:
    """A step that was taken, and its exchanges."""

    step: Step
    exchanges: range


@dataclass(frozen=True)
class Slip:
    """A promise that was not kept. ``about`` is the conversation that shows it; 0 where it is none of the life's."""

    promise: Promise
    kind: str
    part: str
    pointer: str
    expected: str
    actual: str
    signature: str
    exchange: Exchange
    about: int = 0
    taken: tuple[Taken, ...] = ()

    @property
    def key(self) -> tuple[Promise, str, str]:
        """What stays the same when the same thing is wrong again."""
        return self.promise, self.part, self.signature


class Report(Protocol):
    """Who is told what a life shows."""

    def judged(self, promise: Promise) -> None:
        """A promise was put to the test."""

    def slipped(self, slip: Slip) -> None:
        """A promise was not kept."""

    def unclear(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        """Promises could not be judged, and why; ``passing`` trouble does not matter where they are judged later."""

    def seen(self, promise: Promise, exchange: Exchange) -> None:
        """What the target did with a request that is to be refused."""

    def answered(self, promise: Promise, exchange: Exchange) -> Iterable[Told]:
        """How a refusal differs from the documented one."""


@dataclass(frozen=True)
class Asked:
    """Which promises a life is about, and where in answers it looks: pointers to name, items and what they sort by."""

    promises: Collection[Promise]
    name_pointer: str
    items: str
    sorted_by: str | None = None


class Looking:
    """The conversations of one life. What asks the target raises OutOfBudget and SetupError."""

    def __init__(self, acts: Acts, report: Report, asked: Asked) -> None:
        self._acts = acts
        self._report = report
        self._asked = asked
        self._waiting: list[Slip] = []
        self.taken: list[Taken] = []
        self.kept: dict[int, Kept] = {}

    def _begin(self, step: Step) -> None:
        self.taken.append(Taken(step, range(self._acts.used + 1, self._acts.used + 1)))

    def _close(self) -> None:
        """Notes the exchanges of the last step so far."""
        last = self.taken[-1]
        self.taken[-1] = replace(last, exchanges=range(last.exchanges.start, self._acts.used + 1))

    def _look(self, kept: Kept, *, there: bool) -> tuple[Reading, bool | None]:
        """A read, and whether it showed the conversation; once more where that is not as it must be."""
        reading = self._acts.read(kept.id)
        shown = self._shows(reading)
        if shown is not there or (there and kept.name not in (None, reading.name)):
            self._acts.settle()
            reading = self._acts.read(kept.id)
            shown = self._shows(reading)
        if shown:
            self._acts.can_read = True
            for slip in self._waiting:
                self._report.slipped(slip)
            self._waiting = []
        return reading, shown

    def _shows(self, reading: Reading) -> bool | None:
        """Whether a read showed the conversation; None when that cannot be told."""
        there = reading.conversation is not ABSENT and reading.conversation is not None
        if reading.exchange.outcome is Outcome.SUCCESS:
            return there if there or reading.whole else None
        refused = reading.exchange.outcome is Outcome.REFUSAL and not self._acts.reads_a_list
        return False if refused else None

    def _expect_alive(self, promise: Promise, kept: Kept, reading: Reading, there: bool | None) -> None:
        """The conversation is there under its name; afterwards the model holds what was shown."""
        if there is None:
            self._lose(kept, [promise], reading.exchange)
        elif there:
            self._same_name(promise, kept.name, reading, kept)
            kept.name = reading.name
        else:
            self._tell(self._slip(promise, "effect", "read", "it is shown", "gone", reading.exchange, kept))
            self._vanished(kept)

    def _stays(self, kept: Kept) -> bool:
        """A conversation is as its own changes left it, whatever was done to others. Whether it is there at all."""
        self._expect_alive(Promise.OTHERS_STAY, kept, *self._look(kept, there=True))
        return kept.state is State.ALIVE

    def _vanished(self, kept: Kept) -> None:
        kept.state = State.LOST
        self._acts.may_be_gone(kept.id)

    def _same_name(self, promise: Promise, name: str | None, reading: Reading, kept: Kept) -> None:
        self._judged(promise)
        if name is not None and reading.name != name:
            slip = self._slip(promise, "value", "read", brief(name), "another name", reading.exchange, kept)
            self._tell(replace(slip, pointer=self._asked.name_pointer, actual=brief(reading.name)))

    def _expect_gone(self, kept: Kept) -> bool:
        """A deleted conversation is not shown by a read. Whether that was seen."""
        promise = Promise.DELETED_IS_NOT_LISTED if self._acts.reads_a_list else Promise.DELETED_IS_NOT_READ
        reading, there = self._look(kept, there=False)
        if there is None:
            self._unclear([promise], reading.exchange.describe())
            return False
        self._judged(promise)
        if there:
            self._tell(self._slip(promise, "effect", "read", "it is not shown", "there", reading.exchange, kept))
        return not there

    def _must_be_refused(self, promise: Promise, exchange: Exchange, kept: Kept) -> bool:
        """A request must have been refused, as documented. Whether it was."""
        if exchange.outcome not in (Outcome.SUCCESS, Outcome.REFUSAL):
            self._unclear([promise], exchange.describe())
            return False
        self._judged(promise)
        if promise in self._asked.promises:
            self._report.seen(promise, exchange)
        if exchange.outcome is Outcome.SUCCESS:
            self._tell(self._slip(promise, "outcome", "status", "a refusal", "success", exchange, kept))
            return False
        for part, pointer, expected, actual, signature in self._report.answered(promise, exchange):
            self._tell(Slip(promise, "answer", part, pointer, expected, actual, signature, exchange, kept.number))
        return True

    @staticmethod
    def _slip(
        promise: Promise,
        kind: str,
        part: str,
        expected: str,
        signature: str,
        exchange: Exchange,
        kept: Kept | None = None,
    ) -> Slip:
        number = kept.number if kept else 0
        shown = {"gone": "it is not shown: ", "there": "it is shown: "}.get(signature, "")
        return Slip(promise, kind, part, "", expected, f"{shown}{exchange.describe()}", signature, exchange, number)

    def _tell(self, slip: Slip, *, later: bool = False) -> None:
        """Tells of a slip, with the steps that led to it; ``later``, when a conversation was read at all."""
        if slip.promise not in self._asked.promises:
            return
        self._close()
        whole = replace(slip, taken=tuple(self.taken))
        if later:
            self._waiting.append(whole)
        else:
            self._report.slipped(whole)

    def _judged(self, promise: Promise) -> None:
        if promise in self._asked.promises:
            self._report.judged(promise)

    def _unclear(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        self._report.unclear([each for each in promises if each in self._asked.promises], why, passing=passing)

    def _lose(self, kept: Kept, promises: Iterable[Promise], exchange: Exchange) -> None:
        """Nobody knows what became of a conversation: it is not judged any more."""
        kept.state = State.LOST
        self._unclear(promises, exchange.describe())
