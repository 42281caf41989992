"""One sequence: steps that create, rename, read, list and delete conversations, as the user or as another account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftgate.checks.stateful.driver import Driver
from driftgate.checks.stateful.judge import (
    ConversationJudge,
    Failure,
    ListJudge,
    Model,
    Reporter,
    Scope,
    Transcript,
)
from driftgate.checks.stateful.model import WHOLE_LIST, Existence, ModelConversation, Promise, Step
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange
from driftgate.record.verdict import Mismatch

_AFTER_DELETION = (Promise.DELETED_IS_NOT_LISTED, Promise.DELETED_IS_NOT_READ)


class StepSequence:
    """The conversations of one sequence, and the steps that are run on them.

    Steps raise OutOfBudget and SetupError.
    """

    def __init__(self, driver: Driver, reporter: Reporter, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope
        self._model: dict[int, ModelConversation] = {}
        self._transcript = Transcript(driver, reporter, scope)
        self._judge = ConversationJudge(driver, self._transcript, scope)
        self._lists = ListJudge(driver, self._transcript, self._judge, self._model, scope)
        self._other = _OtherAccount(driver, self._transcript, self._judge, self._model, scope)

    def run(self, step: Step) -> None:
        """Runs a step, unless it is about a conversation that is not there."""
        conversation = self._model.get(step.number)
        step = replace(step, size=min(step.size, self._driver.largest_page))
        if step.kind in ("rename", "read", "delete") and (
            conversation is None or conversation.existence is Existence.LOST
        ):
            return
        if step.kind == "wait" and Promise.LISTED_IN_ORDER not in self._scope.promises:
            return
        self._transcript.begin(step)
        try:
            self._run(step, conversation)
        finally:
            self._transcript.update()

    def _run(self, step: Step, conversation: ModelConversation | None) -> None:
        if step.kind == "wait":
            self._driver.wait()
        elif step.kind == "create":
            self._create(step.number)
        elif step.kind == "list" and step.other:
            self._other.list_conversations()
        elif step.kind == "list":
            self._lists.judge(step.size)
        elif conversation is not None:
            own = {"rename": self._rename, "read": self._read, "delete": self._delete}
            other = {"rename": self._other.rename, "read": self._other.read, "delete": self._other.delete}
            (other if step.other else own)[step.kind](conversation)

    def clean_up(self) -> None:
        """Deletes what is left, and lists all where a deleted conversation is still shown."""
        for conversation in list(self._model.values()):
            if conversation.existence is Existence.ALIVE:
                self.run(Step("delete", conversation.number))
        deleted = [each for each in self._model.values() if each.existence is Existence.DELETED]
        if any(self._driver.may_be_there(each.id) for each in deleted):
            self.run(Step("list", size=WHOLE_LIST))

    def finish(self) -> None:
        """Lists all conversations once more, and cleans up."""
        self.run(Step("list", size=WHOLE_LIST))
        self.clean_up()
        if self._transcript.held_back:
            answer = self._transcript.held_back[0].exchange.describe()
            why = f"no {self._driver.resource.one} that was created can be read: {answer}"
            self._transcript.inconclusive([Promise.CREATED_IS_READ], why)

    def _create(self, number: int) -> None:
        promise = Promise.CREATED_IS_READ
        creation = self._driver.create()
        if creation.conversation is None:
            self._transcript.inconclusive([promise], f"no {self._driver.resource.one} was created: {creation.problem}")
            return
        conversation = self._model[number] = ModelConversation(number, creation.conversation)
        reading, shown = self._judge.look(conversation)
        if shown is None:
            self._judge.lose(conversation, [promise], reading.exchange)
        elif shown:
            self._transcript.judged(promise)
            conversation.name = reading.name
            self._judge.expect_name(Promise.CREATED_HAS_ITS_NAME, creation.name, reading, conversation)
        else:
            # where nothing can be read at all, the key or a parameter is wrong
            hold_back = not self._driver.can_read
            self._judge.report_not_shown(promise, conversation, reading.exchange, hold_back=hold_back)

    def _rename(self, conversation: ModelConversation) -> None:
        promise = Promise.LAST_NAME_IS_READ
        name, exchange = self._driver.rename(conversation.id)
        if conversation.existence is Existence.DELETED:
            self._judge.expect_refusal(Promise.DELETED_IS_NOT_RENAMED, exchange, conversation)
        elif exchange.outcome is Outcome.REFUSAL:
            self._refused([promise], conversation, exchange)
        elif exchange.outcome is not Outcome.SUCCESS:
            self._judge.lose(conversation, [promise], exchange)
        else:
            conversation.name = name
            self._judge.expect_alive(promise, conversation)

    def _read(self, conversation: ModelConversation) -> None:
        if conversation.existence is Existence.DELETED:
            self._judge.expect_deleted(conversation)
        else:
            self._judge.is_unchanged(conversation)

    def _delete(self, conversation: ModelConversation) -> None:
        exchange = self._driver.delete(conversation.id)
        if conversation.existence is Existence.DELETED:
            self._judge.expect_refusal(Promise.DELETED_IS_NOT_DELETED, exchange, conversation)
        elif exchange.outcome is Outcome.REFUSAL and not exchange.repeats:
            self._refused(_AFTER_DELETION, conversation, exchange)
        elif exchange.outcome is not Outcome.SUCCESS:
            self._judge.lose(conversation, _AFTER_DELETION, exchange)
        else:
            conversation.existence = Existence.DELETED
            self._driver.deleted.add(conversation.id)
            if self._judge.expect_deleted(conversation):
                self._driver.seen_gone(conversation.id)

    def _refused(self, promises: Sequence[Promise], conversation: ModelConversation, exchange: Exchange) -> None:
        """An allowed change was refused: the conversation is gone, or nobody knows why."""
        if self._judge.is_unchanged(conversation):
            self._transcript.inconclusive(promises, f"it was not carried out: {exchange.describe()}")


class _OtherAccount:
    """The steps of another account, which neither sees nor changes the user's conversations.

    It creates none: nobody could delete them.
    """

    def __init__(
        self, driver: Driver, transcript: Transcript, judge: ConversationJudge, model: Model, scope: Scope
    ) -> None:
        self._driver = driver
        self._transcript = transcript
        self._judge = judge
        self._model = model
        self._scope = scope

    def list_conversations(self) -> None:
        promise = Promise.OTHERS_DO_NOT_LIST
        if not self._can_ask(promise):
            return
        listing = self._driver.listing(self._driver.largest_page, other=True)
        if listing.failed is not None and listing.failed.outcome is not Outcome.REFUSAL:
            self._transcript.inconclusive([promise], listing.failed.describe())
            return
        self._transcript.judged(promise)
        own = {each.id: each for each in self._model.values()}
        row = next((row for row in listing.rows if row.id in own), None)
        if row is not None:
            mismatch = Mismatch("body", self._scope.items, "no row", f"a row at {row.pointer}", "listed")
            self._transcript.failed(Failure(promise, "effect", mismatch, row.exchange, own[row.id].number))

    def read(self, conversation: ModelConversation) -> None:
        promise = Promise.OTHERS_DO_NOT_READ
        if not self._can_try(promise, conversation):
            return
        reading = self._driver.read(conversation.id, other=True)
        shown = self._judge.shows(reading)
        if shown is None:
            self._transcript.inconclusive([promise], reading.exchange.describe())
            return
        self._transcript.judged(promise)
        if shown:
            self._judge.report_shown(promise, conversation, reading.exchange)

    def rename(self, conversation: ModelConversation) -> None:
        promise = Promise.OTHERS_DO_NOT_RENAME
        if self._can_try(promise, conversation):
            _, exchange = self._driver.rename(conversation.id, other=True)
            self._expect_no_effect(promise, exchange, conversation)

    def delete(self, conversation: ModelConversation) -> None:
        promise = Promise.OTHERS_DO_NOT_DELETE
        if self._can_try(promise, conversation):
            exchange = self._driver.delete(conversation.id, other=True)
            self._expect_no_effect(promise, exchange, conversation)

    def _expect_no_effect(self, promise: Promise, exchange: Exchange, conversation: ModelConversation) -> None:
        """Expects the request to be refused, and the conversation to be as it was."""
        if exchange.outcome not in (Outcome.SUCCESS, Outcome.REFUSAL):
            self._judge.lose(conversation, [promise], exchange)
        elif self._judge.expect_refusal(promise, exchange, conversation):
            self._judge.expect_alive(promise, conversation)
        else:
            reading = self._driver.read(conversation.id)
            conversation.name = reading.name
            if not self._judge.shows(reading):
                self._judge.vanished(conversation)

    def _can_try(self, promise: Promise, conversation: ModelConversation) -> bool:
        alive = conversation.existence is Existence.ALIVE
        return alive and self._can_ask(promise) and self._judge.is_unchanged(conversation)

    def _can_ask(self, promise: Promise) -> bool:
        """Whether the promise is in the scope, and there is another account to ask as."""
        if promise not in self._scope.promises:
            return False
        rejected = self._driver.other_account_rejected()
        if rejected is not None:
            why = f"the other account is answered as nobody is: {rejected.describe()}"
            self._transcript.inconclusive([promise], why)
        return rejected is None
