"""The driver: sends the requests of the steps, as the user or as another account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, WRONG, encode
from driftgate.contract import Operation, Outcome
from driftgate.contract.template import fill, placeholders
from driftgate.http.exchange import Exchange, Request
from driftgate.http.retry import pause
from driftgate.session.conversations import Conversations, Creation
from driftgate.session.reads import Listing, Reading

_FEW_PAGES = 10  # of a list, however many conversations somebody else keeps in it
_SETTLING = 0.5  # seconds in which a live target may come to show what was changed
_MOST_SETTLING = 4  # times in a run
_NEXT_SECOND = 1.05  # seconds


class Driver:
    """Sends the requests of all sequences on one target.

    What sends a request raises OutOfBudget; what changes something also raises SetupError.
    """

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._contract = conversations.contract
        self.resource = self._contract.resource
        self.deleted: set[str] = set()  # ids, of all sequences
        self.can_read = False  # whether a read has ever shown a conversation
        self._names = 0
        self._settled = 0
        self._length = 0  # of the list, when it was last seen to its end
        self._tried_other = False
        self._other_rejected: Exchange | None = None
        listing = self._contract.listing
        assert listing is not None  # a contract whose requirements need a list has one
        self._listing = listing
        self.reads_a_list = self._contract.read.items is not None
        self.largest_page = listing.size_most if listing.size_query else 0

    @property
    def used(self) -> int:
        """How many requests were sent."""
        return self._conversations.client.budget.used

    def settle(self) -> None:
        """Gives a live target the time to show a change, a few times in a run."""
        if not self._conversations.target.embedded and self._settled < _MOST_SETTLING:
            self._settled += 1
            pause(_SETTLING)

    def wait(self) -> None:
        """Waits until times in whole seconds differ."""
        pause(_NEXT_SECOND)

    def create(self) -> Creation:
        return self._conversations.create()

    def may_be_gone(self, conversation: str) -> None:
        """Announces in the journal that a conversation may have been deleted."""
        self._conversations.may_be_gone(conversation)

    def may_be_there(self, conversation: str) -> bool:
        """Whether a deleted conversation was not yet seen to be gone."""
        return conversation in self._conversations.journal.pending.created

    def seen_gone(self, conversation: str) -> None:
        """Notes in the journal that a conversation is surely deleted."""
        self._conversations.seen_gone(conversation)

    def read(self, conversation: str, *, other: bool = False) -> Reading:
        if not other:
            return self._conversations.read(conversation)
        operation = self._contract.read
        values = self._values(other=other, conversation=conversation)
        query, body = fill(operation.query, values), operation.body and fill(operation.body, values)
        exchange = self._send(self._request("read", operation, conversation, query=query, body=body, other=other))
        found = at(exchange.json, operation.conversation or "") if exchange.outcome is Outcome.SUCCESS else ABSENT
        return Reading(exchange, found, None)

    def rename(self, conversation: str, *, other: bool = False) -> tuple[str, Exchange]:
        """Gives a conversation a name that nothing else has."""
        self._names += 1
        name = generate.fresh_name(self._conversations.seed, f"life {self._names}")
        operation = self._contract.rename
        body = fill(operation.body, self._values(other=other, conversation=conversation, name=name))
        request = self._request("rename", operation, conversation, body=body, other=other, name=name)
        return name, self._conversations.send_rename(request)

    def delete(self, conversation: str, *, other: bool = False) -> Exchange:
        operation = self._contract.delete
        assert operation is not None  # a contract whose requirements need a deletion has one
        body = fill(operation.body, self._values(other=other, conversation=conversation)) if operation.body else None
        return self._conversations.send_deletion(
            self._request("delete", operation, conversation, body=body, other=other)
        )

    def listing(self, size: int, *, other: bool = False) -> Listing:
        """The list by pages of ``size`` rows, or of more where somebody else's conversations make it very long."""
        size = min(self.largest_page, max(size, math.ceil(self._length / _FEW_PAGES)))
        query = self._list_query(other=other)
        query = self._listing.with_size(query, size)
        listing = self._conversations.listing(query, size=size, credential=self._credential(other=other))
        if not other and listing.failed is None and not listing.last.more:
            self._length = len(listing.rows)
        return listing

    def other_account_rejected(self) -> Exchange | None:
        """The answer that shows that the other account's key is nobody's; None where it is somebody's."""
        if not self._tried_other:
            self._other_rejected = self._try_other()
            self._tried_other = True
        return self._other_rejected

    def _try_other(self) -> Exchange | None:
        account = self._contract.other_account
        if account is None or account.credential is None:
            return None
        query = self._list_query(other=True)
        answer = self._send(self._page_request(query, self._credential(other=True)))
        if answer.outcome is Outcome.SUCCESS:
            return None
        refused = self._send(self._page_request(query, WRONG))
        return answer if answer.outcome is not Outcome.REFUSAL or answer.kind == refused.kind else None

    def _page_request(self, query: Mapping[str, Any], credential: str) -> Request:
        return self._conversations.page_request("list", self._listing, None, query, credential=credential)

    def _list_query(self, *, other: bool) -> dict[str, Any]:
        """The query of a list of all conversations, without the part that finds one by its name."""
        template = {key: value for key, value in self._listing.asked.items() if "name" not in placeholders(value)}
        query: dict[str, Any] = fill(template, self._values(other=other))
        return query

    def _send(self, request: Request) -> Exchange:
        return self._conversations.client.send(request)

    def _values(self, *, other: bool, **more: Any) -> dict[str, Any]:
        values = self._conversations.values(**more)
        account = self._contract.other_account
        return {**values, **fill(account.supplied, values)} if other and account else values

    def _request(
        self,
        role: str,
        operation: Operation,
        conversation: str | None,
        *,
        body: Mapping[str, JSON] | None = None,
        query: Mapping[str, Any] | None = None,
        other: bool = False,
        name: str | None = None,
    ) -> Request:
        content = None if body is None else encode(body)
        return self._conversations.request(
            role, operation, conversation, content, query, credential=self._credential(other=other), name=name
        )

    def _credential(self, *, other: bool) -> str:
        account = self._contract.other_account if other else None
        return account.credential if account and account.credential else GIVEN
