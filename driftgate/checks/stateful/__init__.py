"""The lives of conversations: a state machine over making, renaming, reading, listing and deleting them."""

from driftgate.checks.stateful.prerequisites import missing
from driftgate.checks.stateful.stateful_test import Lives

__all__ = ["Lives", "missing"]
