"""One thing that two descriptions both speak of, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass

from driftgate.base.jsonvalue import one_line
from driftgate.drift.model import Change


@dataclass(frozen=True)
class Judged:
    """An aspect of a place that both sides state; without a change they agree."""

    aspect: str
    place: str
    change: Change | None = None


def judged(aspect: str, place: str, rule: str | None = None, before: str = "", after: str = "") -> Judged:
    """What was found, told so that a page's texts do no harm on a terminal."""
    place = one_line(place)
    if rule is None:
        return Judged(aspect, place)
    return Judged(aspect, place, Change(rule, place, one_line(before), one_line(after)))
