"""Requests of a contract's operations on one target, and the conversations that a run uses."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from driftgate.base.errors import SetupError
from driftgate.base.ids import is_id
from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, parse, pointer_of
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, encode
from driftgate.contract import Outcome
from driftgate.contract.template import fill
from driftgate.http.client import Client, OutOfBudget
from driftgate.http.exchange import Exchange, Request
from driftgate.session.journal import Journal
from driftgate.session.reads import Reading, Reads
from driftgate.target.model import Target

__all__ = ["Conversations", "Creation", "SetupError"]

_TO_MAKE_SURE = 3  # requests that it takes to tell a conversation that is gone from one that is refused


@dataclass(frozen=True)
class Creation:
    """What became of a creation: the conversation, or the problem."""

    exchange: Exchange
    name: str
    conversation: str | None
    problem: str | None


class Conversations(Reads):
    """Creates, renames and deletes on one target. What must be undone later is announced in the journal first."""

    def __init__(self, target: Target, client: Client, seed: int, journal: Journal) -> None:
        super().__init__(target, client, journal)
        self.seed = seed
        self.outcomes: set[Outcome] = set()
        self.unanswered: Exchange | None = None
        self._waiting = list(target.conversations)

    def obtain(self) -> str:
        """The id of the next conversation to use, given by the user or made. Raises SetupError."""
        return self._waiting.pop(0) if self._waiting else self._create()

    def first_reading(self, conversation: str) -> Reading:
        """A conversation as it is before anything is changed; writes down a given one's name. Raises SetupError."""
        reading = self.read(conversation)
        given = conversation in self.target.conversations
        if reading.conversation is ABSENT:
            made = "" if given else "that was just created "
            raise SetupError(f"conversation {conversation} {made}cannot be read: {_why(reading.exchange)}")
        if given:
            if reading.name is None:
                raise SetupError(
                    f"conversation {conversation} has no name that it could be given back: use another one"
                )
            if self.journal.redact(f"{conversation} {reading.name}") != f"{conversation} {reading.name}":
                raise SetupError(f"conversation {conversation} has a name that holds a key: use another one")
            self._announce("given", conversation=conversation, name=reading.name)
            self._reserve()
        return reading

    def try_name(self, conversation: str) -> None:
        """Gives a given conversation the name it has, where servers may refuse that. Raises SetupError if so."""
        given = self.journal.pending.given.get(conversation)
        longest = min((row.detail["at_most"] for row in self.contract.requirements if row.check == "limits"), default=0)
        if given is None or (given.name.strip() and not 0 < longest < len(given.name)):
            return
        exchange = self.rename(conversation, self.plain_body(given.name), name=given.name)
        if exchange.outcome is Outcome.REFUSAL:
            self.journal.note("restored", conversation=conversation)
        if exchange.outcome is not Outcome.SUCCESS:
            raise SetupError(
                f"conversation {conversation} has a name that it could not be given back: {exchange.describe()}; "
                "rename it, or use another one"
            )

    @property
    def more_to_be_had(self) -> bool:
        """Whether another conversation can be obtained: one more was given, or none was and they are made."""
        return bool(self._waiting) or not self.target.conversations

    def _create(self) -> str:
        creation = self.create()
        if creation.conversation is None:
            raise SetupError(f"no conversation can be created: {creation.problem}")
        return creation.conversation

    def create(self) -> Creation:
        """Makes a conversation, which is deleted at the end. Raises OutOfBudget and SetupError."""
        operation = self.contract.create
        if operation is None or operation.id is None:
            raise SetupError("the contract has no operation that creates a conversation")
        name = generate.unique_name()
        body = encode(fill(operation.body, self.values(name=name)))
        self._reserve(more=2)  # to find it by its name and to delete it, if the answer does not come
        with interrupts.held():
            self._announce("create", name=name, at=int(time.time()))
            with self._unsent("not-created", name=name):
                exchange = self.client.send(self.request("create", operation, None, body))
            conversation = at(exchange.json, operation.id) if exchange.outcome is Outcome.SUCCESS else ABSENT
            problem = self._made(name, exchange, conversation)
            self._reserve()
        return Creation(exchange, name, None if problem else str(conversation), problem)

    def _made(self, name: str, exchange: Exchange, conversation: JSON) -> str | None:
        """Writes down what became of a creation; why it was none, or None."""
        if _made_nothing(exchange):
            self.journal.note("not-created", name=name)
        if conversation is ABSENT or conversation is None:
            return _why(exchange)
        known = {*self.target.conversations, *self.journal.pending.made}
        text = str(conversation)
        if not is_id(conversation) or text in known or self.journal.redact(text) != text:
            return f"the answer names {brief(conversation)}, which cannot be the id of a new conversation"
        self._announce("created", name=name, conversation=text)
        return None

    def _announce(self, kind: str, **row: Any) -> None:
        try:
            self.journal.announce(kind, **row)
        except OSError as problem:
            raise SetupError(
                f"{self.journal.path}: cannot be written to ({problem.strerror}), so nothing more is changed"
            ) from None

    @contextmanager
    def _unsent(self, kind: str, **row: Any) -> Generator[None, None, None]:
        """Takes an announcement back, with this line, where nothing was sent after all."""
        used = self.client.budget.used
        try:
            yield
        except OutOfBudget:
            if self.client.budget.used == used:
                self.journal.note(kind, **row)
            raise

    def _reserve(self, more: int = 0) -> None:
        """Keeps requests back for putting everything back: where it is not sure how things are they are read, too."""
        pending = self.journal.pending
        given = sum(1 if each.renamed and not each.unanswered else 2 for each in pending.given.values())
        self.client.budget.reserve = len(pending.made) * bool(self.contract.delete) + given + more

    def rename(
        self,
        conversation: str,
        body: bytes,
        *,
        name: str | None = None,
        credential: str = GIVEN,
        cleaning: bool = False,
    ) -> Exchange:
        """One rename request with this body. Raises OutOfBudget, and SetupError when it cannot be announced."""
        request = self.request("rename", self.contract.rename, conversation, body, credential=credential, name=name)
        return self.again(request, cleaning=cleaning)

    def again(self, request: Request, *, cleaning: bool = False) -> Exchange:
        """Sends a request for a rename. Raises OutOfBudget, and SetupError when it cannot be announced."""
        conversation, body = request.conversation or "", request.body or b""
        watched = bool(self.journal.pending.given) and not cleaning
        with interrupts.held():
            if watched:
                self._announce("rename", conversation=conversation, name=self.redacted(self._plain_name(body)))
            with self._unsent("unsent", conversation=conversation):
                exchange = self.client.send(request, cleaning=cleaning)
            if watched and exchange.outcome is not Outcome.UNAVAILABLE:
                answered = at(exchange.json, self.contract.answered_name)
                self.journal.note(
                    "answered",
                    conversation=conversation,
                    name=self.redacted(answered if isinstance(answered, str) else None),
                    refused=exchange.outcome is Outcome.REFUSAL,
                )
        self.outcomes.add(exchange.outcome)
        if exchange.outcome is Outcome.UNAVAILABLE:
            self.unanswered = exchange
        self._reserve()
        return exchange

    def plain_body(self, name: str) -> bytes:
        """The body that renames to this name and does nothing else."""
        return encode(fill(self.contract.rename.body, self.values(name=name)))

    def _plain_name(self, body: bytes) -> str | None:
        """The name that this body gives, when it is a plain one."""
        place = next(_places(self.contract.rename.body), None)
        try:
            value = parse(body)
        except ValueError:
            return None
        name: JSON = ABSENT if place is None else at(value, pointer_of(place))
        plain = isinstance(name, str) and value == fill(self.contract.rename.body, self.values(name=name))
        return str(name) if plain else None

    def delete(self, conversation: str) -> Exchange | None:
        """Deletes a conversation; None when the contract has no operation for it. Raises OutOfBudget."""
        operation = self.contract.delete
        if operation is None:
            return None
        body = None if operation.body is None else encode(fill(operation.body, self.values(conversation=conversation)))
        return self.client.send(self.request("delete", operation, conversation, body), cleaning=True)

    def remove(self, request: Request) -> Exchange:
        """Sends a deletion that is part of the test. Raises OutOfBudget, and SetupError when it cannot be announced.

        A conversation that the run made stays in the journal until it is ``seen_gone``, so that it is deleted at the
        end whatever became of this.
        """
        with interrupts.held():
            self.may_be_gone(request.conversation or "")
            return self.client.send(request)

    def may_be_gone(self, conversation: str) -> None:
        """Announces that something may have deleted a conversation. Raises SetupError when it cannot be announced."""
        if conversation in self.journal.pending.made:
            self._reserve(more=_TO_MAKE_SURE)
            self._announce("delete", conversation=conversation)

    def seen_gone(self, conversation: str) -> None:
        """Takes note that a conversation is surely deleted."""
        if conversation in self.journal.pending.made:
            self.journal.note("deleted", conversation=conversation)
            self._reserve()


