"""Pending cleanup: what a run has changed and not restored yet, read from its journal entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Entry = Mapping[str, Any]  # of the journal: one line


@dataclass
class LentConversation:
    """A conversation that the user lent: ``name`` is its first name, the rest says how sure its present one is.

    ``restored``: no rename was announced since it was seen to have its first name. ``renamed``: a rename of this very
    conversation was. ``unanswered``: what became of the last one is not known. ``any_name``: the body of one did not
    hold the name, so that any name may come from the run.
    """

    name: str
    restored: bool = True
    renamed: bool = False
    unanswered: bool = False
    any_name: bool = False


@dataclass
class PendingCleanup:
    """What is to be restored, by conversation.

    ``created`` says of each conversation that the run created whether a deletion was announced and not answered.
    ``unanswered`` holds the names of creations that were not answered, and when they were announced, in seconds since
    1970. ``names`` are all names that were sent or seen. ``params`` are the parameters with which a conversation was
    created, by its name and by its id, where they are not the target's; None for one that was left out.
    """

    begin: Entry | None = None
    lent: dict[str, LentConversation] = field(default_factory=dict)
    created: dict[str, bool] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    params: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _lent_before: dict[str, LentConversation] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to restore."""
        return not self.created and not self.unanswered and all(each.restored for each in self.lent.values())

    def apply(self, entry: Entry) -> None:
        """Takes one entry of the journal in."""
        kind = entry["journal"]
        if kind == "begin":
            self.begin = entry
        elif kind == "lent":
            self.lent.setdefault(entry["conversation"], LentConversation(entry["name"]))
        elif kind == "unsent":
            self.lent = self._lent_before
        elif kind in ("rename", "answered", "read", "restored"):
            self._apply_to_lent(kind, entry)
        else:
            self._apply_to_created(kind, entry)

    def _apply_to_lent(self, kind: str, entry: Entry) -> None:
        if entry.get("name") is not None:
            self.names.add(entry["name"])
        if kind == "rename":
            self._lent_before = {key: replace(each) for key, each in self.lent.items()}
            for each in self.lent.values():
                each.restored = False  # a server may rename another conversation than it was asked to
        lent = self.lent.get(entry["conversation"])
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
        if kind == "restored":
            lent.restored, lent.renamed = True, False

    def _apply_to_created(self, kind: str, entry: Entry) -> None:
        if kind == "create":
            self.unanswered[entry["name"]] = entry["at"]
            if "params" in entry:
                self.params[entry["name"]] = entry["params"]
        elif kind in ("delete", "not-deleted"):
            self.created[entry["conversation"]] = kind == "delete"
        else:
            self.unanswered.pop(entry.get("name") or "", None)
            self.created.pop(entry.get("conversation") or "", None)
            if kind == "created":
                self.created[entry["conversation"]] = False
                if entry["name"] in self.params:
                    self.params[entry["conversation"]] = self.params[entry["name"]]
