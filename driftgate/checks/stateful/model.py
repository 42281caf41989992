"""The model: which conversations there must be by now and under which names, and where a list differs from that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from itertools import pairwise

from driftgate.base.jsonvalue import JSON, at, brief
from driftgate.http.exchange import Exchange

_ONCE = "the conversation, once"


class Promise(StrEnum):
    """What a requirement of the check "lives" can promise, in the words of the catalogues."""

    CREATED_IS_READ = "created-is-read"
    CREATED_HAS_ITS_NAME = "created-has-its-name"
    LAST_NAME_IS_READ = "last-name-is-read"
    OTHERS_STAY = "others-stay"
    LISTED_ONCE = "listed-once"
    LISTED_NAME = "listed-name"
    LISTED_IN_ORDER = "listed-in-order"
    PAGE_IS_NO_LONGER = "page-is-no-longer"
    DELETED_IS_NOT_LISTED = "deleted-is-not-listed"
    DELETED_IS_NOT_READ = "deleted-is-not-read"
    DELETED_IS_NOT_RENAMED = "deleted-is-not-renamed"
    DELETED_IS_NOT_DELETED = "deleted-is-not-deleted"
    OTHERS_DO_NOT_LIST = "others-do-not-list"
    OTHERS_DO_NOT_READ = "others-do-not-read"
    OTHERS_DO_NOT_RENAME = "others-do-not-rename"
    OTHERS_DO_NOT_DELETE = "others-do-not-delete"


class State(Enum):
    """How sure it is what a conversation is. What is lost is not judged any more: nobody knows what became of it."""

    ALIVE = "alive"
    DELETED = "deleted"
    LOST = "lost"


@dataclass
class Kept:
    """A conversation as it must be by now. ``number`` counts the creations of a life, from 1."""

    number: int
    id: str
    name: str | None = None
    state: State = State.ALIVE


@dataclass(frozen=True)
class Step:
    """One step of a life. ``number`` says of which conversation, ``size`` how long the pages of a list are to be."""

    kind: str
    number: int = 0
    size: int = 0
    other: bool = False

    @property
    def describe(self) -> str:
        who = "another account: " if self.other else ""
        if self.kind == "list" and self.size:
            return f"{who}list by {self.size}"
        return f"{who}{self.kind} {self.number}" if self.number and self.kind != "list" else f"{who}{self.kind}"


@dataclass(frozen=True)
class Shown:
    """A row of a list, in which exchange and where in its answer."""

    id: str
    row: JSON
    exchange: Exchange
    pointer: str


@dataclass(frozen=True)
class Walk:
    """A list from its first page on; ``whole`` when all of it was seen. ``trouble`` is a page that was none."""

    size: int
    pages: Sequence[tuple[Exchange, int]]
    rows: Sequence[Shown]
    whole: bool
    trouble: Exchange | None = None

    def foreign(self, kept: Iterable[Kept]) -> frozenset[str]:
        """The ids of conversations that are none of the life's."""
        return frozenset(each.id for each in self.rows) - {each.id for each in kept}


@dataclass(frozen=True)
class Oddity:
    """Where a list is not as it must be: ``kind`` is missing, twice, deleted, name or order; in words for people."""

    kind: str
    kept: Kept | None
    shown: Shown | None
    expected: str
    actual: str

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.kept.number if self.kept else 0


def oddities(
    walk: Walk, kept: Sequence[Kept], deleted: Collection[str], name_pointer: str, sorted_by: str | None
) -> Mapping[tuple[str, int], Oddity]:
    """Everything about a list that is not as it must be, by what it is and of which conversation.

    ``deleted`` are the ids of all that was deleted, in other lives too.
    """
    found = [
        *(each for conversation in kept for each in _of(conversation, walk, name_pointer)),
        *_disorder(walk, deleted, sorted_by),
    ]
    return {each.key: each for each in found}


def _of(kept: Kept, walk: Walk, name_pointer: str) -> Iterator[Oddity]:
    rows = [each for each in walk.rows if each.id == kept.id]
    if kept.state is State.DELETED and rows:
        yield Oddity("deleted", kept, rows[0], "no row", "a row")
    if kept.state is not State.ALIVE:
        return
    if len(rows) > 1:
        yield Oddity("twice", kept, rows[1], _ONCE, f"{len(rows)} rows, the second")
    if not rows and walk.whole:
        yield Oddity("missing", kept, None, _ONCE, f"no row in {len(walk.rows)}")
    names = [(each, at(each.row, name_pointer)) for each in rows]
    wrong = next(((each, name) for each, name in names if kept.name is not None and name != kept.name), None)
    if wrong is not None:
        yield Oddity("name", kept, wrong[0], brief(kept.name), brief(wrong[1]))


def sortable(walk: Walk, deleted: Collection[str], sorted_by: str | None) -> list[tuple[Shown, int]]:
    """The rows of a list with what they are sorted by; none where that is not a whole number throughout.

    Rows that must not be there at all have no place in the order: those of what was deleted, and second ones.
    """
    first = {each.id: each for each in reversed(walk.rows)}
    rows = [each for each in walk.rows if first[each.id] is each and each.id not in deleted]
    values = [(each, at(each.row, sorted_by or "/")) for each in rows]
    return values if all(type(value) is int for _, value in values) else []


def _disorder(walk: Walk, deleted: Collection[str], sorted_by: str | None) -> Iterator[Oddity]:
    """The first row whose member is larger than that of the row before it."""
    values = sortable(walk, deleted, sorted_by)
    for (_, before), (shown, value) in pairwise(values):
        if value > before:
            yield Oddity("order", None, shown, f"at most {before}, as in the row before", str(value))
            return


def numbered(steps: Sequence[Step]) -> list[Step]:
    """The same steps with their conversations numbered from 1, in the order in which they come."""
    order = dict.fromkeys(each.number for each in steps if each.number)
    numbers = {number: place for place, number in enumerate(order, 1)}
    return [replace(each, number=numbers.get(each.number, 0)) for each in steps]
