"""The lives of conversations: a state machine over making, renaming, reading, listing and deleting them."""

from driftgate.lifecycle.lives import Lives
from driftgate.lifecycle.needs import missing

__all__ = ["Lives", "missing"]
