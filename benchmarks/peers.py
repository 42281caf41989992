"""Runs the benchmark, writes its figures to results.json and prints them as a table: ``python -m benchmarks.peers``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import CONFORMING_RUNS, figures, must_faults
from benchmarks.table import markdown
from benchmarks.tools import TOOLS, Tool, ToolFailed
from driftgate.emulator import EMULATORS

RESULTS = Path(__file__).resolve().parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    parsed = _parser().parse_args(arguments)
    tools = [tool for tool in TOOLS if tool.name in parsed.tools]
    results = {
        **_circumstances(parsed.every, parsed.jobs),
        "tools": {tool.name: _measured(tool, parsed.every, parsed.jobs) for tool in tools},
    }
    parsed.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(markdown(results))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [tool.name for tool in TOOLS]
    parser.add_argument("--tools", nargs="+", choices=names, default=names)
    parser.add_argument("--every", type=int, default=6, help="every tool gets each Nth MUST fault (default 6)")
    parser.add_argument("--jobs", type=int, default=1, help="this many runs of a tool at a time (default 1)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go (default results.json)")
    return parser


def _circumstances(every: int, jobs: int) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "every": every,
        "jobs": jobs,
        "conforming_runs": CONFORMING_RUNS,
        "must_faults": {vendor: len(must_faults(vendor)) for vendor in EMULATORS},
    }


def _measured(tool: Tool, every: int, jobs: int) -> dict[str, Any]:
    """Version, setting and figures of a tool, or why there are none."""
    try:
        version = tool.version()
    except ToolFailed as failed:
        return {"setting": tool.setting, "error": str(failed)}
    vendors = {}
    for vendor in EMULATORS:
        print(f"{tool.name} {version}: {vendor}", file=sys.stderr, flush=True)
        vendors[vendor] = figures(tool, vendor, every, jobs)
    return {"version": version, "setting": tool.setting, "vendors": vendors}


if __name__ == "__main__":
    sys.exit(main())
