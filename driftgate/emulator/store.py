"""Conversations in memory. The cost of finding and listing them does not grow with their number."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterator, MutableMapping
from dataclasses import dataclass, field
from itertools import count, zip_longest
from typing import Any

_HANDED_AT_MOST = 256
_ORDERS = ("created", "updated")

Position = tuple[float, int, str]  # in a list: time, number, id


@dataclass(slots=True)
class Conversation:
    """A conversation in memory. Times are seconds since 1970, with a fraction."""

    id: str
    owner: str
    name: str
    created: float
    updated: float
    first_message: str = ""
    more: dict[str, Any] = field(default_factory=dict)


class Store(MutableMapping[str, Conversation]):
    """Conversations by id, in the order of creation, and for each ``group`` lists sorted by time.

    A conversation that was handed out may be changed by its caller. It is sorted again before the next list is shown.
    """

    def __init__(self, group: Callable[[Conversation], Hashable]) -> None:
        self._group = group
        self._numbers = count()
        self._rows: dict[str, Conversation] = {}
        self._positions: dict[str, tuple[Hashable, tuple[Position, ...]]] = {}
        self._lists: dict[tuple[Hashable, str], list[Position]] = {}
        self._handed: set[str] = set()

    def __getitem__(self, key: str) -> Conversation:
        found = self._rows[key]
        self._hand(key)
        return found

    def __setitem__(self, key: str, conversation: Conversation) -> None:
        if key in self._rows:
            self._unlist(key)
        self._rows[key] = conversation
        self._list(key, next(self._numbers))
        self._hand(key)

    def __delitem__(self, key: str) -> None:
        del self._rows[key]
        self._handed.discard(key)
        self._unlist(key)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def count(self, group: Hashable) -> int:
        """The number of conversations in the list of a group."""
        return len(self._sorted(group, "updated"))

    def page(
        self, group: Hashable, begin: int, size: int, *, order: str = "updated", newest_first: bool = True
    ) -> list[Conversation]:
        """A part of the list of a group; ``order`` is created or updated."""
        positions = self._sorted(group, order)
        if not newest_first:
            return [self._rows[key] for _, _, key in positions[begin : begin + size]]
        end = max(0, len(positions) - begin)
        return [self._rows[key] for _, _, key in reversed(positions[max(0, end - size) : end])]

    def newest_first(self, group: Hashable) -> Iterator[Conversation]:
        """The list of a group, the latest change first, to be searched."""
        return (self._rows[key] for _, _, key in reversed(self._sorted(group, "updated")))

    def position(self, key: str, *, order: str = "updated", newest_first: bool = True) -> int:
        """The index of a conversation in the list of its group."""
        self._settle()
        group, positions = self._positions[key]
        whole = self._lists[group, order]
        found = bisect_left(whole, positions[_ORDERS.index(order)])
        return len(whole) - 1 - found if newest_first else found

    def _sorted(self, group: Hashable, order: str) -> list[Position]:
        self._settle()
        return self._lists.get((group, order), [])

    def _hand(self, key: str) -> None:
        if len(self._handed) >= _HANDED_AT_MOST:
            self._settle()
        self._handed.add(key)

    def _settle(self) -> None:
        """Moves the conversations that were handed out to where they now belong in the lists."""
        for key in self._handed:
            self._list(key, self._positions[key][1][0][1])
        self._handed.clear()

    def _list(self, key: str, number: int) -> None:
        """Inserts a conversation into the lists where it belongs, and removes it from where it no longer does."""
        row = self._rows[key]
        group, positions = self._group(row), ((row.created, number, key), (row.updated, number, key))
        former_group, former = self._positions.get(key, (None, ()))
        for order, position, before in zip_longest(_ORDERS, positions, former):
            if (group, position) != (former_group, before):
                if before is not None:
                    self._take_out(former_group, order, before)
                insort(self._lists.setdefault((group, order), []), position)
        self._positions[key] = group, positions

    def _unlist(self, key: str) -> None:
        group, positions = self._positions.pop(key)
        for order, position in zip(_ORDERS, positions, strict=True):
            self._take_out(group, order, position)

    def _take_out(self, group: Hashable, order: str, position: Position) -> None:
        whole = self._lists[group, order]
        del whole[bisect_left(whole, position)]
        if not whole:
            del self._lists[group, order]
