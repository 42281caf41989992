"""What drift looks at in a record. Runs against a target that has not changed have equal snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from driftgate.record.record import Record
from driftgate.record.rows import Observation, RecordedVerdict, Shape

Kind = tuple[str, str]  # role and outcome: one kind of answer
Member = tuple[str, str, str]  # role, outcome and pointer: a member of such answers
Case = tuple[str, str]  # requirement and case


@dataclass(frozen=True, slots=True)
class RequirementState:
    """What a run found out about one requirement."""

    level: str
    verdict: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberState:
    """Of which JSON types one member was, and whether it was there whenever its parent was.

    ``allows``: the types that the contract allows, with ``absent`` where it does not promise the member.
    """

    types: tuple[str, ...]
    always: bool
    allows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """A record without times, exchanges and counts. Between two snapshots with the same key there is no drift."""

    suite: str
    profile: str
    requirements: Mapping[str, RequirementState]
    members: Mapping[Member, MemberState]
    observations: Mapping[Case, Observation]

    @cached_property
    def key(self) -> str:
        parts = (
            self.suite,
            self.profile,
            [(key, self.requirements[key]) for key in sorted(self.requirements)],
            [(key, self.members[key]) for key in sorted(self.members)],
            [(key, self.observations[key]) for key in sorted(self.observations)],
        )
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def snapshot_of(record: Record) -> Snapshot:
    """The snapshot of a record."""
    return Snapshot(
        suite=record.header.suite,
        profile=record.header.profile,
        requirements={row.requirement: _requirement(row) for row in record.verdicts},
        members={(row.role, row.outcome, row.pointer): member_of(row) for row in record.shapes},
        observations={(row.requirement, row.case): row for row in record.observations},
    )


def _requirement(row: RecordedVerdict) -> RequirementState:
    return RequirementState(row.level, row.verdict, tuple(sorted(row.findings)))


def member_of(row: Shape) -> MemberState:
    """What a shape says of its member."""
    return MemberState(tuple(sorted(row.types)), always=row.seen == row.of, allows=row.allows)
