"""Requests of a contract's operations on one target, and the conversations that a run uses and puts back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from driftgate import generate
from driftgate.cases import GIVEN, NONE, WRONG, encode
from driftgate.client import Client, OutOfBudget
from driftgate.contract import Operation, Outcome
from driftgate.contract.template import fill, placeholders
from driftgate.exchange import Exchange, Request
from driftgate.jsonvalue import ABSENT, JSON, at, brief
from driftgate.secret import Secret
from driftgate.target import Target

WRONG_CREDENTIAL = Secret("WRONG_KEY", "driftgate-no-such-key")
_MOST_PAGES = 20
_LONGEST_ID = 200


class Unusable(Exception):
    """The target cannot be judged, and why: it does not answer, or no conversation can be had."""


@dataclass(frozen=True)
class Reading:
    """A conversation as a read showed it; ``conversation`` is ``ABSENT`` when the read did not show it."""

    exchange: Exchange
    conversation: JSON
    name: str | None


class Conversations:
    """Renames, reads, creates and deletes on one target; knows what it made and what it was lent."""

    def __init__(self, target: Target, client: Client, seed: int) -> None:
        self.target = target
        self.contract = target.contract
        self.client = client
        self.seed = seed
        self.made: list[str] = []
        self.lent: dict[str, str | None] = {}
        self.outcomes: set[Outcome] = set()
        self.unanswered: Exchange | None = None
        self._first_page: Exchange | None = None
        self._renamed: set[str] = set()
        self._waiting = list(target.conversations)

    def values(self, **more: Any) -> dict[str, Any]:
        """What placeholders stand for."""
        return {**self.target.params, **more}

    def obtain(self) -> str:
        """The id of the next conversation to use, lent by the user or made. Raises Unusable."""
        return self._waiting.pop(0) if self._waiting else self._create()

    def first_reading(self, conversation: str) -> Reading:
        """A conversation as it is before anything is changed; remembers the name of a lent one. Raises Unusable."""
        reading = self.read(conversation)
        if reading.conversation is ABSENT:
            made = "that was just created " if conversation in self.made else ""
            raise Unusable(f"conversation {conversation} {made}cannot be read: {_why(reading.exchange)}")
        if conversation not in self.made:
            self.lent[conversation] = reading.name
            self._reserve()
        return reading

    @property
    def more_to_be_had(self) -> bool:
        """Whether another conversation can be obtained: one more was lent, or none was and they are made."""
        return bool(self._waiting) or not self.target.conversations

    def _create(self) -> str:
        operation = self.contract.create
        if operation is None or operation.id is None:
            raise Unusable("the contract has no operation that creates a conversation")
        name = generate.fresh_name(self.seed, f"created {len(self.made)}")
        body = fill(operation.body, self.values(name=name))
        exchange = self.client.send(self._request("create", operation, None, encode(body)))
        made = at(exchange.json, operation.id) if exchange.outcome is Outcome.SUCCESS else ABSENT
        if made is ABSENT or made is None:
            raise Unusable(f"no conversation can be created: {_why(exchange)}")
        if not self._is_id(made):
            raise Unusable(f"no conversation can be created: the answer gives {brief(made)} for its id")
        self.made.append(str(made))
        self._reserve()
        return str(made)

    def _is_id(self, made: JSON) -> bool:
        """Whether it can be the id of a conversation of ours, to be renamed and deleted, and of no other thing."""
        text = str(made) if isinstance(made, (str, int)) and not isinstance(made, bool) else ""
        usable = text.isprintable() and 0 < len(text) <= _LONGEST_ID and text.strip(".") != ""
        return usable and text not in self.made and text not in self.target.conversations

    def _reserve(self) -> None:
        """Keeps requests back for putting everything back: a lent conversation that was not renamed is read first."""
        unchanged = len(self.lent.keys() - self._renamed)
        self.client.budget.reserve = len(self.made) * bool(self.contract.delete) + len(self.lent) + unchanged

    def read(self, conversation: str, *, cleaning: bool = False) -> Reading:
        """The conversation as it is now; looked for page by page where it is read from a list."""
        operation = self.contract.read
        query = fill(operation.query, self.values(conversation=conversation))
        page = self._first_page if operation.items is not None and self._is_fresh(self._first_page) else None
        for number in range(_MOST_PAGES):
            request = self._request("read", operation, conversation, None, query)
            exchange = page or self.client.send(request, cleaning=cleaning)
            page = None
            if exchange.outcome is not Outcome.SUCCESS:
                break
            if operation.items is None:
                return self._reading(exchange, at(exchange.json, operation.conversation or ""))
            if number == 0:
                self._first_page = exchange
            items = at(exchange.json, operation.items)
            rows = items if isinstance(items, list) else []
            for row in rows:
                if str(at(row, self.contract.id_pointer)) == conversation:
                    return self._reading(exchange, row)
            if not rows or operation.next_more is None or at(exchange.json, operation.next_more) is not True:
                break
            query = {**query, operation.next_query or "": str(at(rows[-1], self.contract.id_pointer))[:_LONGEST_ID]}
        return Reading(exchange, ABSENT, None)

    def _is_fresh(self, page: Exchange | None) -> bool:
        """Whether a page of a list still tells how things are: nothing was sent since."""
        return page is not None and page.number == self.client.budget.used

    def _reading(self, exchange: Exchange, found: JSON) -> Reading:
        name = at(found, self.contract.name_pointer)
        return Reading(exchange, found, name if isinstance(name, str) else None)

    def rename(
        self,
        conversation: str,
        body: bytes,
        *,
        name: str | None = None,
        credential: str = GIVEN,
        cleaning: bool = False,
    ) -> Exchange:
        """One rename request with this body. Raises OutOfBudget."""
        request = self._request("rename", self.contract.rename, conversation, body, credential=credential, name=name)
        exchange = self.client.send(request, cleaning=cleaning)
        self.outcomes.add(exchange.outcome)
        if exchange.outcome is Outcome.UNAVAILABLE:
            self.unanswered = exchange
        if conversation in self.lent:
            self._renamed.add(conversation)
            self._reserve()
        return exchange

    def put_back(self) -> list[str]:
        """Gives lent conversations their names back and deletes what was made; returns what could not be done."""
        troubles = []
        for conversation, name in self.lent.items():
            failing = f"conversation {conversation} could not be given its name {name!r} back"
            troubles += self._try(failing, partial(self._give_back, conversation, name))
        for conversation in self.made:
            failing = f"conversation {conversation} was made and could not be deleted"
            troubles += self._try(failing, partial(self._delete, conversation))
        self.lent.clear()
        self.made.clear()
        return troubles

    @staticmethod
    def _try(failing: str, act: Callable[[], Exchange | None]) -> list[str]:
        try:
            exchange = act()
        except OutOfBudget as problem:
            return [f"{failing}: {problem}"]
        done = exchange is not None and exchange.outcome is Outcome.SUCCESS
        return [] if done else [f"{failing}: {exchange.told() if exchange else 'the contract cannot delete'}"]

    def _give_back(self, conversation: str, name: str | None) -> Exchange:
        """Renames to the first name; a conversation that nobody renamed is left alone when it still has it."""
        if conversation not in self._renamed:
            reading = self.read(conversation, cleaning=True)
            if reading.name == name:
                return reading.exchange
        body = encode(fill(self.contract.rename.body, self.values(name=name or "")))
        return self.rename(conversation, body, cleaning=True)

    def _delete(self, conversation: str) -> Exchange | None:
        operation = self.contract.delete
        if operation is None:
            return None
        body = None if operation.body is None else encode(fill(operation.body, self.values(conversation=conversation)))
        return self.client.send(self._request("delete", operation, conversation, body), cleaning=True)

    def _request(
        self,
        role: str,
        operation: Operation,
        conversation: str | None,
        body: bytes | None,
        query: Mapping[str, Any] | None = None,
        *,
        credential: str = GIVEN,
        name: str | None = None,
    ) -> Request:
        url = operation.url
        for key, value in fill(operation.path, self.values(conversation=conversation)).items():
            url = url.replace(f"{{{key}}}", quote(str(value), safe="", errors="surrogatepass"))
        if query:
            url = f"{url}?{urlencode(query, errors='surrogatepass')}"
        return Request(role, operation.method, url, body, self._token(credential), conversation, name)

    def _token(self, credential: str) -> Secret | None:
        if credential == NONE:
            return None
        if credential == GIVEN:
            return self.target.api_key
        if credential == WRONG:
            return WRONG_CREDENTIAL
        (name,) = placeholders(credential)
        value = self.target.params[name]
        return value if isinstance(value, Secret) else Secret(name.upper(), str(value))


def _why(exchange: Exchange) -> str:
    """What came back, with a hint where the cause is likely to be on the user's side."""
    told = exchange.told()
    if exchange.answer is None:
        return f"{told}; check the base URL"
    if exchange.answer.status in (401, 403):
        return f"{told}; check the key"
    if exchange.json is ABSENT:
        return f"{told}, no JSON; check the base URL"
    if exchange.outcome is Outcome.SUCCESS:
        return f"{told}, but it is not in the answer; check the conversation id, the key and the parameters"
    return f"{told}; check the base URL, the key, the conversation id and the parameters"
