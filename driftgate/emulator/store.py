"""Conversations in memory, found and listed at a cost that does not grow with their number."""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

_HANDED_AT_MOST = 256

Place = tuple[float, int, str]


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
    """Conversations by id, in the order in which they were made; and sorted lists of them, one for each ``group``.

    Whoever is handed a conversation may change it. Where it then belongs is found out before the next list is shown.
    """

    def __init__(self, group: Callable[[Conversation], Hashable], rank: Callable[[Conversation], float]) -> None:
        self._group = group
        self._rank = rank
        self._numbers = itertools.count()
        self._rows: dict[str, Conversation] = {}
        self._placed: dict[str, tuple[Hashable, Place]] = {}
        self._lists: dict[Hashable, list[Place]] = {}
        self._handed: set[str] = set()

    def __getitem__(self, key: str) -> Conversation:
        found = self._rows[key]
        if len(self._handed) >= _HANDED_AT_MOST:
            self._settle()
        self._handed.add(key)
        return found

    def __setitem__(self, key: str, conversation: Conversation) -> None:
        if key in self._rows:
            self._unlist(key)
        self._rows[key] = conversation
        self._list(key, next(self._numbers))

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
        """How many conversations the list of a group has."""
        return len(self._settled(group))

    def page(self, group: Hashable, begin: int, size: int, *, newest_first: bool = True) -> list[Conversation]:
        """A part of the list of a group."""
        places = self._settled(group)
        if not newest_first:
            return [self._rows[key] for _, _, key in places[begin : begin + size]]
        end = max(0, len(places) - begin)
        return [self._rows[key] for _, _, key in reversed(places[max(0, end - size) : end])]

    def newest_first(self, group: Hashable) -> Iterator[Conversation]:
        """The list of a group, for who looks for something in it."""
        return (self._rows[key] for _, _, key in reversed(self._settled(group)))

    def position(self, key: str) -> int:
        """Where a conversation stands in the list of its group, newest first."""
        self._settle()
        group, place = self._placed[key]
        places = self._lists[group]
        return len(places) - 1 - bisect_left(places, place)

    def _settled(self, group: Hashable) -> list[Place]:
        self._settle()
        return self._lists.get(group, [])

    def _settle(self) -> None:
        """Gives the conversations that were handed out the places in the lists that they now belong to."""
        for key in self._handed:
            group, place = self._placed[key]
            row = self._rows[key]
            if (self._group(row), self._rank(row)) != (group, place[0]):
                self._unlist(key)
                self._list(key, place[1])
        self._handed.clear()

    def _list(self, key: str, number: int) -> None:
        row = self._rows[key]
        group, place = self._group(row), (self._rank(row), number, key)
        self._placed[key] = group, place
        insort(self._lists.setdefault(group, []), place)

    def _unlist(self, key: str) -> None:
        group, place = self._placed.pop(key)
        places = self._lists[group]
        del places[bisect_left(places, place)]
        if not places:
            del self._lists[group]