def _places(template: JSON, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a template holds the name."""
    if template == "${name}":
        yield path
    members = template.items() if isinstance(template, Mapping) else ()
    for key, value in members:
        yield from _places(value, (*path, key))


def _made_nothing(exchange: Exchange) -> bool:
    """Whether a creation surely made nothing: it was refused, put off, went nowhere, or reached no API at all."""
    answer = exchange.answer
    if answer is None:
        return exchange.unsent
    elsewhere = 300 <= answer.status < 400 or (answer.media_type == "text/html" and answer.status < 500)
    put_off = exchange.outcome is Outcome.UNAVAILABLE and answer.status < 500
    return exchange.outcome is Outcome.REFUSAL or put_off or elsewhere


def _why(exchange: Exchange) -> str:
    """What came back, with a hint where the cause is likely to be on the user's side."""
    told = exchange.describe()
    if exchange.answer is None:
        return f"{told}; check the base URL"
    if exchange.answer.status in (401, 403):
        return f"{told}; check the key"
    if exchange.json is ABSENT:
        return f"{told}, no JSON; check the base URL"
    if exchange.outcome is Outcome.SUCCESS:
        return f"{told}, but it is not in the answer; check the conversation id, the key and the parameters"
    return f"{told}; check the base URL, the key, the conversation id and the parameters"
