"""How long it takes to take keys out of texts of awkward characters: ``python -m benchmarks.redactor``.

Writes the table into docs/explanation/limits.md. Exits with 1 where the worst text of 64 KB takes 50 ms or more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.secret import Redactor, Secret
from driftgate.target.wrong_keys import altered_key, wrong_key

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "limits.md"
BEGIN, END = "<!-- begin of the generated table -->", "<!-- end of the generated table -->"
KEY = "sk-A9b/c+d_Zx-long.Key42~q"
SIZES = (1, 4, 16, 64)  # KB
MOST = 50  # ms
TIMES = 7
COMMAND = "python -m benchmarks.redactor"
AWKWARD = {
    "backslashes": "\\",
    "beginnings of JSON escapes": "\\u",
    "JSON escapes": "\\u0041",
    "octal escapes": "\\101",
    "percent signs": "%",
    "percent escapes": "%41",
    "percent escapes of percent signs": "%25",
    "ampersands": "&",
    "entities of ampersands": "&amp;",
    "beginnings of entities": "&#0",
    "tildes": "~",
    "JSON pointers": "~0",
    "equals signs and line ends": "=\r",
    "marks of a cut": "…",
    "NUL": "\0",
    "spaces": " ",
    "digits": "0",
    "letters": "a",
    "letters with accents": "é",
    "beginnings of the key": KEY[:5],
    "the whole key": KEY + " ",
}


def main() -> int:
    first = Secret("API_KEY", KEY)
    other = Secret("OTHER_API_KEY", "pat_another-key.of/the+account")
    redact = Redactor([first, other, wrong_key(first, [first, other]), altered_key(first, [first, other])])
    rows = {name: [_milliseconds(redact, text, size * 1024) for size in SIZES] for name, text in AWKWARD.items()}
    rows = dict(sorted(rows.items(), key=lambda row: -row[1][-1]))
    table = ["| a text of | " + " | ".join(f"{size} KB" for size in SIZES) + " |", "| --- |" + " --: |" * len(SIZES)]
    table += [_row(name, figures) for name, figures in rows.items()]
    told = f"Milliseconds of processor time with four keys; the least of {TIMES} measurements. Written by `{COMMAND}`:"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    parts = [BEGIN, told, "\n".join(table), END]
    PAGE.write_text(before + "\n\n".join(parts) + rest.partition(END)[2], encoding="utf-8")
    worst = max(figures[-1] for figures in rows.values())
    print("\n".join(table), f"worst: {worst:.1f} ms", sep="\n")
    return int(worst >= MOST)


def _milliseconds(redact: Redactor, awkward: str, size: int) -> float:
    text = (awkward * size)[:size]
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        redact(text)
        taken.append((time.process_time() - began) * 1000)
    return min(taken)


def _row(name: str, figures: Sequence[float]) -> str:
    return f"| {name} | " + " | ".join(f"{each:.1f}" for each in figures) + " |"


if __name__ == "__main__":
    sys.exit(main())
