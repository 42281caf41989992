"""The plain data of a history: runs, and what became of requirements and findings from run to run.

Runs are numbered by their place among the runs of their target, the oldest being 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from driftgate.drift import Change, Severity, State
from driftgate.record.latency import Latency
from driftgate.record.record import Row

ABSENT = "absent"  # in place of a verdict: the requirement was not in the catalogue of that run
UNKNOWN = frozenset({ABSENT, "untested", "inconclusive", "error"})  # words that say nothing about the target


@dataclass(frozen=True)
class Asked:
    """A requirement as a run asked it."""

    requirement: str
    level: str
    says: str


@dataclass(frozen=True)
class Run:
    """What a history keeps of a record. ``words`` are the verdicts as people read them, by requirement."""

    path: Path
    digest: str
    started: datetime
    header: Row
    requests: int
    exit: int
    status: str
    tone: str
    usable: bool
    catalogue: tuple[Asked, ...]
    words: Mapping[str, str]
    findings: tuple[Row, ...]
    latency: Latency | None
    state: State

    @property
    def target(self) -> tuple[str, str]:
        """Whose timeline it belongs to: the target's name and its vendor."""
        return self.header["target"]["name"], self.header["contract"]["vendor"]


@dataclass(frozen=True)
class Span:
    """Runs in a row, ``first`` to ``last``, in which a requirement had the same verdict."""

    word: str
    first: int
    last: int

    @property
    def runs(self) -> int:
        return self.last - self.first + 1


def spans_of(words: Sequence[str]) -> Iterator[Span]:
    """The spans of a word for each run."""
    place = 0
    for word, group in groupby(words):
        length = len(list(group))
        yield Span(word, place, place + length - 1)
        place += length


@dataclass(frozen=True)
class Line:
    """One requirement's timeline."""

    asked: Asked
    spans: tuple[Span, ...]

    @property
    def now(self) -> str:
        return self.spans[-1].word

    @property
    def known(self) -> tuple[str, ...]:
        """The different verdicts that say something about the target, in the order of their first run."""
        return tuple(dict.fromkeys(span.word for span in self.spans if span.word not in UNKNOWN))

    @property
    def eventful(self) -> bool:
        """Whether it is anything but kept, or observed, whenever it was judged."""
        return self.known not in (("pass",), ("observed",))


@dataclass(frozen=True)
class Life:
    """A finding from run to run: ``seen`` in so many of the ``judged`` runs from its first one on.

    ``finding`` and ``level`` are as they were last. ``gone`` is the first run after the last sighting that judged the
    requirement and did not make the finding. ``intermittent``: it was away in between, or within a run.
    """

    finding: Row
    level: str
    first: int
    last: int
    seen: int
    judged: int
    gone: int | None
    intermittent: bool


@dataclass(frozen=True)
class Mark:
    """Something about a run that is other than before, and is not the target's doing: the edition, the suite …"""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Turn:
    """A run that differs from the one before it with the same profile; runs that judged nothing are passed over."""

    before: int
    after: int
    marks: tuple[Mark, ...]
    changes: tuple[Change, ...]

    @property
    def worst(self) -> Severity | None:
        return max((change.severity for change in self.changes), default=None)


@dataclass(frozen=True)
class Timeline:
    """All that is told of one target. ``pairs`` holds the drift of states, by their numbers in ``states``.

    With very many states some pairs are left out.
    """

    name: str
    runs: tuple[Run, ...]
    overall: tuple[Span, ...]
    lines: tuple[Line, ...]
    lives: tuple[Life, ...]
    turns: tuple[Turn, ...]
    states: tuple[int, ...]
    pairs: Mapping[tuple[int, int], tuple[Change, ...]]


@dataclass(frozen=True)
class LeftOut:
    """A file that is not part of the history, and why."""

    path: Path
    why: str


@dataclass(frozen=True)
class History:
    """What a folder of records tells."""

    directory: Path
    timelines: tuple[Timeline, ...]
    left_out: tuple[LeftOut, ...]
