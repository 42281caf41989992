"""The plain data of a history: runs, and how requirements and findings developed from run to run.

Runs are numbered by their index among the runs of their target, the oldest being 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from driftgate.drift import Change, Severity, Snapshot
from driftgate.record.latency import Latency
from driftgate.record.rows import Header, RecordedFinding

ABSENT = "absent"  # in place of a verdict: the requirement was not in the catalogue of that run
UNKNOWN = frozenset({ABSENT, "untested", "inconclusive", "error"})  # words that say nothing about the target


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A requirement as it stood in the catalogue of a run."""

    requirement: str
    level: str
    says: str


@dataclass(frozen=True)
class Run:
    """What a history keeps of a record. ``words`` are the verdicts as people read them, by requirement."""

    path: Path
    digest: str
    started: datetime
    header: Header
    requests: int
    exit: int
    status: str
    tone: str
    usable: bool
    catalogue: tuple[CatalogueRow, ...]
    words: Mapping[str, str]
    findings: tuple[RecordedFinding, ...]
    latency: Latency | None
    snapshot: Snapshot

    @property
    def target(self) -> tuple[str, str]:
        """Whose timeline it belongs to: the target's name and its vendor."""
        return self.header.target.name, self.header.contract.vendor


@dataclass(frozen=True)
class Span:
    """Consecutive runs, ``first`` to ``last``, in which a requirement had the same verdict."""

    word: str
    first: int
    last: int

    @property
    def runs(self) -> int:
        return self.last - self.first + 1


def spans_of(words: Sequence[str]) -> Iterator[Span]:
    """The spans of a word for each run."""
    index = 0
    for word, group in groupby(words):
        length = len(list(group))
        yield Span(word, index, index + length - 1)
        index += length


@dataclass(frozen=True)
class RequirementHistory:
    """The verdicts of one requirement from run to run."""

    row: CatalogueRow
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
        """Whether it was ever anything but kept, or observed, when it was judged."""
        return self.known not in (("pass",), ("observed",))


@dataclass(frozen=True)
class FindingHistory:
    """A finding from run to run: ``seen`` in so many of the ``judged`` runs from its first one on.

    ``finding`` and ``level`` are as they were last. ``gone`` is the first run after the last sighting that judged the
    requirement and did not make the finding. ``intermittent``: it was away in between, or within a run.
    """

    finding: RecordedFinding
    level: str
    first: int
    last: int
    seen: int
    judged: int
    gone: int | None
    intermittent: bool


@dataclass(frozen=True)
class Circumstance:
    """What differs between two runs and is not the target's doing: the edition, the suite …"""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Transition:
    """A run that differs from the one before it with the same profile; runs that judged nothing are passed over."""

    before: int
    after: int
    circumstances: tuple[Circumstance, ...]
    changes: tuple[Change, ...]

    @property
    def worst(self) -> Severity | None:
        return max((change.severity for change in self.changes), default=None)


@dataclass(frozen=True)
class Timeline:
    """The history of one target. ``drift`` holds the changes between snapshots, by their numbers in ``snapshots``.

    With very many snapshots some pairs are left out.
    """

    name: str
    runs: tuple[Run, ...]
    overall: tuple[Span, ...]
    requirements: tuple[RequirementHistory, ...]
    findings: tuple[FindingHistory, ...]
    transitions: tuple[Transition, ...]
    snapshots: tuple[int, ...]
    drift: Mapping[tuple[int, int], tuple[Change, ...]]


@dataclass(frozen=True)
class LeftOut:
    """A file that is not part of the history, and why."""

    path: Path
    why: str


@dataclass(frozen=True)
class History:
    """The history that a folder of records shows."""

    directory: Path
    timelines: tuple[Timeline, ...]
    left_out: tuple[LeftOut, ...]
