"""Putting everything back: given conversations get their first names, conversations that were made are deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import ABSENT, brief
from driftgate.cases import generate
from driftgate.cases.bodies import WRONG
from driftgate.contract import Outcome
from driftgate.http.client import OutOfBudget
from driftgate.session.conversations import Conversations
from driftgate.session.reads import Reading

# A creation that was not answered may still be carried out; gateways give up on a request after about a minute.
PATIENCE = 60
_SHORTEST_CUT = 10  # characters of a sent name from which on a present one can be told to be its beginning


@dataclass(frozen=True)
class Step:
    """What became of one conversation, for people; ``done`` when it is as it was before the run."""

    text: str
    done: bool


class Teardown:
    """Puts back what the journal of ``conversations`` tells, and writes there what was done. Safe to repeat.

    ``looks`` is for a later restore: each name is read before and after, and one that somebody else gave since is left
    alone unless ``force`` is set.
    """

    def __init__(
        self,
        conversations: Conversations,
        *,
        looks: bool = False,
        force: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._conversations = conversations
        self._contract = conversations.contract
        self._journal = conversations.journal
        self._pending = conversations.journal.pending
        self._looks = looks
        self._force = force
        self._now = now

    def steps(self) -> Iterator[Step]:
        """One after the other, each when it is done."""
        for conversation, given in list(self._pending.given.items()):
            if not given.settled:
                failing = f"conversation {conversation} could not be given its name {brief(given.name)} back"
                yield self._try(failing, partial(self._give_back, conversation))
        for conversation in list(self._pending.made):
            failing = f"conversation {conversation} was made and could not be deleted"
            yield self._try(failing, partial(self._delete, conversation))
        for name in list(self._pending.unanswered):
            failing = f"a conversation named {name!r} may have been made, as its creation was not answered"
            yield self._try(failing, partial(self._find, name))

    @staticmethod
    def _try(failing: str, act: Callable[[], str | Step]) -> Step:
        """What ``act`` did; why it failed, when that is all it tells."""
        try:
            with interrupts.held():
                told = act()
        except OutOfBudget as problem:
            told = str(problem)
        except Exception as problem:  # whatever it is, the other conversations are put back all the same
            told = f"driftgate's own mistake, {type(problem).__name__}"
        return told if isinstance(told, Step) else Step(f"{failing}: {told}", done=False)

    def _give_back(self, conversation: str) -> str | Step:
        given = self._pending.given[conversation]
        unsure = given.unanswered
        if self._looks or not given.renamed:
            reading = self._conversations.read(conversation, cleaning=True)
            if reading.conversation is ABSENT:
                return _unread(reading)
            if reading.name == given.name:
                self._journal.note("restored", conversation=conversation)
                return Step(f"conversation {conversation} has its name {brief(given.name)}", done=True)
            if not self._force and not self._is_ours(reading.name, free=given.free):
                return f"somebody else has named it {brief(reading.name)} since; --force overwrites that"
        body = self._conversations.plain_body(given.name)
        exchange = self._conversations.rename(conversation, body, cleaning=True)
        if exchange.outcome is not Outcome.SUCCESS:
            return exchange.describe()
        if self._looks or unsure:
            reading = self._conversations.read(conversation, cleaning=True)
            if reading.conversation is ABSENT:
                return _unread(reading)
            if reading.name != given.name:
                return f"{exchange.describe()}, and yet it reads {brief(reading.name)}"
        self._journal.note("restored", conversation=conversation)
        return Step(f"conversation {conversation} has its name {brief(given.name)} back", done=True)

    def _is_ours(self, name: str | None, *, free: bool) -> bool:
        """Whether the run gave this name: one that it sent or saw, or what a server makes of that."""
        if free or name is None:
            return True
        present = self._journal.redact(name)
        return any(_comes_from(sent, present) for sent in self._pending.names)

    def _delete(self, conversation: str) -> str | Step:
        if conversation in (*self._pending.given, *self._conversations.target.conversations):
            return "it is one of the given conversations"
        asked_before = self._pending.made[conversation]
        used = self._conversations.client.budget.used
        with suppress(OSError):  # a full disk must not keep it from being deleted
            self._journal.announce("delete", conversation=conversation)
        exchange = self._conversations.delete(conversation)
        if exchange is None:
            self._journal.note("left", conversation=conversation, name=None)
            return "the contract has no operation for it; delete it by hand"
        if exchange.outcome is Outcome.SUCCESS:
            self._journal.note("deleted", conversation=conversation)
            return Step(f"conversation {conversation}, which was made, is deleted", done=True)
        if exchange.outcome is Outcome.REFUSAL:
            # the client sends a deletion twice when the connection broke; the first may have done it
            sent_twice = self._conversations.client.budget.used - used > 1
            if (asked_before or sent_twice) and self._is_gone(conversation):
                self._journal.note("deleted", conversation=conversation)
                return Step(f"conversation {conversation}, which was made, was deleted before", done=True)
            self._journal.note("not-deleted", conversation=conversation)
        return exchange.describe()

    def _is_gone(self, conversation: str) -> bool:
        """Whether a conversation is surely not there: the target treats it as one that never was.

        A refusal alone may be due to the key; what is refused to a wrong key in the same words tells nothing.
        """
        read = self._conversations.read
        reading = read(conversation, cleaning=True)
        if reading.conversation is not ABSENT and reading.conversation is not None:
            return False
        if reading.exchange.outcome is Outcome.SUCCESS:
            return reading.whole
        if reading.exchange.outcome is not Outcome.REFUSAL or self._contract.read.items is not None:
            return False
        unknown = read(self._contract.unknown_id, cleaning=True).exchange
        keyless = read(self._contract.unknown_id, cleaning=True, credential=WRONG).exchange
        return reading.exchange.kind == unknown.kind != keyless.kind

    def _find(self, name: str) -> str | Step:
        """Finds a conversation by the name that it was to be made with, and deletes it."""
        if self._contract.listing is None or self._contract.delete is None:
            self._journal.note("left", conversation=None, name=name)
            return "the contract has no operation to find it; look for it by hand"
        listing = self._conversations.named(name)
        if listing.ids:
            self._journal.note("created", name=name, conversation=listing.ids[0])
            return self._delete(listing.ids[0])
        if not listing.whole:
            return f"it could not be looked for: {listing.exchange.describe()}"
        if 0 <= self._now() - self._pending.unanswered[name] < PATIENCE:
            return f"it is not there yet; look again in {PATIENCE} s"
        self._journal.note("not-created", name=name)
        return Step(f"no conversation named {name!r} was made", done=True)


def _comes_from(sent: str, present: str) -> bool:
    """Whether a server may show ``present`` after it was sent this name."""
    word = generate.relation(sent, present, None)
    if word.startswith("cut to "):
        return len(present) >= _SHORTEST_CUT
    return word not in ("another", "empty", "no text")


def _unread(reading: Reading) -> str:
    there = reading.exchange.outcome in (Outcome.SUCCESS, Outcome.REFUSAL)
    hint = "; it may have been deleted, or the key or a parameter be another than then" if there else ""
    return f"it cannot be read ({reading.exchange.describe()}{hint})"
