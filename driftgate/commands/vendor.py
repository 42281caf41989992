"""``driftgate vendor new`` drafts the three files of a vendor from the vendor's own document."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import Parser, describe
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.docs.draft import Draft

_NEW = "driftgate vendor new acme --openapi openapi.json --operation updateChat"


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(parser, "Drafts the contract of a vendor that driftgate does not know.", _NEW)
    actions = parser.add_subparsers(required=True, metavar="ACTION", parser_class=Parser, dest="action")
    new = actions.add_parser("new", help="write the three files of a vendor from its OpenAPI document")
    describe(
        new,
        "Writes the contract of a vendor from its OpenAPI document: the operations, the requirements that follow from "
        "its schemas, and a list of what is not tested; with --from, examples from captured traffic. Guesses are "
        "marked in the files. Nothing is fetched, and no file is overwritten.",
        _NEW,
        "driftgate vendor new acme --page rename.md --operation 'PATCH /chats/{id}' --name /metadata/title",
        f"{_NEW} --from traffic.har",
    )
    new.add_argument("vendor", metavar="NAME", help="the vendor's name: small letters, digits and hyphens")
    given = new.add_mutually_exclusive_group(required=True)
    given.add_argument("--openapi", type=Path, metavar="FILE", help="the OpenAPI document, 3.0 or 3.1: JSON or YAML")
    given.add_argument("--page", type=Path, metavar="FILE", help="a page in Markdown that holds an OpenAPI document")
    new.add_argument("--from", dest="har", type=Path, metavar="HAR", help="take examples from this HAR file")
    new.add_argument(
        "--operation", required=True, metavar="ID", help="the operation that renames: its id, or 'METHOD /path'"
    )
    new.add_argument("--name", metavar="POINTER", help="where the name is in its body, such as /metadata/title")
    new.add_argument(
        "--contracts",
        type=Path,
        default=Path("contracts"),
        metavar="DIR",
        help="write to this folder (default contracts)",
    )


def act(parsed: argparse.Namespace) -> int:
    """Writes the files, and says what they hold. Raises UsageError, and then has written nothing."""
    from driftgate.docs.draft import draft

    vendor, path = parsed.vendor, parsed.openapi or parsed.page
    if not re.fullmatch(r"[a-z][a-z0-9-]*", vendor):
        raise UsageError(f"{vendor!r} is no name of a vendor: it takes small letters, digits and hyphens")
    folder: Path = parsed.contracts / vendor
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder}: already exists and is left unchanged; remove it, or take another name")
    made = draft(vendor, path, parsed.operation, parsed.name)
    made, left_out = _with_captured(made, parsed.har) if parsed.har else (made, [])
    _write(made, folder, path.name)
    show([*_summary(made, folder, left_out)])
    return 0


def _with_captured(made: Draft, path: Path) -> tuple[Draft, list[str]]:
    """The draft with examples from a HAR file, and why some renames in it give none. Raises UsageError."""
    from driftgate.contract.load import contract_of
    from driftgate.docs.draft.examples import with_captured
    from driftgate.judge.examples import examples_of

    rows, unusable = examples_of(path, contract_of(made.sources))
    made, left_out = with_captured(made, rows, path.name)
    return made, [*unusable, *left_out]


def _write(made: Draft, folder: Path, origin: str) -> None:
    from driftgate.docs.draft.render import files

    try:
        folder.mkdir(parents=True)
        for name, text in files(made, origin).items():
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as problem:
        raise UsageError(f"{folder}: cannot be written to ({problem.strerror})") from None


def _summary(made: Draft, folder: Path, left_out: list[str]) -> list[str]:
    rows, untested = made.catalogue["requirements"], made.catalogue["not_tested"]
    shown = ", ".join(f"{role} {name}" for role, name in made.roles.items())
    lines = [
        f"{folder}: written; requirements: {len(rows)}, examples: {len(made.examples['examples'])}",
        f"operations, guessed but for the first: {shown}",
        *([f"not tested: {len(untested)}"] if untested else []),
        *(f"  {row['says']} Why: {row['why']}" for row in untested),
        *([f"captured and no examples: {len(left_out)}"] if left_out else []),
        *(f"  {each}" for each in left_out),
    ]
    parent = folder.parent
    return [
        *lines,
        "Next: confirm what requirements.yaml marks with a comment, then",
        f"  driftgate contracts check {made.vendor} --contracts {parent}",
        f"  driftgate power --contracts {parent} --vendor {made.vendor}",
    ]
