"""A draft: the values of a vendor's three files, and what does not hold in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.contract.check import problems
from driftgate.contract.editions import Sources
from driftgate.contract.problem import Problem


@dataclass(frozen=True)
class Draft:
    """The values of the three files, and the operations by role that were guessed."""

    vendor: str
    document: Mapping[str, Any]
    catalogue: Mapping[str, Any]
    examples: Mapping[str, Any]
    roles: Mapping[str, str]

    @property
    def sources(self) -> Sources:
        """The draft as the texts of an edition."""
        return Sources(Path(self.vendor), self.document, self.catalogue, self.examples, "")

    def problems(self) -> list[Problem]:
        """What does not hold together."""
        return list(problems(self.sources))
