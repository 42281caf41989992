"""Another account in a life: it neither sees nor changes the conversations of the first."""

from __future__ import annotations

from dataclasses import replace

from driftgate.checks.stateful.looking import Looking
from driftgate.checks.stateful.model import Kept, Promise, State
from driftgate.contract import Outcome
from driftgate.http.exchange import Exchange


class Others(Looking):
    """The steps that are asked as another account. It makes no conversation: nobody could delete that."""

    def _others_list(self) -> None:
        promise = Promise.OTHERS_DO_NOT_LIST
        if not self._others_are_there(promise):
            return
        walk = self._acts.walk(self._acts.most, other=True)
        if walk.trouble is not None and walk.trouble.outcome is not Outcome.REFUSAL:
            self._unclear([promise], walk.trouble.describe())
            return
        self._judged(promise)
        own = {each.id: each for each in self.kept.values()}
        shown = next((each for each in walk.rows if each.id in own), None)
        if shown is not None:
            slip = self._slip(promise, "effect", "body", "no row", "listed", shown.exchange, own[shown.id])
            self._tell(replace(slip, pointer=self._asked.items, actual=f"a row at {shown.pointer}"))

    def _others_read(self, kept: Kept) -> None:
        promise = Promise.OTHERS_DO_NOT_READ
        if not self._may_try(promise, kept):
            return
        reading = self._acts.read(kept.id, other=True)
        there = self._shows(reading)
        if there is None:
            self._unclear([promise], reading.exchange.describe())
            return
        self._judged(promise)
        if there:
            self._tell(self._slip(promise, "effect", "read", "it is not shown", "there", reading.exchange, kept))

    def _others_rename(self, kept: Kept) -> None:
        promise = Promise.OTHERS_DO_NOT_RENAME
        if self._may_try(promise, kept):
            _, exchange = self._acts.rename(kept.id, other=True)
            self._refused_and_kept(promise, exchange, kept)

    def _others_delete(self, kept: Kept) -> None:
        promise = Promise.OTHERS_DO_NOT_DELETE
        if self._may_try(promise, kept):
            exchange = self._acts.delete(kept.id, other=True)
            self._refused_and_kept(promise, exchange, kept)

    def _refused_and_kept(self, promise: Promise, exchange: Exchange, kept: Kept) -> None:
        """The request was refused, and the conversation is as it was."""
        if exchange.outcome not in (Outcome.SUCCESS, Outcome.REFUSAL):
            self._lose(kept, [promise], exchange)
        elif self._must_be_refused(promise, exchange, kept):
            self._expect_alive(promise, kept, *self._look(kept, there=True))
        else:
            reading = self._acts.read(kept.id)
            kept.name = reading.name
            if not self._shows(reading):
                self._vanished(kept)

    def _may_try(self, promise: Promise, kept: Kept) -> bool:
        return kept.state is State.ALIVE and self._others_are_there(promise) and self._stays(kept)

    def _others_are_there(self, promise: Promise) -> bool:
        """Whether the promise is asked about, and there is another account to ask as."""
        if promise not in self._asked.promises:
            return False
        nobodys = self._acts.nobodys()
        if nobodys is not None:
            self._unclear([promise], f"the other account is answered as nobody is: {nobodys.describe()}")
        return nobodys is None
