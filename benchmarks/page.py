"""Writes figures into pages of docs/; ``python -m benchmarks.page`` those of results.json into docs/power.md."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.peers import RESULTS
from benchmarks.table import markdown, totals

DOCS = Path(__file__).resolve().parent.parent / "docs"


def put(page: Path, what: str, text: str) -> None:
    """Replaces what stands between the two marks of ``what`` on a page."""
    begin, end = (f"<!-- {word} of the generated {what} -->" for word in ("begin", "end"))
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(before + "\n\n".join([begin, text, end]) + after, encoding="utf-8")


def main() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    taken = f"One run of {results['date']} on {results['cores']} cores; every {results['every']}th MUST fault."
    put(DOCS / "power.md", "comparison", "\n\n".join([totals(results), taken, "By vendor:", markdown(results)]))


if __name__ == "__main__":
    main()
