"""``driftgate schema``: the JSON Schemas of our own files, to be shown, or to be put where editors find them."""

from __future__ import annotations

import argparse
import difflib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.base.paths import SCHEMAS
from driftgate.commands.common import show
from driftgate.record.verdict import Exit

_ENDING = ".schema.json"
# Beside driftgate.toml, since there is no place on the web for them: editors follow a path from the file, offline.
_FOLDER = ".driftgate"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="print this schema; without a name, list them all")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write them there, all of them without a name")
    parser.set_defaults(act=_schema)


def _schema(parsed: argparse.Namespace) -> Exit:
    known = names()
    for name in parsed.names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise UsageProblem(f"{name}: is no schema of ours{hint}; there are {', '.join(known)}")
    if parsed.output:
        show([str(path) for path in publish(parsed.output, parsed.names or known)])
    elif parsed.names:
        show([_text(name).rstrip("\n") for name in parsed.names])
    else:
        show([f"{name:<14} {json.loads(_text(name))['title']}\n{'':<14} {SCHEMAS / name}{_ENDING}" for name in known])
    return Exit.CONFORMS


def names() -> list[str]:
    """The names of all schemas."""
    return sorted(path.name.removesuffix(_ENDING) for path in SCHEMAS.glob(f"*{_ENDING}"))


def publish(folder: Path, wanted: Sequence[str]) -> list[Path]:
    """Writes these schemas into a folder, over those that are there. Raises UsageProblem."""
    paths = [folder / f"{name}{_ENDING}" for name in wanted]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in zip(wanted, paths, strict=True):
            path.write_text(_text(name), encoding="utf-8")
    except OSError as problem:
        raise UsageProblem(f"{problem.filename or folder}: cannot be written to ({problem.strerror})") from None
    return paths


def schema_place(folder: Path, name: str) -> Path:
    """Where the schema of a user's file is, when its driftgate.toml is in ``folder``."""
    return folder / _FOLDER / f"{name}{_ENDING}"


def seen_from(folder: Path, schema: Path) -> str:
    """The path of a schema as a file in ``folder`` names it."""
    return Path(os.path.relpath(schema, folder)).as_posix()


def _text(name: str) -> str:
    return (SCHEMAS / f"{name}{_ENDING}").read_text(encoding="utf-8")
