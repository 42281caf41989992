"""Lists in a life: every conversation once, under its name, in order, and none that was deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftgate.checks.stateful.looking import Looking
from driftgate.checks.stateful.model import Oddity, Promise, State, Walk, oddities, sortable

_IN_LISTS = (
    Promise.LISTED_ONCE,
    Promise.LISTED_NAME,
    Promise.LISTED_IN_ORDER,
    Promise.PAGE_IS_NO_LONGER,
    Promise.DELETED_IS_NOT_LISTED,
)
_BROKEN = {
    "missing": Promise.LISTED_ONCE,
    "twice": Promise.LISTED_ONCE,
    "deleted": Promise.DELETED_IS_NOT_LISTED,
    "name": Promise.LISTED_NAME,
    "order": Promise.LISTED_IN_ORDER,
}

Oddities = Mapping[tuple[str, int], Oddity]


class Lists(Looking):
    """The steps that look at lists."""

    def _list(self, size: int) -> None:
        walk = self._acts.walk(size)
        if not self._shown(walk):
            return
        self._judge_pages(walk)
        found = self._oddities(walk)
        if found:
            found, walk = self._confirmed(found, walk)
        for oddity in found.values():
            self._tell_oddity(oddity, walk)
        self._judge_list(walk)

    def _shown(self, walk: Walk) -> bool:
        if walk.trouble is not None:
            self._unclear(_IN_LISTS, f"a list was not shown: {walk.trouble.describe()}")
        return walk.trouble is None

    def _judge_pages(self, walk: Walk) -> None:
        for exchange, length in walk.pages if walk.size else ():
            self._judged(Promise.PAGE_IS_NO_LONGER)
            if length > walk.size:
                slip = self._slip(
                    Promise.PAGE_IS_NO_LONGER, "value", "body", f"at most {walk.size} rows", "longer", exchange
                )
                self._tell(replace(slip, pointer=self._asked.items, actual=f"{length} rows"))

    def _oddities(self, walk: Walk) -> Oddities:
        asked, kept = self._asked, list(self.kept.values())
        return oddities(walk, kept, self._acts.deleted, asked.name_pointer, asked.sorted_by)

    def _confirmed(self, found: Oddities, walk: Walk) -> tuple[Oddities, Walk]:
        """What is odd about a second list too, where nobody else has made or deleted anything meanwhile."""
        self._acts.settle()
        again = self._acts.walk(walk.size)
        nothing = Walk(again.size, (), (), whole=False)
        if not self._shown(again):
            return {}, nothing
        kept = list(self.kept.values())
        if walk.foreign(kept) != again.foreign(kept):
            self._unclear(_IN_LISTS, "somebody else makes or deletes conversations all the time", passing=True)
            return {}, nothing
        return {key: oddity for key, oddity in self._oddities(again).items() if key in found}, again

    def _judge_list(self, walk: Walk) -> None:
        """Notes what a list put to the test."""
        states = {each.state for each in self.kept.values()}
        if State.ALIVE in states and walk.whole:
            self._judged(Promise.LISTED_ONCE)
        if State.ALIVE in states and walk.rows:
            self._judged(Promise.LISTED_NAME)
        if State.DELETED in states and walk.pages:
            self._judged(Promise.DELETED_IS_NOT_LISTED)
        if len({value for _, value in sortable(walk, self._acts.deleted, self._asked.sorted_by)}) > 1:
            self._judged(Promise.LISTED_IN_ORDER)
        listed = {each.id for each in walk.rows}
        for kept in self.kept.values():
            if walk.whole and kept.state is State.DELETED and kept.id not in listed:
                self._acts.seen_gone(kept.id)

    def _tell_oddity(self, oddity: Oddity, walk: Walk) -> None:
        """Tells what is wrong about a list, once it is sure that it is the list, and not the conversation."""
        kept, shown = oddity.kept, oddity.shown
        if kept is not None and oddity.kind in ("missing", "name"):
            name = kept.name
            if not self._stays(kept) or kept.name != name:
                return
        member = {"name": self._asked.name_pointer, "order": self._asked.sorted_by}.get(oddity.kind)
        slip = self._slip(
            _BROKEN[oddity.kind],
            "value" if member else "effect",
            "body",
            oddity.expected,
            oddity.kind,
            shown.exchange if shown else walk.pages[-1][0],
            kept,
        )
        # which row of a list it is differs from run to run
        pointer = f"{self._asked.items}/*{member}" if member else self._asked.items
        place = f" at {shown.pointer}" if shown else ""
        self._tell(replace(slip, pointer=pointer, actual=f"{oddity.actual}{place}"))
