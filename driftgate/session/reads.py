"""Requests of a contract's operations on one target, and finding conversations there: by id, or by name in a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from driftgate.base.ids import LONGEST_ID, is_id
from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.base.secret import Secret
from driftgate.cases.bodies import GIVEN, NONE, WRONG
from driftgate.contract import Operation, Outcome
from driftgate.contract.template import fill, placeholders
from driftgate.http.client import Client
from driftgate.http.exchange import Exchange, Request
from driftgate.session.journal import Journal
from driftgate.target.model import Target

WRONG_CREDENTIAL = Secret("WRONG_KEY", "driftgate-no-such-key")
_MOST_PAGES = 20


@dataclass(frozen=True)
class Reading:
    """A conversation as a read showed it; ``conversation`` is ``ABSENT`` when the read did not show it.

    ``whole`` is False when there was more of a list than was read.
    """

    exchange: Exchange
    conversation: JSON
    name: str | None
    whole: bool = True


@dataclass(frozen=True)
class Listing:
    """The ids that a list shows for a name; ``whole`` when all of the list was seen."""

    exchange: Exchange
    ids: list[str]
    whole: bool


@dataclass(frozen=True)
class _Page:
    exchange: Exchange
    rows: list[JSON]
    follows: bool


class Reads:
    """Reads on one target; the names that given conversations are seen to have go into the journal."""

    def __init__(self, target: Target, client: Client, journal: Journal) -> None:
        self.target = target
        self.contract = target.contract
        self.client = client
        self.journal = journal
        self._first_page: Exchange | None = None

    def values(self, **more: Any) -> dict[str, Any]:
        """What placeholders stand for."""
        return {**self.target.params, **more}

    def read(self, conversation: str, *, cleaning: bool = False, credential: str = GIVEN) -> Reading:
        """The conversation as it is now; looked for page by page where it is read from a list."""
        operation = self.contract.read
        query = fill(operation.query, self.values(conversation=conversation))
        if operation.items is None:
            request = self.request("read", operation, conversation, None, query, credential=credential)
            exchange = self.client.send(request, cleaning=cleaning)
            found = _shown(operation, exchange.json) if exchange.outcome is Outcome.SUCCESS else ABSENT
            return self._reading(conversation, exchange, found, cleaning=cleaning)
        for page in self._pages("read", operation, query, conversation, cleaning=cleaning):
            for row in page.rows:
                if str(at(row, self.contract.id_pointer)) == conversation:
                    return self._reading(conversation, page.exchange, row, cleaning=cleaning)
        return Reading(page.exchange, ABSENT, None, whole=not page.follows)

    def named(self, name: str) -> Listing:
        """The ids of the conversations that have exactly this name, as a list shows them."""
        operation = self.contract.listing
        assert operation is not None
        found: list[str] = []
        query = fill(operation.query, self.values(name=name))
        for page in self._pages("list", operation, query, None, cleaning=True):
            ids = [
                at(row, self.contract.id_pointer) for row in page.rows if at(row, self.contract.name_pointer) == name
            ]
            found += [str(each) for each in ids if is_id(each)]
        return Listing(page.exchange, found, whole=page.exchange.outcome is Outcome.SUCCESS and not page.follows)

    def _pages(
        self, role: str, operation: Operation, query: Mapping[str, Any], conversation: str | None, *, cleaning: bool
    ) -> Iterator[_Page]:
        """The pages of a list, up to one that does not succeed; at least one."""
        kept = self._first_page if role == "read" and self._is_fresh(self._first_page) else None
        for number in range(1, _MOST_PAGES + 1):
            request = self.request(role, operation, conversation, None, query)
            exchange = kept or self.client.send(request, cleaning=cleaning)
            kept = None
            success = exchange.outcome is Outcome.SUCCESS
            if number == 1 and role == "read" and success:
                self._first_page = exchange
            items = at(exchange.json, operation.items or "") if success else ABSENT
            rows = items if isinstance(items, list) else []
            follows = bool(rows) and operation.next_more is not None and at(exchange.json, operation.next_more) is True
            yield _Page(exchange, rows, follows)
            if not follows:
                return
            following = number + 1 if operation.next_counts else at(rows[-1], self.contract.id_pointer)
            query = {**query, operation.next_query or "": str(following)[:LONGEST_ID]}

    def _is_fresh(self, page: Exchange | None) -> bool:
        """Whether a page of a list still tells how things are: nothing was sent since."""
        return page is not None and page.number == self.client.budget.used

    def _reading(self, conversation: str, exchange: Exchange, found: JSON, *, cleaning: bool) -> Reading:
        """What a read showed. A name that is first seen while everything is put back may be somebody else's."""
        name = at(found, self.contract.name_pointer)
        name = name if isinstance(name, str) else None
        given = self.journal.pending.given.get(conversation)
        if given is not None and found is not ABSENT and not cleaning:
            self.journal.note("read", conversation=conversation, name=self.redacted(name))
        return Reading(exchange, found, name)

    def redacted(self, name: str | None) -> str | None:
        return None if name is None else self.journal.redact(name)

    def request(
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


def _shown(operation: Operation, answer: JSON) -> JSON:
    """The conversation in the answer to a read, or ABSENT."""
    found = at(answer, operation.conversation or "")
    return at(answer, operation.otherwise) if found is ABSENT and operation.otherwise is not None else found
