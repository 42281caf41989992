"""The tools under comparison, driftgate first."""

from __future__ import annotations

from benchmarks.tools.dredd import Dredd
from benchmarks.tools.driftgate import Driftgate
from benchmarks.tools.prism import Prism
from benchmarks.tools.schemathesis import Schemathesis
from benchmarks.tools.specmatic import Specmatic
from benchmarks.tools.tool import Tool, ToolFailed

TOOLS: tuple[Tool, ...] = (
    Driftgate(),
    Driftgate(most=6),
    Driftgate(most=9),
    Schemathesis(),
    Specmatic(),
    Prism(),
    Dredd(),
)

__all__ = ["TOOLS", "Tool", "ToolFailed"]
