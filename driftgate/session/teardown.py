"""Teardown: restores the names of lent conversations, and deletes the conversations that the run created."""

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

# A creation that was not answered may still be carried out: gateways give up on a request after about a minute.
LATE_CREATION = 60  # seconds
_SHORTEST_CUT = 10  # characters; a shorter name is not recognised as the beginning of one that was sent


@dataclass(frozen=True)
class CleanupResult:
    """What became of one conversation, for people; ``done`` when it is as it was before the run."""

    text: str
    done: bool


class Teardown:
    """Restores what the journal of ``conversations`` says is pending. Idempotent and resumable.

    ``looks`` is for a later ``driftgate restore``: each name is read before and after it is restored. One that somebody
    else gave since stays, unless ``force`` is set.
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

    def run(self) -> Iterator[CleanupResult]:
        """Restores one conversation after the other, and yields what became of each."""
        for conversation, lent in list(self._pending.lent.items()):
            if not lent.restored:
                problem = f"conversation {conversation}: its name {brief(lent.name)} could not be restored"
                yield self._attempt(problem, partial(self._restore_name, conversation))
        for conversation in list(self._pending.created):
            problem = f"conversation {conversation} was created and could not be deleted"
            yield self._attempt(problem, partial(self._delete, conversation))
        for name in list(self._pending.unanswered):
            problem = f"a conversation named {name!r} may have been created, as its creation was not answered"
            yield self._attempt(problem, partial(self._find_and_delete, name))

    @staticmethod
    def _attempt(problem: str, act: Callable[[], str | CleanupResult]) -> CleanupResult:
        """The result of ``act``; where that fails, the problem with the cause that it returns or raises."""
        try:
            with interrupts.held():
                result = act()
        except OutOfBudget as cause:
            result = str(cause)
        except Exception as cause:  # whatever it is, the other conversations are restored all the same
            result = f"driftgate's own mistake, {type(cause).__name__}"
        return CleanupResult(f"{problem}: {result}", done=False) if isinstance(result, str) else result

    def _restore_name(self, conversation: str) -> str | CleanupResult:
        lent = self._pending.lent[conversation]
        unsure = lent.unanswered
        if self._looks or not lent.renamed:
            reading = self._conversations.read(conversation, cleaning=True)
            if reading.conversation is ABSENT:
                return _unread(reading)
            if reading.name == lent.name:
                self._journal.note("restored", conversation=conversation)
                return CleanupResult(f"conversation {conversation} has its name {brief(lent.name)}", done=True)
            if not self._force and not self._is_ours(reading.name, any_name=lent.any_name):
                return f"somebody else has named it {brief(reading.name)} since; --force overwrites that"
        body = self._conversations.plain_body(lent.name)
        exchange = self._conversations.rename(conversation, body, cleaning=True)
        if exchange.outcome is not Outcome.SUCCESS:
            return exchange.describe()
        if self._looks or unsure:
            reading = self._conversations.read(conversation, cleaning=True)
            if reading.conversation is ABSENT:
                return _unread(reading)
            if reading.name != lent.name:
                return f"{exchange.describe()}, and yet it reads {brief(reading.name)}"
        self._journal.note("restored", conversation=conversation)
        return CleanupResult(f"conversation {conversation} has its name {brief(lent.name)} again", done=True)

    def _is_ours(self, name: str | None, *, any_name: bool) -> bool:
        """Whether the run gave this name: it sent or saw it, or one that a server may have turned into it."""
        if any_name or name is None:
            return True
        present = self._journal.redact(name)
        return any(_comes_from(sent, present) for sent in self._pending.names)

    def _delete(self, conversation: str) -> str | CleanupResult:
        if conversation in (*self._pending.lent, *self._conversations.target.conversations):
            return "it is one of the lent conversations"
        asked_before = self._pending.created[conversation]
        used = self._conversations.client.budget.used
        with suppress(OSError):  # a full disk must not keep it from being deleted
            self._journal.announce("delete", conversation=conversation)
        exchange = self._conversations.delete(conversation)
        if exchange is None:
            self._journal.note("left-behind", conversation=conversation, name=None)
            return "the contract has no operation for it; delete it by hand"
        if exchange.outcome is Outcome.SUCCESS:
            self._journal.note("deleted", conversation=conversation)
            return CleanupResult(f"conversation {conversation}, which the run created, is deleted", done=True)
        if exchange.outcome is Outcome.REFUSAL:
            # the client sends a deletion twice when the connection broke; the first may have done it
            sent_twice = self._conversations.client.budget.used - used > 1
            if (asked_before or sent_twice) and self._is_gone(conversation):
                self._journal.note("deleted", conversation=conversation)
                text = f"conversation {conversation}, which the run created, was deleted before"
                return CleanupResult(text, done=True)
            self._journal.note("not-deleted", conversation=conversation)
        return exchange.describe()

    def _is_gone(self, conversation: str) -> bool:
        """Whether a conversation is surely gone: the target treats it as one that never existed.

        A refusal may be due to the key. One that a wrong key gets in the same words proves nothing.
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

    def _find_and_delete(self, name: str) -> str | CleanupResult:
        """Deletes the conversation that a creation without an answer may have left, found by its name."""
        if self._contract.listing is None or self._contract.delete is None:
            self._journal.note("left-behind", conversation=None, name=name)
            return "the contract has no operation to find it; look for it by hand"
        ids, listing = self._conversations.named(name)
        if ids:
            self._journal.note("created", name=name, conversation=ids[0])
            return self._delete(ids[0])
        if not listing.complete:
            return f"it could not be looked for: {listing.last.exchange.describe()}"
        if 0 <= self._now() - self._pending.unanswered[name] < LATE_CREATION:
            return f"it is not there yet; repeat in {LATE_CREATION} s"
        self._journal.note("not-created", name=name)
        return CleanupResult(f"no conversation named {name!r} was created", done=True)


def _comes_from(sent: str, present: str) -> bool:
    """Whether a server may show ``present`` after it was sent this name."""
    word = generate.relation(sent, present, None)
    if word.startswith("cut to "):
        return len(present) >= _SHORTEST_CUT
    return word not in ("another", "empty", "no text")


def _unread(reading: Reading) -> str:
    answered = reading.exchange.outcome in (Outcome.SUCCESS, Outcome.REFUSAL)
    hint = "; it may have been deleted, or the key or a parameter may have changed since" if answered else ""
    return f"it cannot be read ({reading.exchange.describe()}{hint})"
