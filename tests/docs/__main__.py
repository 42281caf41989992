"""Plays pages and prints what their commands print: ``python -m tests.docs docs/how-to/waive.md``.

For whoever writes a page; a command that prints something else than the page says is marked, and ends its page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.page import read_page
from tests.docs.play import play, told


def main(paths: list[str]) -> int:
    wrong = False
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            for played in play(read_page(Path(path)), Path(folder)):
                print(f"$ {played.command.text}", *played.printed, sep="\n")
                if not played.as_told:
                    wrong = True
                    print(f"^^^ {path}, {told(played)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
