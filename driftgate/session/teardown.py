"""Teardown: restores the names of lent conversations, and deletes the conversations that the run created."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, with_members, without_members
from driftgate.cases import generate
from driftgate.cases.bodies import WRONG, encode
from driftgate.contract import Outcome
from driftgate.contract.template import fill
from driftgate.http.client import OutOfBudget
from driftgate.http.exchange import Exchange
from driftgate.session.conversations import Conversations
from driftgate.session.pending import LentConversation, Moment
from driftgate.session.reads import Listing, Reading, holds

# A creation that was not answered may still be carried out: gateways give up on a request after about a minute.
LATE_CREATION = 60  # seconds
_CLOCK_SLACK = 5  # seconds between a target's clock and the times that it gives conversations
_UNKNOWN_CLOCK_SLACK = 120
_SHORTEST_CUT = 10  # characters; a shorter name is not recognised as the beginning of one that was sent
_MOST_NAMED = 5  # conversations that a line names


@dataclass(frozen=True)
class CleanupResult:
    """What became of one conversation, for people; ``done`` when it is as it was before the run.

    ``accepted``: it is not, and the user accepts that.
    """

    text: str
    done: bool
    accepted: bool = False


class Teardown:
    """Restores what the journal of ``conversations`` says is pending. Idempotent and resumable.

    Each name is read before and after it is restored. One that somebody else gave since stays, unless ``force`` is
    set. ``later``: it is a ``driftgate restore``, not the end of the run itself.
    """

    def __init__(
        self,
        conversations: Conversations,
        *,
        later: bool = False,
        force: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._conversations = conversations
        self._contract = conversations.contract
        self._one, self._a = self._contract.resource.one, self._contract.resource.a
        self._journal = conversations.journal
        self._pending = conversations.journal.pending
        self._later = later
        self._force = force
        self._now = now

    def run(self) -> Iterator[CleanupResult]:
        """Restores one conversation after the other, and yields what became of each."""
        for conversation, lent in list(self._pending.lent.items()):
            if not lent.restored:
                problem = f"{self._one} {conversation}: its name {brief(lent.name)} could not be restored"
                yield self._accepted(conversation, self._attempt(problem, partial(self._restore_name, conversation)))
        for name in list(self._pending.unanswered):
            problem = f"{self._a} named {name!r} may have been created, as its creation was not answered"
            yield self._attempt(problem, partial(self._find_and_delete, name))
        for name in list(self._pending.refused):
            problem = f"{self._a} named {name!r} was created although that was refused"
            yield self._attempt(problem, partial(self._look_for_refused, name))
        # last: in a list they show whether the target keeps the marks by which the others are sought
        for conversation in list(self._pending.created):
            problem = f"{self._one} {conversation} was created and could not be deleted"
            yield self._attempt(problem, partial(self._delete, conversation))

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

    def _accepted(self, conversation: str, result: CleanupResult) -> CleanupResult:
        """A loss that the user accepted ends there; nothing of it is left to restore."""
        if result.done or not self._pending.lent[conversation].accepted:
            return result
        self._journal.note("left-behind", conversation=conversation, name=None)
        return CleanupResult(f"{result.text} (--accept-loss)", done=True, accepted=True)

    # lent conversations

    def _restore_name(self, conversation: str) -> str | CleanupResult:
        lent = self._pending.lent[conversation]
        read = self._conversations
        reading = read.latest(conversation) or read.read(conversation, cleaning=True)
        if reading.conversation is ABSENT and (self._later or not lent.renamed):
            return _unread(reading)
        if reading.conversation is not ABSENT:
            if reading.name == lent.name:
                self._journal.note("restored", conversation=conversation)
                return CleanupResult(f"{self._one} {conversation} has its name {brief(lent.name)}", done=True)
            if not self._force and not self._is_ours(reading.name, lent):
                force = "driftgate restore --force overwrites that"
                return f"somebody else has named it {brief(reading.name)} since; if that is wrong, {force}"
        return self._rename_back(conversation, lent, reading)

    def _rename_back(self, conversation: str, lent: LentConversation, reading: Reading) -> str | CleanupResult:
        """Renames in one way after the other until a read shows the first name; ``reading`` is the last one."""
        problem, unavailable = "", False
        for body, plain in self._ways(conversation, lent.name):
            if not plain and unavailable:
                continue
            try:
                if not plain:
                    self._journal.note("rename", conversation=conversation, name=None)
                exchange = self._conversations.rename(conversation, body, cleaning=True)
                problem = f"{exchange.describe()}; no read shows its name now"
                unavailable = exchange.outcome in (Outcome.UNAVAILABLE, Outcome.SERVER_ERROR)
                if exchange.outcome is Outcome.SUCCESS or unavailable:
                    reading = self._conversations.read(conversation, cleaning=True)
                if reading.name == lent.name and self._answers_otherwise(exchange, lent.name):
                    reading = self._conversations.read(conversation, cleaning=True, anew=True)
            except OutOfBudget as cause:
                return f"{problem}; {cause}" if problem else str(cause)
            if reading.name == lent.name:
                self._journal.note("restored", conversation=conversation)
                return CleanupResult(f"{self._one} {conversation} has its name {brief(lent.name)} again", done=True)
            now = _unread(reading) if reading.conversation is ABSENT else f"its name is now {brief(reading.name)}"
            problem = f"{exchange.describe()}; {now}"
        return problem

    def _answers_otherwise(self, exchange: Exchange, name: str) -> bool:
        """Whether the answer to a rename back shows another name."""
        answered = at(exchange.json, self._contract.answered_name)
        return isinstance(answered, str) and answered != name

    def _ways(self, conversation: str, name: str) -> Iterator[tuple[bytes, bool]]:
        """The bodies that may give a conversation its name back, each with whether it is a plain rename.

        A server that escapes markup makes an escaped name of the one that was sent before it did so. The plain body
        comes first, and again at the end: whatever the others did, the name is then as near as it gets.
        """
        plain = self._conversations.plain_body(name, conversation), True
        yield plain
        if html.unescape(name) != name:
            yield self._conversations.plain_body(html.unescape(name), conversation), True
        yield from ((encode(body), False) for body in self._other_fields(conversation, name))
        yield plain

    def _other_fields(self, conversation: str, name: str) -> Iterator[Mapping[str, JSON]]:
        """Bodies that carry the name in another member, where the contract has one that costs nothing."""
        rest = without_members(self._contract.rename.body or {}, set(self._contract.carriers))
        values = self._conversations.values(name=name, conversation=conversation)
        for field in self._conversations.other_carriers:
            yield fill(with_members(rest, {field: "${name}"}), values)

    def _is_ours(self, name: str | None, lent: LentConversation) -> bool:
        """Whether the run gave this name: it sent or saw it, or one that a server may have turned into it."""
        if lent.any_name or name is None:
            return True
        present = self._journal.redact(name)
        # the first name, too: a server may have made something else of it when it was to be given back
        return any(_comes_from(sent, present) for sent in (*self._pending.names, lent.name))

    # conversations that the run created

    def _delete(self, conversation: str) -> str | CleanupResult:
        if conversation in (*self._pending.lent, *self._conversations.target.conversations):
            return f"it is one of the lent {self._contract.resource.many}"
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
            return CleanupResult(f"{self._one} {conversation}, which the run created, is deleted", done=True)
        if exchange.outcome is Outcome.REFUSAL:
            # the client sends a deletion twice when the connection broke; the first may have done it
            sent_twice = self._conversations.client.budget.used - used > 1
            if (asked_before or sent_twice) and self._is_gone(conversation):
                self._journal.note("deleted", conversation=conversation)
                text = f"{self._one} {conversation}, which the run created, was deleted before"
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

    # creations without an answer that says what became of them

    def _find_and_delete(self, name: str) -> str | CleanupResult:
        """Deletes the conversation that a creation without an answer may have left, found by its mark.

        Where no mark is found, and the target is not known to keep them, the time of creation decides.
        """
        moment = self._pending.unanswered[name]
        when = _time_of(moment)
        if self._contract.listing is None or self._contract.delete is None:
            self._journal.note("left-behind", conversation=None, name=name)
            return f"the contract has no operation to find it; look for one made at {when} by hand"
        found, listing = self._find(name)
        young = 0 <= self._now() - moment.at < LATE_CREATION
        if not found and listing.complete and young and self._waited(moment):
            young = False
            found, listing = self._find(name)
        if found:
            return self._delete_found(name, found)
        if not listing.complete:
            return f"it could not be looked for: {_why_incomplete(listing)}; look for one made at {when}"
        if young:
            return f"it is not there yet; repeat in {LATE_CREATION} s"
        suspects = [] if self._keeps_marks(listing) else self._suspects(moment, listing)
        if suspects:
            named = ", ".join(suspects[:_MOST_NAMED]) + (" …" if len(suspects) > _MOST_NAMED else "")
            return (
                f"it cannot be told, as the target keeps no mark of it: look for one made at {when} (it may be among "
                f"{named}), delete it by hand, and repeat"
            )
        self._journal.note("not-created", name=name)
        return CleanupResult(f"no {self._one} named {name!r} was created", done=True)

    def _find(self, name: str) -> tuple[list[str], Listing]:
        """The conversations with the mark of a creation that nobody knows of, and the list."""
        ids, listing = self._conversations.find(name)
        return [each for each in ids if each not in self._known()], listing

    def _waited(self, moment: Moment) -> bool:
        """Waits until a creation can no longer be under way, where this is the end of a run that nobody interrupted."""
        if self._later or interrupts.came:
            return False
        return self._conversations.client.pause(LATE_CREATION - (self._now() - moment.at))

    def _look_for_refused(self, name: str) -> str | CleanupResult:
        """Looks once for a creation that was refused, as some servers carry out what they refuse."""
        found: list[str] = []
        sought = False
        if self._contract.listing is not None and self._contract.delete is not None:
            found, listing = self._find(name)
            sought = listing.complete
        if found:
            return self._delete_found(name, found)
        self._journal.note("not-created", name=name)
        if sought:
            return CleanupResult(f"no {self._one} named {name!r} was created, as the target said", done=True)
        told = f"the target refused to create {self._a} named {name!r}, and it could not be looked for"
        return CleanupResult(told, done=True)

    def _delete_found(self, name: str, found: list[str]) -> str | CleanupResult:
        for conversation in found:
            self._journal.note("created", name=name, conversation=conversation)
        results = {conversation: self._delete(conversation) for conversation in found}
        failed = [f"{self._one} {key}: {each}" for key, each in results.items() if isinstance(each, str)]
        return "; ".join(failed) or next(each for each in results.values() if isinstance(each, CleanupResult))

    def _known(self) -> set[str]:
        """The conversations that are not sought: those that were lent, and those whose creation was answered."""
        return {*self._pending.lent, *self._conversations.target.conversations, *self._pending.created}

    def _keeps_marks(self, listing: Listing) -> bool:
        """Whether the target shows the name of a creation in what was created, as a read or this list has shown."""
        made = self._pending.made
        return self._pending.marked or any(row.id in made and holds(row.value, made[row.id]) for row in listing.rows)

    def _suspects(self, moment: Moment, listing: Listing) -> list[str]:
        """The listed conversations that may come of a creation, by the time that the target gives them."""
        slack = _UNKNOWN_CLOCK_SLACK if moment.ahead is None else _CLOCK_SLACK
        begin = moment.at + (moment.ahead or 0) - slack
        end = begin + LATE_CREATION + 2 * slack
        rows = [row for row in listing.rows if row.id not in self._known()]
        times = [_seconds(at(row.value, self._contract.created_pointer or "")) for row in rows]
        # one without a time may be it
        return [row.id for row, time_of in zip(rows, times, strict=True) if time_of is None or begin <= time_of <= end]


def _time_of(moment: Moment) -> str:
    """When a creation was announced, by the target's clock where that is known."""
    return datetime.fromtimestamp(moment.at + (moment.ahead or 0), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _seconds(value: JSON) -> float | None:
    """A time as seconds since 1970: given so, in milliseconds, or as text of RFC 3339; None for anything else."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return value / 1000 if value > 1e11 else value


def _why_incomplete(listing: Listing) -> str:
    last = listing.last.exchange
    return "the list is longer than it shows" if last.outcome is Outcome.SUCCESS else last.describe()


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
