"""Writes the figures of results.json into docs/power.md: ``python -m benchmarks.page``."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.peers import RESULTS
from benchmarks.table import markdown, totals

PAGE = Path(__file__).resolve().parent.parent / "docs" / "power.md"
BEGIN, END = "<!-- begin of the generated comparison -->", "<!-- end of the generated comparison -->"


def main() -> None:
    """Replaces what stands between the two marks."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    taken = f"One run of {results['date']} on {results['cores']} cores; every {results['every']}th MUST fault."
    parts = [BEGIN, totals(results), taken, "By vendor:", markdown(results), END]
    PAGE.write_text(before + "\n\n".join(parts) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
