"""What a life asks of a target: the requests of its steps, on behalf of the user or of another account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from driftgate.base.ids import LONGEST_ID
from driftgate.base.jsonvalue import ABSENT, JSON, at
from driftgate.cases import generate
from driftgate.cases.bodies import GIVEN, WRONG, encode
from driftgate.checks.stateful.model import Shown, Walk
from driftgate.contract import Operation, Outcome
from driftgate.contract.template import fill, placeholders
from driftgate.http.exchange import Exchange, Request
from driftgate.http.retry import pause
from driftgate.session.conversations import Conversations, Creation
from driftgate.session.reads import Reading

_MOST_PAGES = 20
_FEW_PAGES = 10  # that a list is cut into, however much somebody else keeps in it
_SETTLING = 0.5  # seconds that a live target has to show what was changed, where it does not do so at once
_MOST_SETTLING = 4
_SECOND = 1.05


class Acts:
    """The requests of lives on one target. All of them raise OutOfBudget; what changes something, SetupError too."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._contract = conversations.contract
        self.deleted: set[str] = set()  # in all lives
        self.can_read = False  # whether a read has ever shown a conversation
        self._names = 0
        self._settled = 0
        self._length = 0
        self._tried_other = False
        self._nobodys: Exchange | None = None
        listing = self._contract.listing
        assert listing is not None  # a contract whose requirements need a list has one
        self._listing = listing
        self.reads_a_list = self._contract.read.items is not None
        self.most = listing.size_most if listing.size_query else 0

    @property
    def used(self) -> int:
        """How many requests were sent."""
        return self._conversations.client.budget.used

    def settle(self) -> None:
        """Gives a live target the time to show what was changed."""
        if not self._conversations.target.embedded and self._settled < _MOST_SETTLING:
            self._settled += 1
            pause(_SETTLING)

    def wait(self) -> None:
        """Lets the time pass that members of whole seconds need to differ."""
        pause(_SECOND)

    def create(self) -> Creation:
        return self._conversations.create()

    def may_be_gone(self, conversation: str) -> None:
        self._conversations.may_be_gone(conversation)

    def is_unsure(self, conversation: str) -> bool:
        """Whether a conversation that was deleted may still be there."""
        return conversation in self._conversations.journal.pending.made

    def seen_gone(self, conversation: str) -> None:
        self._conversations.seen_gone(conversation)

    def read(self, conversation: str, *, other: bool = False) -> Reading:
        if not other:
            return self._conversations.read(conversation)
        operation = self._contract.read
        query = fill(operation.query, self._values(other, conversation=conversation))
        exchange = self._send(self._request("read", operation, conversation, query=query, other=other))
        found = at(exchange.json, operation.conversation or "") if exchange.outcome is Outcome.SUCCESS else ABSENT
        return Reading(exchange, found, None)

    def rename(self, conversation: str, *, other: bool = False) -> tuple[str, Exchange]:
        """Gives a conversation a name that nothing else has."""
        self._names += 1
        name = generate.fresh_name(self._conversations.seed, f"life {self._names}")
        operation = self._contract.rename
        body = fill(operation.body, self._values(other, conversation=conversation, name=name))
        request = self._request("rename", operation, conversation, body=body, other=other, name=name)
        return name, self._conversations.again(request)

    def delete(self, conversation: str, *, other: bool = False) -> Exchange:
        operation = self._contract.delete
        assert operation is not None  # a contract whose requirements need a deletion has one
        body = fill(operation.body, self._values(other, conversation=conversation)) if operation.body else None
        return self._conversations.remove(self._request("delete", operation, conversation, body=body, other=other))

    def walk(self, size: int, *, other: bool = False) -> Walk:
        """The list, page by page; pages are longer than asked for where somebody else's would make them very many."""
        operation = self._listing
        size = min(self.most, max(size, math.ceil(self._length / _FEW_PAGES)))
        query = _of_all(operation, self._values(other))
        if operation.size_query:
            query[operation.size_query] = str(size)
        pages: list[tuple[Exchange, int]] = []
        rows: list[Shown] = []
        for number in range(1, _MOST_PAGES + 1):
            exchange = self._send(self._request("list", operation, None, query=query, other=other))
            items = at(exchange.json, operation.items or "") if exchange.outcome is Outcome.SUCCESS else ABSENT
            items = [] if items is None else items  # how some servers write a list of none
            if not isinstance(items, list):
                return Walk(size, pages, rows, whole=False, trouble=exchange)
            pages.append((exchange, len(items)))
            place = operation.items or ""
            rows += [Shown(self._id(row), row, exchange, f"{place}/{index}") for index, row in enumerate(items)]
            if not self._follows(exchange, items):
                whole = operation.next_more is not None or len(items) < size
                self._length = self._length if other else len(rows)
                return Walk(size, pages, rows, whole=whole)
            following = number + 1 if operation.next_counts else at(items[-1], self._contract.id_pointer)
            query = {**query, operation.next_query or "": str(following)[:LONGEST_ID]}
        return Walk(size, pages, rows, whole=False)

    def nobodys(self) -> Exchange | None:
        """The answer that shows that the other account's key is nobody's; None where it is somebody's."""
        if not self._tried_other:
            self._nobodys = self._try_other()
            self._tried_other = True
        return self._nobodys

    def _try_other(self) -> Exchange | None:
        other = self._contract.other_account
        if other is None or other.credential is None:
            return None
        query = _of_all(self._listing, self._values(True))
        asked = self._send(self._request("list", self._listing, None, query=query, other=True))
        if asked.outcome is Outcome.SUCCESS:
            return None
        nobody = self._conversations.request("list", self._listing, None, None, query, credential=WRONG)
        refused = self._send(nobody)
        return asked if asked.outcome is not Outcome.REFUSAL or asked.kind == refused.kind else None

    def _follows(self, exchange: Exchange, items: list[JSON]) -> bool:
        more = self._listing.next_more
        return bool(items) and more is not None and at(exchange.json, more) is True

    def _id(self, row: JSON) -> str:
        return str(at(row, self._contract.id_pointer))

    def _send(self, request: Request) -> Exchange:
        return self._conversations.client.send(request)

    def _values(self, other: bool, **more: Any) -> dict[str, Any]:
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
        account = self._contract.other_account if other else None
        credential = account.credential if account and account.credential else GIVEN
        content = None if body is None else encode(body)
        return self._conversations.request(
            role, operation, conversation, content, query, credential=credential, name=name
        )


def _of_all(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The query of a list that finds everything, and not one conversation by its name."""
    kept = {key: value for key, value in operation.query.items() if "name" not in placeholders(value)}
    filled: dict[str, Any] = fill(kept, values)
    return filled
