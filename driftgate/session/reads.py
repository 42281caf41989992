"""Reads on one target: a conversation by its id, the pages of a list, and conversations by their name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from driftgate.base.ids import LONGEST_ID, is_id
from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.base.secret import Secret
from driftgate.cases.bodies import ALTERED, GIVEN, NO_SCHEME, NONE, OTHER_SCHEME, WRONG, encode
from driftgate.contract import Operation, Outcome
from driftgate.contract.template import fill, placeholders
from driftgate.http.client import Client
from driftgate.http.exchange import BEARER, Exchange, Request
from driftgate.session.journal import Journal
from driftgate.target.model import Target

_SCHEMES = {NO_SCHEME: "", OTHER_SCHEME: "Basic"}
_MOST_PAGES = 20
_MOST_PAGES_TO_FIND = 500  # of a conversation whose creation was not answered


@dataclass(frozen=True)
class Reading:
    """What a read showed. ``conversation`` is ``ABSENT`` when it did not show the conversation.

    ``whole`` is False when the conversation was sought in a list that has more pages than were read.
    """

    exchange: Exchange
    conversation: JSON
    name: str | None
    whole: bool = True


@dataclass(frozen=True)
class ListedRow:
    """A row of a list: the id in it, its value, and where it stands: the exchange, a pointer into its answer."""

    id: str
    value: JSON
    exchange: Exchange
    pointer: str


@dataclass(frozen=True)
class Page:
    """One page of a list. ``readable`` is False when the answer holds no list; ``more`` says that a page follows."""

    exchange: Exchange
    rows: Sequence[ListedRow]
    more: bool = False
    readable: bool = True


@dataclass(frozen=True)
class Listing:
    """A list from its first page on; ``complete`` when no page was left unread.

    ``size`` is the number of rows that each page was asked to hold; None when it was not asked for.
    """

    pages: Sequence[Page]
    complete: bool
    size: int | None = None

    @property
    def last(self) -> Page:
        return self.pages[-1]

    @cached_property
    def rows(self) -> Sequence[ListedRow]:
        return [row for page in self.pages for row in page.rows]

    @property
    def failed(self) -> Exchange | None:
        """The exchange that ended the list because its answer holds no list."""
        return None if self.last.readable else self.last.exchange


class Reads:
    """Reads on one target. The names that lent conversations are seen to have go into the journal."""

    def __init__(self, target: Target, client: Client, journal: Journal) -> None:
        self.target = target
        self.contract = target.contract
        self.client = client
        self.journal = journal
        self._first_page: Exchange | None = None
        self._latest: Reading | None = None

    def values(self, **more: Any) -> dict[str, Any]:
        """What placeholders stand for; of a conversation that was created on another's behalf, what they stood for."""
        known = self.journal.pending.params
        other = next((known[more[key]] for key in ("conversation", "name") if more.get(key) in known), {})
        if "conversation" in more:
            more["conversation"] = self.contract.id_value(more["conversation"])
        return {**self.target.params, **_left_out(other), **more}

    def read(
        self, conversation: str, *, cleaning: bool = False, credential: str = GIVEN, anew: bool = False
    ) -> Reading:
        """The conversation as it is now, sought page by page where the contract reads from a list.

        Raises OutOfBudget. ``cleaning``: the read belongs to the teardown, for which requests are reserved. ``anew``:
        a page of a list is read even if nothing was sent since it was.
        """
        if anew:
            self._first_page = None
        self._latest = self._read(conversation, cleaning=cleaning, credential=credential)
        return self._latest

    def latest(self, conversation: str) -> Reading | None:
        """A read of this conversation, if it was the last request, so that it still holds."""
        known = self._latest
        fresh = known is not None and known.exchange.number == self.client.budget.used
        shown = known is not None and str(at(known.conversation, self.contract.id_pointer)) == conversation
        return known if fresh and shown else None

    def _read(self, conversation: str, *, cleaning: bool, credential: str) -> Reading:
        operation = self.contract.read
        if operation.items is None:
            request = self.read_request(conversation, credential=credential)
            exchange = self.client.send(request, cleaning=cleaning)
            found = _shown(operation, exchange.json) if exchange.outcome is Outcome.SUCCESS else ABSENT
            return self._reading(conversation, exchange, found, cleaning=cleaning)
        query = fill(operation.asked, self.values(conversation=conversation))
        for page in self._pages("read", operation, query, conversation, cleaning=cleaning):
            for row in page.rows:
                if row.id == conversation:
                    return self._reading(conversation, page.exchange, row.value, cleaning=cleaning)
        return Reading(page.exchange, ABSENT, None, whole=not page.more)

    def listing(
        self, query: Mapping[str, Any], *, size: int | None = None, credential: str = GIVEN, cleaning: bool = False
    ) -> Listing:
        """The contract's list, page by page; ``query``, its query or body, asks for pages of this size.

        Raises OutOfBudget.
        """
        operation = self.contract.listing
        assert operation is not None  # whoever wants a list has looked whether there is one
        pages = list(self._pages("list", operation, query, None, credential=credential, cleaning=cleaning))
        last = pages[-1]
        # a list that does not say whether there is more ends with the first page that is not full
        full = size is not None and operation.next_more is None and len(last.rows) >= size
        complete = last.exchange.outcome is Outcome.SUCCESS and not last.more and not full
        return Listing(pages, complete, size)

    def find(self, name: str) -> tuple[list[str], Listing]:
        """The ids of the conversations that hold this text, in the name or elsewhere, and the list.

        The list is first asked for that name, where it can be, and then for all. Raises OutOfBudget.
        """
        operation = self.contract.listing
        assert operation is not None  # whoever wants a list has looked whether there is one
        listing = self.listing(fill(operation.asked, self.values(name=name)), cleaning=True)
        if not self._holding(name, listing) and "name" in placeholders(operation.asked):
            whole = {key: value for key, value in operation.asked.items() if "name" not in placeholders(value)}
            query = operation.with_size(fill(whole, self.values(name=name)), operation.size_most)
            listing = self.listing(query, size=operation.size_most if operation.size_query else None, cleaning=True)
        return self._holding(name, listing), listing

    def _holding(self, name: str, listing: Listing) -> list[str]:
        ids = [at(row.value, self.contract.id_pointer) for row in listing.rows if holds(row.value, name)]
        return [str(each) for each in ids if is_id(each)]

    def _pages(
        self,
        role: str,
        operation: Operation,
        query: Mapping[str, Any],
        conversation: str | None,
        *,
        credential: str = GIVEN,
        cleaning: bool,
    ) -> Iterator[Page]:
        """The pages of a list, up to the last one, or to one that holds no list; at least one."""
        reused = self._first_page if role == "read" and self._is_fresh(self._first_page) else None
        rows = 0
        most = _MOST_PAGES_TO_FIND if cleaning and role == "list" else _MOST_PAGES
        for number in range(1, most + 1):
            request = self.page_request(role, operation, conversation, query, credential=credential)
            exchange = reused or self.client.send(request, cleaning=cleaning)
            reused = None
            if number == 1 and role == "read" and exchange.outcome is Outcome.SUCCESS:
                self._first_page = exchange
            page = self._page_of(operation, exchange)
            yield page
            if not page.more:
                return
            rows += len(page.rows)
            query = operation.with_next(query, self._following(operation, page, number, rows))

    def _following(self, operation: Operation, page: Page, number: int, rows: int) -> JSON:
        """What asks for the page after this one."""
        if operation.next_cursor is not None:
            cursor = at(page.exchange.json, operation.next_cursor)
            return cursor if isinstance(cursor, int) else str(cursor)[:LONGEST_ID]
        if operation.next_offset:
            return rows
        return number + 1 if operation.next_counts else self.contract.id_value(page.rows[-1].id[:LONGEST_ID])

    def read_request(self, conversation: str, *, credential: str = GIVEN) -> Request:
        """The request of a read of one conversation by itself."""
        operation = self.contract.read
        values = self.values(conversation=conversation)
        body = None if operation.body is None else encode(fill(operation.body, values))
        return self.request("read", operation, conversation, body, credential=credential)

    def page_request(
        self,
        role: str,
        operation: Operation,
        conversation: str | None,
        asked: Mapping[str, Any],
        *,
        credential: str = GIVEN,
    ) -> Request:
        """The request of a page of a list; ``asked`` is its body, or its query where it has none."""
        if operation.body is None:
            return self.request(role, operation, conversation, None, asked, credential=credential)
        return self.request(role, operation, conversation, encode(asked), credential=credential)

    def _page_of(self, operation: Operation, exchange: Exchange) -> Page:
        pointer = operation.items or ""
        items = at(exchange.json, pointer) if exchange.outcome is Outcome.SUCCESS else ABSENT
        items = [] if items is None else items  # some servers write an empty list so
        if not isinstance(items, list):
            return Page(exchange, (), readable=False)
        rows = [
            ListedRow(str(at(value, self.contract.id_pointer)), value, exchange, f"{pointer}/{index}")
            for index, value in enumerate(items)
        ]
        cursor = None if operation.next_cursor is None else at(exchange.json, operation.next_cursor)
        flagged = operation.next_more is not None and at(exchange.json, operation.next_more) is True
        more = flagged if operation.next_more is not None else cursor not in (None, ABSENT, "", False)
        return Page(exchange, rows, more and bool(rows))

    def _is_fresh(self, page: Exchange | None) -> bool:
        """Whether nothing was sent since this page of a list, so that it still holds."""
        return page is not None and page.number == self.client.budget.used

    def _reading(self, conversation: str, exchange: Exchange, found: JSON, *, cleaning: bool) -> Reading:
        """What a read showed. A name that the teardown sees first may be somebody else's: the journal gets none."""
        name = at(found, self.contract.name_pointer)
        name = name if isinstance(name, str) else None
        lent = conversation in self.journal.pending.lent
        if lent and found is not ABSENT and not cleaning:
            self.journal.note("read", conversation=conversation, name=self.redacted(name))
        return Reading(exchange, found, name)

    def redacted(self, name: str | None) -> str | None:
        """A name without keys in it, as the journal may hold it."""
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
        """The request of one of the contract's operations."""
        url = operation.url
        values = self.values(conversation=conversation)
        for key, value in fill(operation.path, values).items():
            url = url.replace(f"{{{key}}}", quote(str(value), safe="", errors="surrogatepass"))
        query = fill(operation.query, {**values, "name": name}) if query is None else query
        if query:
            url = f"{url}?{urlencode(query, errors='surrogatepass')}"
        scheme = _SCHEMES.get(credential, BEARER)
        headers = tuple((key, str(value)) for key, value in fill(operation.headers, values).items())
        return Request(
            role,
            operation.method,
            url,
            body,
            self._token(credential),
            conversation,
            name,
            scheme,
            key=operation.key,
            media_type=operation.media_type,
            headers=headers,
        )

    def _token(self, credential: str) -> Secret | None:
        if credential == NONE:
            return None
        if credential in (GIVEN, *_SCHEMES):
            return self.target.api_key
        if credential in (WRONG, ALTERED):
            return self.target.wrong_key if credential == WRONG else self.target.altered_key
        (name,) = placeholders(credential)
        value = self.target.params[name]
        return value if isinstance(value, Secret) else Secret(name.upper(), str(value))


def holds(value: JSON, text: str) -> bool:
    """Whether a JSON value holds a text in any of its texts, in upper or lower case."""
    if isinstance(value, str):
        return text.casefold() in value.casefold()
    if isinstance(value, Mapping):
        return any(holds(each, text) for each in value.values())
    return isinstance(value, list) and any(holds(each, text) for each in value)


def _left_out(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as templates take them: None stands for one that is left out."""
    return {name: ABSENT if value is None else value for name, value in params.items()}


def _shown(operation: Operation, answer: JSON) -> JSON:
    """The conversation in the answer to a read, or ABSENT."""
    found = at(answer, operation.conversation or "")
    return at(answer, operation.otherwise) if found is ABSENT and operation.otherwise is not None else found
