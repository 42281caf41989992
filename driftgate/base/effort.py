"""Counts what a test generator has tried, for whoever watches a run."""

from __future__ import annotations


class Effort:
    """How many examples and steps of sequences were tried so far."""

    def __init__(self) -> None:
        self.examples = 0
        self.steps = 0

    def describe(self) -> str:
        """In a few words; empty where nothing was generated."""
        counted = ((self.examples, "example"), (self.steps, "step"))
        return ", ".join(f"{number} {thing}{'s' * (number != 1)}" for number, thing in counted if number)

    def reset(self) -> None:
        self.examples = self.steps = 0


effort = Effort()
