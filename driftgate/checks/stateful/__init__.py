"""The check "stateful": sequences of steps that create, rename, read, list and delete conversations."""

from driftgate.checks.stateful.stateful_test import StatefulTest, missing

__all__ = ["StatefulTest", "missing"]
