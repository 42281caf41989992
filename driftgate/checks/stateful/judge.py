"""Judging what the steps of a sequence show: single conversations, and lists, against the model.

The model then holds what the target showed, so that one fault hides no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from driftgate.base.jsonvalue import ABSENT, brief
from driftgate.checks.stateful.driver import Driver
from driftgate.checks.stateful.model import (
    Anomalies,
    Anomaly,
    Existence,
    ModelConversation,
    Promise,
    Step,
    anomalies,
    foreign_ids,
    sort_values,
)
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch
from driftgate.session.reads import Listing, Reading

_OF_LISTS = (
    Promise.LISTED_ONCE,
    Promise.LISTED_NAME,
    Promise.LISTED_IN_ORDER,
    Promise.PAGE_IS_NO_LONGER,
    Promise.DELETED_IS_NOT_LISTED,
)
_BROKEN_BY = {
    "missing": Promise.LISTED_ONCE,
    "twice": Promise.LISTED_ONCE,
    "deleted": Promise.DELETED_IS_NOT_LISTED,
    "name": Promise.LISTED_NAME,
    "order": Promise.LISTED_IN_ORDER,
}

Model = Mapping[int, ModelConversation]


@dataclass(frozen=True)
class ExecutedStep:
    """A step that was run, and the numbers of its exchanges."""

    step: Step
    exchanges: range


@dataclass(frozen=True)
class Failure:
    """A promise that was not kept. ``about`` is the number of the conversation that shows it; 0 where none does."""

    promise: Promise
    kind: str
    mismatch: Mismatch
    exchange: Exchange
    about: int = 0
    executed: tuple[ExecutedStep, ...] = ()

    @property
    def key(self) -> tuple[Promise, str, str]:
        """What stays the same when the same thing is wrong again."""
        return self.promise, self.mismatch.part, self.mismatch.signature

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(each.step for each in self.executed)


class Reporter(Protocol):
    """Receives what a sequence shows."""

    def judged(self, promise: Promise) -> None:
        """A promise was put to the test."""

    def failed(self, failure: Failure) -> None:
        """A promise was not kept."""

    def inconclusive(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        """Promises could not be judged; where that is ``passing`` it does not matter if they are judged later."""

    def observed(self, promise: Promise, exchange: Exchange) -> None:
        """The target answered a request that is to be refused."""

    def mismatches(self, promise: Promise, exchange: Exchange) -> Iterable[Mismatch]:
        """How a refusal differs from the documented one."""


@dataclass(frozen=True)
class Scope:
    """Which promises a sequence is about, and where answers hold the name, the rows and what they are sorted by."""

    promises: Collection[Promise]
    name_pointer: str
    items: str
    sorted_by: str | None = None


class Transcript:
    """The executed steps of one sequence, and what they showed: it reports all that is in the scope."""

    def __init__(self, driver: Driver, reporter: Reporter, scope: Scope) -> None:
        self._driver = driver
        self._reporter = reporter
        self._scope = scope
        self._executed: list[ExecutedStep] = []
        self.held_back: list[Failure] = []

    def begin(self, step: Step) -> None:
        self._executed.append(ExecutedStep(step, range(self._driver.used + 1, self._driver.used + 1)))

    def update(self) -> None:
        """Takes in the exchanges of the last step so far."""
        last = self._executed[-1]
        self._executed[-1] = replace(last, exchanges=range(last.exchanges.start, self._driver.used + 1))

    def judged(self, promise: Promise) -> None:
        if promise in self._scope.promises:
            self._reporter.judged(promise)

    def inconclusive(self, promises: Iterable[Promise], why: str, *, passing: bool = False) -> None:
        self._reporter.inconclusive([each for each in promises if each in self._scope.promises], why, passing=passing)

    def refused(self, promise: Promise, exchange: Exchange, about: int) -> None:
        """Reports how a refusal differs from the documented one."""
        if promise in self._scope.promises:
            for mismatch in self._reporter.mismatches(promise, exchange):
                self.failed(Failure(promise, "answer", mismatch, exchange, about))

    def observed(self, promise: Promise, exchange: Exchange) -> None:
        if promise in self._scope.promises:
            self._reporter.observed(promise, exchange)

    def failed(self, failure: Failure, *, hold_back: bool = False) -> None:
        """Reports a failure with the steps that led to it; ``hold_back`` waits with that for ``release``."""
        if failure.promise not in self._scope.promises:
            return
        self.update()
        failure = replace(failure, executed=tuple(self._executed))
        if hold_back:
            self.held_back.append(failure)
        else:
            self._reporter.failed(failure)

    def release(self) -> None:
        """Reports the failures that were held back."""
        for failure in self.held_back:
            self._reporter.failed(failure)
        self.held_back = []


class ConversationJudge:
    """Judges single conversations of a sequence."""

    def __init__(self, driver: Driver, transcript: Transcript, scope: Scope) -> None:
        self._driver = driver
        self._transcript = transcript
        self._scope = scope

    def look(self, conversation: ModelConversation, *, expected: bool = True) -> tuple[Reading, bool | None]:
        """A read, and whether it showed the conversation; a second one where the first is not as ``expected``."""
        reading = self._driver.read(conversation.id)
        shown = self.shows(reading)
        if shown is not expected or (expected and conversation.name not in (None, reading.name)):
            self._driver.settle()
            reading = self._driver.read(conversation.id)
            shown = self.shows(reading)
        if shown:
            self._driver.can_read = True
            self._transcript.release()
        return reading, shown

    def shows(self, reading: Reading) -> bool | None:
        """Whether a read shows the conversation; None when the answer leaves that open."""
        shown = reading.conversation is not ABSENT and reading.conversation is not None
        if reading.exchange.outcome is Outcome.SUCCESS:
            return shown if shown or reading.whole else None
        refused = reading.exchange.outcome is Outcome.REFUSAL and not self._driver.reads_a_list
        return False if refused else None

    def expect_alive(self, promise: Promise, conversation: ModelConversation) -> None:
        """Expects a read to show the conversation under its name."""
        reading, shown = self.look(conversation)
        if shown is None:
            self.lose(conversation, [promise], reading.exchange)
        elif shown:
            self.expect_name(promise, conversation.name, reading, conversation)
            conversation.name = reading.name
        else:
            self.report_not_shown(promise, conversation, reading.exchange)

    def is_unchanged(self, conversation: ModelConversation) -> bool:
        """Expects a conversation to be as its own changes left it. Whether it is there at all."""
        self.expect_alive(Promise.OTHERS_STAY, conversation)
        return conversation.existence is Existence.ALIVE

    def expect_name(
        self, promise: Promise, name: str | None, reading: Reading, conversation: ModelConversation
    ) -> None:
        """Expects a read to show this name."""
        self._transcript.judged(promise)
        if name is not None and reading.name != name:
            mismatch = Mismatch("read", self._scope.name_pointer, brief(name), brief(reading.name), "another name")
            self._transcript.failed(Failure(promise, "value", mismatch, reading.exchange, conversation.number))

    def expect_deleted(self, conversation: ModelConversation) -> bool:
        """Expects a read not to show a deleted conversation. Whether that was seen."""
        promise = Promise.DELETED_IS_NOT_LISTED if self._driver.reads_a_list else Promise.DELETED_IS_NOT_READ
        reading, shown = self.look(conversation, expected=False)
        if shown is None:
            self._transcript.inconclusive([promise], reading.exchange.describe())
            return False
        self._transcript.judged(promise)
        if shown:
            self.report_shown(promise, conversation, reading.exchange)
        return not shown

    def expect_refusal(self, promise: Promise, exchange: Exchange, conversation: ModelConversation) -> bool:
        """Expects a request to be refused, and as documented. Whether it was refused."""
        if exchange.outcome not in (Outcome.SUCCESS, Outcome.REFUSAL):
            self._transcript.inconclusive([promise], exchange.describe())
            return False
        self._transcript.judged(promise)
        self._transcript.observed(promise, exchange)
        if exchange.outcome is Outcome.SUCCESS:
            mismatch = Mismatch("status", "", "a refusal", exchange.describe(), "success")
            self._transcript.failed(Failure(promise, "outcome", mismatch, exchange, conversation.number))
            return False
        self._transcript.refused(promise, exchange, conversation.number)
        return True

    def report_not_shown(
        self, promise: Promise, conversation: ModelConversation, exchange: Exchange, *, hold_back: bool = False
    ) -> None:
        """Reports that a read does not show a conversation, which is lost then."""
        mismatch = Mismatch("read", "", "it is shown", f"it is not shown: {exchange.describe()}", "gone")
        failure = Failure(promise, "effect", mismatch, exchange, conversation.number)
        self._transcript.failed(failure, hold_back=hold_back)
        self.vanished(conversation)

    def report_shown(self, promise: Promise, conversation: ModelConversation, exchange: Exchange) -> None:
        """Reports that a read shows a conversation that it must not show."""
        mismatch = Mismatch("read", "", "it is not shown", f"it is shown: {exchange.describe()}", "there")
        self._transcript.failed(Failure(promise, "effect", mismatch, exchange, conversation.number))

    def vanished(self, conversation: ModelConversation) -> None:
        """Takes a conversation for lost, and perhaps deleted."""
        conversation.existence = Existence.LOST
        self._driver.may_be_gone(conversation.id)

    def lose(self, conversation: ModelConversation, promises: Iterable[Promise], exchange: Exchange) -> None:
        """Takes a conversation for lost, because nobody knows what this exchange did to it."""
        conversation.existence = Existence.LOST
        self._transcript.inconclusive(promises, exchange.describe())


class ListJudge:
    """Judges lists: every conversation once, under its name, in order, and none that was deleted."""

    def __init__(
        self, driver: Driver, transcript: Transcript, conversations: ConversationJudge, model: Model, scope: Scope
    ) -> None:
        self._driver = driver
        self._transcript = transcript
        self._conversations = conversations
        self._model = model
        self._scope = scope

    def judge(self, size: int) -> None:
        """Lists all conversations by pages of ``size`` rows, and judges what that shows."""
        listing = self._driver.listing(size)
        if not self._is_shown(listing):
            return
        self._judge_pages(listing)
        found = self._anomalies(listing)
        if found:
            confirmed = self._confirmed(found, listing)
            if confirmed is None:
                return
            found, listing = confirmed
        for anomaly in found.values():
            self._report(anomaly, listing)
        self._note_judged(listing)

    def _is_shown(self, listing: Listing) -> bool:
        if listing.failed is not None:
            self._transcript.inconclusive(_OF_LISTS, f"a list was not shown: {listing.failed.describe()}")
        return listing.failed is None

    def _judge_pages(self, listing: Listing) -> None:
        for page in listing.pages if listing.size else ():
            self._transcript.judged(Promise.PAGE_IS_NO_LONGER)
            if len(page.rows) > (listing.size or 0):
                expected, actual = f"at most {listing.size} rows", f"{len(page.rows)} rows"
                mismatch = Mismatch("body", self._scope.items, expected, actual, "longer")
                self._transcript.failed(Failure(Promise.PAGE_IS_NO_LONGER, "value", mismatch, page.exchange))

    def _anomalies(self, listing: Listing) -> Anomalies:
        scope = self._scope
        driver = self._driver
        return anomalies(
            listing, self._model.values(), driver.deleted, scope.name_pointer, scope.sorted_by, driver.resource
        )

    def _confirmed(self, found: Anomalies, listing: Listing) -> tuple[Anomalies, Listing] | None:
        """The anomalies that a second list shows too, and that list; None where it cannot be compared."""
        self._driver.settle()
        second = self._driver.listing(listing.size or 0)
        if not self._is_shown(second):
            return None
        if foreign_ids(listing, self._model.values()) != foreign_ids(second, self._model.values()):
            why = f"somebody else creates or deletes {self._driver.resource.many} all the time"
            self._transcript.inconclusive(_OF_LISTS, why, passing=True)
            return None
        return {key: anomaly for key, anomaly in self._anomalies(second).items() if key in found}, second

    def _note_judged(self, listing: Listing) -> None:
        """Reports which promises a list put to the test, and notes the deleted conversations that are gone."""
        existences = {each.existence for each in self._model.values()}
        if Existence.ALIVE in existences and listing.complete:
            self._transcript.judged(Promise.LISTED_ONCE)
        if Existence.ALIVE in existences and listing.rows:
            self._transcript.judged(Promise.LISTED_NAME)
        if Existence.DELETED in existences:
            self._transcript.judged(Promise.DELETED_IS_NOT_LISTED)
        if len({value for _, value in sort_values(listing, self._driver.deleted, self._scope.sorted_by)}) > 1:
            self._transcript.judged(Promise.LISTED_IN_ORDER)
        listed = {row.id for row in listing.rows}
        for conversation in self._model.values():
            if listing.complete and conversation.existence is Existence.DELETED and conversation.id not in listed:
                self._driver.seen_gone(conversation.id)

    def _report(self, anomaly: Anomaly, listing: Listing) -> None:
        """Reports an anomaly, once a read shows that it is the list that is wrong, and not the conversation."""
        conversation, row = anomaly.conversation, anomaly.row
        if conversation is not None and anomaly.kind in ("missing", "name"):
            name = conversation.name
            if not self._conversations.is_unchanged(conversation) or conversation.name != name:
                return
        member = {"name": self._scope.name_pointer, "order": self._scope.sorted_by}.get(anomaly.kind)
        # which row of a list it is differs from run to run
        pointer = f"{self._scope.items}/*{member}" if member else self._scope.items
        actual = f"{anomaly.actual} at {row.pointer}" if row else anomaly.actual
        self._transcript.failed(
            Failure(
                _BROKEN_BY[anomaly.kind],
                "value" if member else "effect",
                Mismatch("body", pointer, anomaly.expected, actual, anomaly.kind),
                row.exchange if row else listing.last.exchange,
                conversation.number if conversation else 0,
            )
        )
