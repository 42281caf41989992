"""The model: which conversations there must be by now and under which names, and where a list differs from that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from itertools import pairwise

from driftgate.base.jsonvalue import at, brief
from driftgate.base.resource import CONVERSATION, Resource
from driftgate.session.reads import ListedRow, Listing

WHOLE_LIST = 1000  # rows; no list has a page that holds more


class Promise(StrEnum):
    """What a requirement of this check can promise, in the words of the catalogues."""

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


class Existence(Enum):
    """Whether a conversation must exist. Of a lost one nobody knows: it is not judged any more."""

    ALIVE = "alive"
    DELETED = "deleted"
    LOST = "lost"


@dataclass
class ModelConversation:
    """A conversation as it must be by now. ``number`` counts the creations of a sequence, from 1."""

    number: int
    id: str
    name: str | None = None
    existence: Existence = Existence.ALIVE


@dataclass(frozen=True)
class Step:
    """One step of a sequence: about conversation ``number``, or a list by pages of ``size`` rows.

    ``other``: another account takes it.
    """

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
class Anomaly:
    """Where a list is not as it must be. ``kind`` is missing, twice, deleted, name or order."""

    kind: str
    conversation: ModelConversation | None
    row: ListedRow | None
    expected: str
    actual: str

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.conversation.number if self.conversation else 0


Anomalies = Mapping[tuple[str, int], Anomaly]


def anomalies(
    listing: Listing,
    conversations: Iterable[ModelConversation],
    deleted: Collection[str],
    name_pointer: str,
    sorted_by: str | None,
    resource: Resource = CONVERSATION,
) -> Anomalies:
    """Everything about a list that differs from the model, by its kind and the number of the conversation.

    ``deleted`` are the ids of all deleted conversations, those of other sequences too.
    """
    found = [
        *(
            each
            for conversation in conversations
            for each in _anomalies_of(conversation, listing, name_pointer, resource)
        ),
        *_disorder(listing, deleted, sorted_by),
    ]
    return {each.key: each for each in found}


def _anomalies_of(
    conversation: ModelConversation, listing: Listing, name_pointer: str, resource: Resource
) -> Iterator[Anomaly]:
    once = f"the {resource.one}, once"
    rows = [row for row in listing.rows if row.id == conversation.id]
    if conversation.existence is Existence.DELETED and rows:
        yield Anomaly("deleted", conversation, rows[0], "no row", "a row")
    if conversation.existence is not Existence.ALIVE:
        return
    if len(rows) > 1:
        yield Anomaly("twice", conversation, rows[1], once, f"{len(rows)} rows, the second")
    if not rows and listing.complete:
        yield Anomaly("missing", conversation, None, once, f"no row in {len(listing.rows)}")
    if conversation.name is None:
        return
    for row in rows:
        name = at(row.value, name_pointer)
        if name != conversation.name:
            yield Anomaly("name", conversation, row, brief(conversation.name), brief(name))
            return


def sort_values(listing: Listing, deleted: Collection[str], sorted_by: str | None) -> list[tuple[ListedRow, int]]:
    """The rows of a list with the numbers that they are sorted by; none unless all of them are whole numbers.

    Rows that must not be there have no place in the order: those of deleted conversations, and second ones.
    """
    first = {row.id: row for row in reversed(listing.rows)}
    rows = [row for row in listing.rows if first[row.id] is row and row.id not in deleted]
    values = [(row, at(row.value, sorted_by or "/")) for row in rows]
    return values if all(type(value) is int for _, value in values) else []


def _disorder(listing: Listing, deleted: Collection[str], sorted_by: str | None) -> Iterator[Anomaly]:
    """The first row whose number is larger than that of the row before it."""
    for (_, before), (row, value) in pairwise(sort_values(listing, deleted, sorted_by)):
        if value > before:
            yield Anomaly("order", None, row, f"at most {before}, as in the row before", str(value))
            return


def foreign_ids(listing: Listing, conversations: Iterable[ModelConversation]) -> frozenset[str]:
    """The ids of the listed conversations that are not the sequence's own."""
    return frozenset(row.id for row in listing.rows) - {each.id for each in conversations}


def renumbered(steps: Sequence[Step]) -> list[Step]:
    """The same steps with their conversations numbered from 1, in the order in which they come."""
    order = dict.fromkeys(each.number for each in steps if each.number)
    numbers = {number: position for position, number in enumerate(order, 1)}
    return [replace(each, number=numbers.get(each.number, 0)) for each in steps]
