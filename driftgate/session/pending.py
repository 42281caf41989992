"""What a run has changed and not put back: what the lines of its journal come to, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Row = Mapping[str, Any]


@dataclass
class Given:
    """A conversation that the user gave: its first name, and how sure its present one is.

    ``settled``: no rename was announced since it was seen to have its first name. ``renamed``: one of this conversation
    was. ``unanswered``: what became of it is not known. ``free``: its body does not tell the name, so that any present
    name may come from it.
    """

    name: str
    settled: bool = True
    renamed: bool = False
    unanswered: bool = False
    free: bool = False


@dataclass
class PendingCleanup:
    """What is to be put back, by conversation.

    ``made`` tells of each conversation that was made whether a deletion was announced and not answered. ``unanswered``
    are the names of those whose creation was not answered, and when it was announced, in seconds since 1970. ``names``
    are all that were sent or seen.
    """

    begin: Row | None = None
    given: dict[str, Given] = field(default_factory=dict)
    made: dict[str, bool] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    _given_before: dict[str, Given] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be put back."""
        return not self.made and not self.unanswered and all(each.settled for each in self.given.values())

    def apply(self, row: Row) -> None:
        """Takes one line in."""
        kind = row["journal"]
        if kind == "begin":
            self.begin = row
        elif kind == "given":
            self.given.setdefault(row["conversation"], Given(row["name"]))
        elif kind == "unsent":
            self.given = self._given_before
        elif kind in ("rename", "answered", "read", "restored"):
            self._of_given(kind, row)
        else:
            self._of_made(kind, row)

    def _of_given(self, kind: str, row: Row) -> None:
        if row.get("name") is not None:
            self.names.add(row["name"])
        if kind == "rename":
            self._given_before = {key: replace(each) for key, each in self.given.items()}
            for each in self.given.values():
                each.settled = False  # a server may rename another conversation than it was asked to
        given = self.given.get(row["conversation"])
        if given is None:
            return
        if kind == "rename":
            given.renamed = given.unanswered = True
            given.free = given.free or row["name"] is None
        elif kind == "answered":
            given.unanswered = False
            given.free = given.free and not row["refused"]
        else:
            given.unanswered = given.free = False
        if kind == "restored":
            given.settled, given.renamed = True, False

    def _of_made(self, kind: str, row: Row) -> None:
        if kind == "create":
            self.unanswered[row["name"]] = row["at"]
        elif kind in ("delete", "not-deleted"):
            self.made[row["conversation"]] = kind == "delete"
        else:
            self.unanswered.pop(row.get("name") or "", None)
            self.made.pop(row.get("conversation") or "", None)
            if kind == "created":
                self.made[row["conversation"]] = False
