"""The results of a run in a file, line by line, so that a run that was cut off can go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.mutations.judging import Fate, Result

HERE = Path(__file__).parent
HOME = HERE.parents[1]
FILE = HERE / "results.jsonl"
# they tell of results, and decide none
_OF_THE_PAGE = ("__main__.py", "page.py", "reasons.py", "results.py")


def code() -> str:
    """A digest of all that decides what becomes of a mutant."""
    digest = hashlib.sha256()
    folders = (HOME / "driftgate", HOME / "contracts", HOME / "suites", HERE)
    files = (path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".yaml", ".json"))
    for path in sorted(files):
        if path.parent != HERE or (path.suffix == ".py" and path.name not in _OF_THE_PAGE):
            digest.update(f"{path.relative_to(HOME)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


class Results:
    """The file of one run. ``resume``: goes on where a run of the same code was cut off; any other is overwritten."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if resume and path.exists() else []
        head = json.dumps({"code": code()})
        if not lines or lines[0] != head:
            lines = [head]
            path.write_text(f"{head}\n", encoding="utf-8")
        self.known = {each.id: each for each in _read(lines[1:])}

    def add(self, result: Result) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(asdict(result))}\n")


def _read(lines: list[str]) -> Iterator[Result]:
    for line in lines:
        row = json.loads(line)
        yield Result(**{**row, "fate": Fate(row["fate"]), "by": tuple(row["by"])})
