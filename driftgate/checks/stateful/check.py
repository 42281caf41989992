"""The check "stateful": sequences of renames, reads, creations and deletions, compared with a model."""

from __future__ import annotations

from driftgate.checks.check import Check, Title
from driftgate.checks.stateful.prerequisites import missing
from driftgate.contract import Profile

CHECK = Check(
    "stateful",
    Title.LIFECYCLE,
    "In a long sequence of renames, reads, creations and deletions in any order, every answer and every later read "
    "agrees with what was done.",
    prerequisite=missing,
    replays=True,
    profile=Profile.DEEP,
)
