"""One life: steps that make, rename, read, list and delete conversations, and what each of them shows.

A life goes on after a violation: the model takes over what the target shows, so that one fault hides no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftgate.checks.stateful.listings import Lists
from driftgate.checks.stateful.model import Kept, Promise, State, Step
from driftgate.checks.stateful.other_account import Others
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange

_AFTERWARDS = (Promise.DELETED_IS_NOT_LISTED, Promise.DELETED_IS_NOT_READ)


class Life(Lists, Others):
    """The conversations of one life. Steps raise OutOfBudget and SetupError."""

    def take(self, step: Step) -> None:
        """Takes a step; one about a conversation that is not there is left out."""
        kept = self.kept.get(step.number)
        step = replace(step, size=min(step.size, self._acts.most))
        if step.kind in ("rename", "read", "delete") and (kept is None or kept.state is State.LOST):
            return
        if step.kind == "wait" and Promise.LISTED_IN_ORDER not in self._asked.promises:
            return
        self._begin(step)
        try:
            self._take(step, kept)
        finally:
            self._close()

    def _take(self, step: Step, kept: Kept | None) -> None:
        if step.kind == "wait":
            self._acts.wait()
        elif step.kind == "create":
            self._create(step.number)
        elif step.kind == "list" and step.other:
            self._others_list()
        elif step.kind == "list":
            self._list(step.size)
        elif kept is not None:
            own = {"rename": self._rename, "read": self._read, "delete": self._delete}
            others = {"rename": self._others_rename, "read": self._others_read, "delete": self._others_delete}
            (others if step.other else own)[step.kind](kept)

    def leave(self) -> None:
        """Deletes what is left, and looks again where that is still shown."""
        for kept in list(self.kept.values()):
            if kept.state is State.ALIVE:
                self.take(Step("delete", kept.number))
        if any(self._acts.is_unsure(kept.id) for kept in self.kept.values() if kept.state is State.DELETED):
            self.take(Step("list", size=self._acts.most))

    def end(self) -> None:
        """Looks at everything once more, and leaves."""
        self.take(Step("list", size=self._acts.most))
        self.leave()
        if self._waiting:
            told = self._waiting[0].exchange.describe()
            self._unclear([Promise.CREATED_IS_READ], f"no conversation that was made can be read: {told}")

    def _create(self, number: int) -> None:
        promise = Promise.CREATED_IS_READ
        creation = self._acts.create()
        if creation.conversation is None:
            self._unclear([promise], f"no conversation was made: {creation.problem}")
            return
        kept = self.kept[number] = Kept(number, creation.conversation)
        reading, there = self._look(kept, there=True)
        if there is None:
            self._lose(kept, [promise], reading.exchange)
        elif there:
            self._judged(promise)
            kept.name = reading.name
            self._same_name(Promise.CREATED_HAS_ITS_NAME, creation.name, reading, kept)
        else:
            slip = self._slip(promise, "effect", "read", "it is shown", "gone", reading.exchange, kept)
            # where nothing can be read at all it is the key, or a parameter
            self._tell(slip, later=not self._acts.can_read)
            self._vanished(kept)

    def _rename(self, kept: Kept) -> None:
        promise = Promise.LAST_NAME_IS_READ
        name, exchange = self._acts.rename(kept.id)
        if kept.state is State.DELETED:
            self._must_be_refused(Promise.DELETED_IS_NOT_RENAMED, exchange, kept)
        elif exchange.outcome is Outcome.REFUSAL:
            self._refused([promise], kept, exchange)
        elif exchange.outcome is not Outcome.SUCCESS:
            self._lose(kept, [promise], exchange)
        else:
            kept.name = name
            self._expect_alive(promise, kept, *self._look(kept, there=True))

    def _read(self, kept: Kept) -> None:
        if kept.state is State.DELETED:
            self._expect_gone(kept)
        else:
            self._stays(kept)

    def _delete(self, kept: Kept) -> None:
        exchange = self._acts.delete(kept.id)
        if kept.state is State.DELETED:
            self._must_be_refused(Promise.DELETED_IS_NOT_DELETED, exchange, kept)
        elif exchange.outcome is Outcome.REFUSAL and not exchange.repeats:
            self._refused(_AFTERWARDS, kept, exchange)
        elif exchange.outcome is not Outcome.SUCCESS:
            self._lose(kept, _AFTERWARDS, exchange)
        else:
            kept.state = State.DELETED
            self._acts.deleted.add(kept.id)
            if self._expect_gone(kept):
                self._acts.seen_gone(kept.id)

    def _refused(self, promises: Sequence[Promise], kept: Kept, exchange: Exchange) -> None:
        """A change that is allowed was refused: because the conversation is gone, or nobody knows why."""
        if self._stays(kept):
            self._unclear(promises, f"it was not carried out: {exchange.describe()}")
