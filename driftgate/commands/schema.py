"""``driftgate schema`` prints the JSON Schemas of driftgate's files, or writes them where editors find them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.paths import SCHEMAS
from driftgate.base.suggest import did_you_mean
from driftgate.commands.arguments import describe
from driftgate.commands.common import show

_ENDING = ".schema.json"
# Beside driftgate.toml, since there is no place on the web for them: editors follow a path from the file, offline.
_FOLDER = ".driftgate"


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Prints the JSON Schemas of the files that driftgate reads and writes, or writes them into a folder where "
        "editors find them.",
        "driftgate schema",
        "driftgate schema targets waivers --output .driftgate",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="print this schema; without a name, list all")
    parser.add_argument("--output", type=Path, metavar="DIR", help="write the schemas into this folder")


def act(parsed: argparse.Namespace) -> int:
    known = names()
    for name in parsed.names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"{name}: is not a schema of driftgate's{hint}; there are {', '.join(known)}")
    if parsed.output:
        show([str(path) for path in publish(parsed.output, parsed.names or known)])
    elif parsed.names:
        show([_text(name).rstrip("\n") for name in parsed.names])
    else:
        show([f"{name:<14} {json.loads(_text(name))['title']}\n{'':<14} {SCHEMAS / name}{_ENDING}" for name in known])
    return 0


def names() -> list[str]:
    """The names of all schemas."""
    return sorted(path.name.removesuffix(_ENDING) for path in SCHEMAS.glob(f"*{_ENDING}"))


def publish(folder: Path, wanted: Sequence[str]) -> list[Path]:
    """Writes these schemas into a folder, over those that are there. Raises UsageError."""
    paths = [folder / f"{name}{_ENDING}" for name in wanted]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in zip(wanted, paths, strict=True):
            path.write_text(_text(name), encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{problem.filename or folder}: cannot be written to ({problem.strerror})") from None
    return paths


def schema_path(folder: Path, name: str) -> Path:
    """Where the schema of a user's file is, when its driftgate.toml is in ``folder``."""
    return folder / _FOLDER / f"{name}{_ENDING}"


def seen_from(folder: Path, schema: Path) -> str:
    """The path of a schema as a file in ``folder`` names it."""
    return Path(os.path.relpath(schema, folder)).as_posix()


def _text(name: str) -> str:
    return (SCHEMAS / f"{name}{_ENDING}").read_text(encoding="utf-8")
