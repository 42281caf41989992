"""Pending cleanup: what a run has changed and not restored yet, read from its journal entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Entry = Mapping[str, Any]  # of the journal: one line


@dataclass(frozen=True)
class Moment:
    """When a creation was announced, in seconds since 1970; ``ahead``: by how much the target's clock is, if known."""

    at: int
    ahead: int | None = None


@dataclass
class LentConversation:
    """A conversation that the user lent: ``name`` is its first name, the rest says how sure its present one is.

    ``restored``: no rename was announced since it was seen to have its first name. ``renamed``: a rename of this very
    conversation was. ``unanswered``: what became of the last one is not known. ``any_name``: the body of one did not
    hold the name, so that any name may come from the run. ``seen``: it was read since the last rename, so that another
    name in a later read is somebody else's. ``accepted``: the user accepts that it may not be as before.
    """

    name: str
    restored: bool = True
    renamed: bool = False
    unanswered: bool = False
    any_name: bool = False
    seen: bool = True
    accepted: bool = False


@dataclass
class PendingCleanup:
    """What is to be restored, by conversation.

    ``created`` says of each conversation that the run created whether a deletion was announced and not answered.
    ``unanswered`` holds the creations that were not answered, by name, and ``refused`` those that were refused.
    ``names`` are all names that the run gave: those that were sent, and what the target made of them. ``params`` are
    the parameters with which a conversation was created, by its name and by its id, where they are not the target's;
    None for one that was left out. ``made`` are the names of creations by the id of what was created; ``marked``: the
    target showed such a name there.
    """

    begin: Entry | None = None
    lent: dict[str, LentConversation] = field(default_factory=dict)
    created: dict[str, bool] = field(default_factory=dict)
    unanswered: dict[str, Moment] = field(default_factory=dict)
    refused: dict[str, Moment] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    marked: bool = False
    names: set[str] = field(default_factory=set)
    params: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _lent_before: dict[str, LentConversation] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to restore."""
        open_creations = self.created or self.unanswered or self.refused
        return not open_creations and all(each.restored for each in self.lent.values())

    def apply(self, entry: Entry) -> None:
        """Takes one entry of the journal in."""
        kind = entry["journal"]
        if kind == "begin":
            self.begin = entry
        elif kind == "lent":
            accepted = entry.get("accepted", False)
            self.lent.setdefault(entry["conversation"], LentConversation(entry["name"], accepted=accepted))
        elif kind == "unsent":
            self.lent = self._lent_before
        elif kind == "marked":
            self.marked = True
        elif kind in ("rename", "answered", "read", "restored"):
            self._apply_to_lent(kind, entry)
        else:
            self._apply_to_created(kind, entry)

    def _apply_to_lent(self, kind: str, entry: Entry) -> None:
        lent = self.lent.get(entry["conversation"])
        # what a read shows is the run's doing only right after the run renamed this conversation
        foreign = kind == "read" and (lent is None or lent.seen or not lent.renamed)
        if entry.get("name") is not None and not foreign:
            self.names.add(entry["name"])
        if kind == "rename":
            self._lent_before = {key: replace(each) for key, each in self.lent.items()}
            for each in self.lent.values():
                # a server may rename another conversation than it was asked to
                each.restored = each.seen = False
        if lent is None:
            return
        if kind == "rename":
            lent.renamed = lent.unanswered = True
            lent.any_name = lent.any_name or entry["name"] is None
        elif kind == "answered":
            lent.unanswered = False
            lent.any_name = lent.any_name and not entry["refused"]
        else:
            lent.unanswered = lent.any_name = False
            lent.seen = True
        if kind == "restored":
            lent.restored, lent.renamed = True, False

    def _apply_to_created(self, kind: str, entry: Entry) -> None:
        if kind == "create":
            self.unanswered[entry["name"]] = Moment(entry["at"], entry.get("ahead"))
            if "params" in entry:
                self.params[entry["name"]] = entry["params"]
        elif kind == "create-refused":
            moment = self.unanswered.pop(entry["name"], None)
            if moment is not None:
                self.refused[entry["name"]] = moment
        elif kind in ("delete", "not-deleted"):
            self.created[entry["conversation"]] = kind == "delete"
        else:
            self.unanswered.pop(entry.get("name") or "", None)
            self.refused.pop(entry.get("name") or "", None)
            self.created.pop(entry.get("conversation") or "", None)
            if kind == "left-behind" and entry.get("conversation") in self.lent:
                self.lent[entry["conversation"]].restored = True
            if kind == "created":
                self.created[entry["conversation"]] = False
                self.made[entry["conversation"]] = entry["name"]
                if entry["name"] in self.params:
                    self.params[entry["conversation"]] = self.params[entry["name"]]
