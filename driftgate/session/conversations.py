"""The conversations that a run uses: lent by the user or created, renamed, and deleted at the end."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from driftgate.base.errors import SetupError
from driftgate.base.ids import is_id
from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import ABSENT, JSON, at, brief, parse, pointer_of, pointer_to
from driftgate.base.resource import Resource
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, encode
from driftgate.contract import Outcome
from driftgate.contract.schemas import validator
from driftgate.contract.template import fill
from driftgate.http.client import Client, OutOfBudget
from driftgate.http.exchange import Exchange, Request
from driftgate.session.journal import Journal
from driftgate.session.reads import Reading, Reads, holds
from driftgate.target.model import Target

__all__ = ["Conversations", "Creation", "SetupError"]

_WAY = 2  # requests that a way to restore a name takes: the rename and a read
_TO_RESTORE = 3  # requests for a lent conversation: a read, a rename, and another read
_MOST_CREATIONS = 3  # until one is answered
_MOST_RENAMES = 3  # until one is answered
_HOPELESS = 2  # renames that stayed without an answer however often they were sent: the target answers to no such
_TO_FIND = 4  # requests: a list is asked for twice, by name and as a whole, and again when a late creation may be there
_TO_CONFIRM_GONE = 3  # requests that it takes to tell a conversation that is gone from one that is refused


@dataclass(frozen=True)
class Creation:
    """What became of a creation: the id of the conversation, or the problem."""

    exchange: Exchange
    name: str
    conversation: str | None
    problem: str | None


class Conversations(Reads):
    """Creates, renames and deletes on one target; the journal announces each change that must be undone later."""

    def __init__(
        self, target: Target, client: Client, seed: int, journal: Journal, *, accept_loss: bool = False
    ) -> None:
        super().__init__(target, client, journal)
        self.seed = seed
        self._accept_loss = accept_loss
        self.outcomes: set[Outcome] = set()
        self.unanswered: Exchange | None = None
        self._one = self.contract.resource.one
        self._waiting = list(target.conversations)
        self._names: dict[str, str | None] = {}  # of conversations, as they were seen since the last rename
        self._hopeless = 0

    def obtain(self) -> str:
        """The id of the next conversation to use: one that the user lent, or a new one.

        Raises SetupError, and OutOfBudget.
        """
        if self._waiting:
            return self._waiting.pop(0)
        for _ in range(_MOST_CREATIONS):
            creation = self.create()
            conversation = creation.conversation or self._found(creation)
            if conversation is not None:
                return conversation
            if creation.exchange.outcome is not Outcome.UNAVAILABLE or creation.exchange.unsent:
                break
        raise SetupError(f"no {self.contract.resource.one} can be created: {creation.problem}")

    def _found(self, creation: Creation) -> str | None:
        """The conversation that a creation made whose answer was lost, where the list shows it. Raises OutOfBudget."""
        if not creation.exchange.in_doubt or self.contract.listing is None:
            return None
        known = {*self.target.conversations, *self.journal.pending.created}
        found = [each for each in self.find(creation.name)[0] if each not in known]
        if len(found) != 1:
            return None
        self._announce("created", name=creation.name, conversation=found[0])
        self._reserve()
        return found[0]

    def first_reading(self, conversation: str) -> Reading:
        """A conversation as it is before anything is changed; the journal gets the name of a lent one.

        One that the run created may be renamed and deleted even where no read shows it. Raises SetupError where it
        must not be renamed or nobody answers, and OutOfBudget.
        """
        reading = self.read(conversation)
        lent = conversation in self.target.conversations
        if reading.conversation is ABSENT and (lent or reading.exchange.outcome is Outcome.UNAVAILABLE):
            created = "" if lent else "that was just created "
            why = _explain(reading.exchange, self.contract.resource)
            raise SetupError(f"{self._one} {conversation} {created}cannot be read: {why}")
        if lent:
            if self.journal.redact(f"{conversation} {reading.name}") != f"{conversation} {reading.name}":
                raise SetupError(f"{self._one} {conversation} has a name that holds a key: use another one")
            loss = self._loss(reading)
            if loss and not self._accept_loss:
                raise SetupError(
                    f"{self._one} {conversation} {loss}: use another one (--conversation OTHER), or none, so that the "
                    "run makes its own; --accept-loss renames it all the same"
                )
            accepted = {"accepted": True} if loss else {}
            self._announce("lent", conversation=conversation, name=reading.name or "", **accepted)
            self._reserve()
        elif self._shows_its_mark(conversation, reading):
            self.journal.note("marked", conversation=conversation)
        return reading

    def _loss(self, reading: Reading) -> str | None:
        """What of a lent conversation no rename gives back; None where all can be given back, as far as is known."""
        if not (reading.name or "").strip():
            return "has no name, and servers do not take an empty one back"
        if generate.is_given_by_a_run(reading.name or ""):
            return f"has the name {brief(reading.name)} of another run, which uses it or did not restore it"
        found = (
            each
            for each in self.contract.losses
            if (self.target.allow_cost or not each.costs) and validator(each.when).is_valid(reading.conversation)
        )
        return next((each.says for each in found), None)

    def _shows_its_mark(self, conversation: str, reading: Reading) -> bool:
        """Whether a read of a conversation that the run created shows the name of its creation."""
        pending = self.journal.pending
        name = pending.made.get(conversation)
        return name is not None and not pending.marked and holds(reading.conversation, name)

    def try_name(self, conversation: str) -> None:
        """Renames a lent conversation to the name it has, where the target may refuse to restore that.

        Raises SetupError if it does, and OutOfBudget.
        """
        lent = self.journal.pending.lent.get(conversation)
        longest = min((row.detail["at_most"] for row in self.contract.requirements if row.check == "limits"), default=0)
        if lent is None or lent.accepted or not 0 < longest < len(lent.name):
            return
        exchange = self.rename(conversation, self.plain_body(lent.name, conversation), name=lent.name)
        if exchange.outcome is Outcome.REFUSAL:
            self.journal.note("restored", conversation=conversation)
        if exchange.outcome is not Outcome.SUCCESS:
            raise SetupError(
                f"{self._one} {conversation} has a name that could not be restored: {exchange.describe()}; "
                "rename it, or use another one"
            )

    @property
    def can_obtain_more(self) -> bool:
        """Whether another conversation can be obtained: the user lent one more, or none, so that they are created."""
        return bool(self._waiting) or not self.target.conversations

    def create(self, params: Mapping[str, JSON] | None = None) -> Creation:
        """Creates a conversation, which is deleted at the end. Raises OutOfBudget and SetupError.

        ``params`` are parameters with other values than those of the target; None for one to be left out.
        """
        operation = self.contract.create
        if operation is None or operation.id is None:
            raise SetupError(f"the contract has no operation that creates {self.contract.resource.a}")
        name = generate.unique_name()
        self._reserve(more=2)  # to find it by its name and to delete it, if the answer does not come
        with interrupts.held():
            ahead = self.client.clock_ahead
            more = {**({"params": params} if params else {}), **({} if ahead is None else {"ahead": ahead})}
            self._announce("create", name=name, at=int(time.time()), **more)
            body = None if operation.body is None else encode(fill(operation.body, self.values(name=name)))
            with self._withdrawn("not-created", name=name):
                exchange = self.client.send(self.request("create", operation, None, body, name=name))
            conversation = at(exchange.json, operation.id) if exchange.outcome is Outcome.SUCCESS else ABSENT
            problem = self._note_creation(name, exchange, conversation)
            self._reserve()
        return Creation(exchange, name, None if problem else str(conversation), problem)

    def _note_creation(self, name: str, exchange: Exchange, conversation: JSON) -> str | None:
        """Notes in the journal what became of a creation; returns why there is no conversation, or None."""
        if exchange.unsent:
            self.journal.note("not-created", name=name)
        elif _refused(exchange):
            self.journal.note("create-refused", name=name)
        if conversation is ABSENT or conversation is None:
            return _explain(exchange, self.contract.resource)
        known = {*self.target.conversations, *self.journal.pending.created}
        text = str(conversation)
        if not is_id(conversation) or text in known or self.journal.redact(text) != text:
            return f"the answer names {brief(conversation)}, which cannot be the id of a new {self._one}"
        self._announce("created", name=name, conversation=text)
        return None

    def _announce(self, kind: str, **entry: Any) -> None:
        """Announces a change in the journal. Raises SetupError when it cannot be written: then the run ends."""
        try:
            self.journal.announce(kind, **entry)
        except OSError as problem:
            told = f"{self.journal.path}: cannot be written to ({problem.strerror}), so nothing more is changed"
            self.client.stop(told)
            raise SetupError(told) from None

    @contextmanager
    def _withdrawn(self, kind: str, **entry: Any) -> Generator[None, None, None]:
        """Withdraws an announcement with this entry, where nothing was sent after all."""
        used = self.client.budget.used
        try:
            yield
        except OutOfBudget:
            if self.client.budget.used == used:
                self.journal.note(kind, **entry)
            raise

    @cached_property
    def other_carriers(self) -> Sequence[str]:
        """Pointers to the members of a rename that may carry a name in place of the usual one, and cost nothing."""
        carriers, found = set(self.contract.carriers), list[str]()
        for row in self.contract.requirements:
            if row.check != "either-or" or (row.costs and not self.target.allow_cost):
                continue
            fields = [pointer_to(each) for each in row.detail["fields"]]
            found += [field for field in fields if field not in carriers and carriers <= set(fields)]
        return found

    def _reserve(self, more: int = 0) -> None:
        """Reserves requests for the teardown: a lent conversation is read, renamed back, and read again."""
        pending = self.journal.pending
        # only one of them is renamed at a time: by another member where the usual one does not do, then by that again
        further = _WAY * (len(self.other_carriers) + 1) if pending.lent and self.other_carriers else 0
        lent = _TO_RESTORE * len(pending.lent) + further
        sought = _TO_FIND * len(pending.unanswered) + 2 * len(pending.refused)
        self.client.budget.reserve = len(pending.created) * bool(self.contract.delete) + lent + sought + more

    def rename(
        self,
        conversation: str,
        body: bytes,
        *,
        name: str | None = None,
        credential: str = GIVEN,
        cleaning: bool = False,
    ) -> Exchange:
        """Renames with this body. Raises OutOfBudget, and SetupError when the journal cannot be written."""
        request = self.request("rename", self.contract.rename, conversation, body, credential=credential, name=name)
        return self.send_rename(request, cleaning=cleaning)

    def send_rename(self, request: Request, *, cleaning: bool = False) -> Exchange:
        """Sends the request of a rename; again where its answer was lost and that can do no harm.

        Raises OutOfBudget, and SetupError when the journal cannot be written.
        """
        exchange = self._send_rename_once(request, cleaning=cleaning)
        repeats = 1
        while exchange.in_doubt and not cleaning and repeats < _MOST_RENAMES and self._may_repeat(request):
            exchange = replace(self._send_rename_once(request, cleaning=False), repeats=repeats)
            repeats += 1
        self._hopeless = self._hopeless + 1 if exchange.in_doubt and repeats == _MOST_RENAMES else 0
        if exchange.outcome is not Outcome.REFUSAL:
            self._names.pop(request.conversation or "", None)
        return exchange

    def _may_repeat(self, request: Request) -> bool:
        """Whether a rename whose answer was lost may be sent again. Raises OutOfBudget.

        It may where it gives a name and does nothing else: twice is as once. Any other may where a read shows that it
        was not carried out.
        """
        if self._hopeless >= _HOPELESS or self.client.budget.left < 2:
            return False
        conversation = request.conversation or ""
        if self._plain_name(request.body or b"", conversation) is not None:
            return True
        before = self._names.get(conversation)
        return before is not None and self.read(conversation, anew=True).name == before

    def read(
        self, conversation: str, *, cleaning: bool = False, credential: str = GIVEN, anew: bool = False
    ) -> Reading:
        reading = super().read(conversation, cleaning=cleaning, credential=credential, anew=anew)
        self._names[conversation] = reading.name
        return reading

    def _send_rename_once(self, request: Request, *, cleaning: bool) -> Exchange:
        conversation, body = request.conversation or "", request.body or b""
        watched = bool(self.journal.pending.lent) and not cleaning
        with interrupts.held():
            if watched:
                self._announce(
                    "rename", conversation=conversation, name=self.redacted(self._plain_name(body, conversation))
                )
            with self._withdrawn("unsent", conversation=conversation):
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

    def plain_body(self, name: str, conversation: str) -> bytes:
        """The body that renames to this name and does nothing else."""
        return encode(fill(self.contract.rename.body, self.values(name=name, conversation=conversation)))

    def _plain_name(self, body: bytes, conversation: str) -> str | None:
        """The name that this body gives; None unless it is the one of ``plain_body``."""
        path = next(_name_paths(self.contract.rename.body), None)
        try:
            value = parse(body)
        except ValueError:
            return None
        name: JSON = ABSENT if path is None else at(value, pointer_of(path))
        plain = isinstance(name, str) and value == fill(
            self.contract.rename.body, self.values(name=name, conversation=conversation)
        )
        return str(name) if plain else None

    def delete(self, conversation: str) -> Exchange | None:
        """Deletes a conversation; None when the contract has no operation for it. Raises OutOfBudget."""
        operation = self.contract.delete
        if operation is None:
            return None
        body = None if operation.body is None else encode(fill(operation.body, self.values(conversation=conversation)))
        return self.client.send(self.request("delete", operation, conversation, body), cleaning=True)

    def send_deletion(self, request: Request) -> Exchange:
        """Sends a deletion that a test asks for.

        A conversation that the run created stays in the journal until it is ``seen_gone``: the teardown deletes it
        whatever became of this request. Raises OutOfBudget, and SetupError when the journal cannot be written.
        """
        with interrupts.held():
            self.may_be_gone(request.conversation or "")
            return self.client.send(request)

    def may_be_gone(self, conversation: str) -> None:
        """Announces that something may have deleted a conversation. Raises SetupError when that cannot be written."""
        if conversation in self.journal.pending.created:
            self._reserve(more=_TO_CONFIRM_GONE)
            self._announce("delete", conversation=conversation)

    def seen_gone(self, conversation: str) -> None:
        """Notes that a conversation is surely deleted."""
        if conversation in self.journal.pending.created:
            self.journal.note("deleted", conversation=conversation)
            self._reserve()


def _name_paths(template: JSON, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths at which a template holds the name."""
    if template == "${name}":
        yield path
    members = template.items() if isinstance(template, Mapping) else ()
    for key, value in members:
        yield from _name_paths(value, (*path, key))


def _refused(exchange: Exchange) -> bool:
    """Whether a creation was refused, put off, or answered by no API: it should not have been carried out."""
    answer = exchange.answer
    if answer is None:
        return False
    elsewhere = 300 <= answer.status < 400 or (answer.media_type == "text/html" and answer.status < 500)
    put_off = exchange.outcome is Outcome.UNAVAILABLE and answer.status < 500
    return exchange.outcome is Outcome.REFUSAL or put_off or elsewhere


def _explain(exchange: Exchange, resource: Resource) -> str:
    """What came back, and what the user should check."""
    answered = exchange.describe()
    if exchange.answer is None:
        return f"{answered}; check the base URL"
    if exchange.answer.status in (401, 403):
        return f"{answered}; check the key"
    if exchange.json is ABSENT:
        return f"{answered}, no JSON; check the base URL"
    if exchange.outcome is Outcome.SUCCESS:
        return f"{answered}, but it is not in the answer; check the {resource.one} id, the key and the parameters"
    return f"{answered}; check the base URL, the key, the {resource.one} id and the parameters"
