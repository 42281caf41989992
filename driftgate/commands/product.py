"""``driftgate product`` makes the folder of a product from records of one's own, and checks such folders."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import Parser, describe
from driftgate.commands.common import show

_NEW = (
    "driftgate product new --from reports/latest/staging.jsonl --name OurChat --version 2.1 --commit 1a2b3c4 "
    "--repository https://git.example/ourchat --how 'one container, PostgreSQL 16'"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(parser, "Makes and checks the folders of real products, which --product takes.", _NEW)
    actions = parser.add_subparsers(required=True, metavar="ACTION", parser_class=Parser, dest="action")
    new = actions.add_parser("new", help="make the folder of a product from records of a run")
    describe(
        new,
        "Makes the folder of a product from complete records of its server. The base URL, names and ids are made "
        "neutral. Refuses a record that is partial, edited, of another suite, or seems to hold a key.",
        _NEW,
    )
    new.add_argument(
        "--from",
        dest="records",
        type=Path,
        action="append",
        required=True,
        metavar="RECORD",
        help="a record of the server; of each profile at most one (repeatable)",
    )
    for option, says in (
        ("--name", "the product's name"),
        ("--version", "its version, as --product will take it"),
        ("--repository", "where the code that ran is kept: an https:// URL"),
        ("--commit", "the commit that ran"),
        ("--how", "the services and settings with which it ran"),
    ):
        new.add_argument(option, required=True, metavar=option[2:].upper(), help=says)
    new.add_argument("--options", default="", metavar="TEXT", help="further options of the run")
    new.add_argument(
        "--output",
        type=Path,
        default=Path("products"),
        metavar="DIR",
        help="write below this folder (products)",
    )
    check = actions.add_parser("check", help="check folders of products, and judge their records again")
    describe(
        check,
        "Checks folders of products: whether records are whole and neutral, and whether their exchanges, judged again, "
        "give the verdicts that they hold. Exits with 4 where something is wrong.",
        "driftgate product check products/ourchat/2.1",
    )
    check.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="a folder with product.yaml")


def act(parsed: argparse.Namespace) -> int:
    return _new(parsed) if parsed.action == "new" else _check(parsed.folders)


def _new(parsed: argparse.Namespace) -> int:
    from driftgate.products.submission import About, files_of

    about = About(parsed.name, parsed.version, parsed.repository, parsed.commit, parsed.how, parsed.options)
    vendor, files = files_of(parsed.records, about)
    folder: Path = parsed.output / vendor / about.version
    if folder.exists():
        raise UsageError(f"{folder}: already exists and is left unchanged; remove it, or name another --version")
    try:
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{folder}: cannot be written to ({problem.strerror})") from None
    show([f"{folder}: written: {', '.join(files)}", f"judge by it with --product {folder}"])
    return _check([folder])


def _check(folders: list[Path]) -> int:
    """Tells what is wrong with the folders. Raises UsageError where something is."""
    from driftgate.products.submission import problems

    found = [problem for folder in folders for problem in problems(folder) or _rejudged(folder)]
    if found:
        raise UsageError("; ".join(found))
    show([f"{folder}: whole, neutral, and judged again with the same verdicts" for folder in folders])
    return 0


def _rejudged(folder: Path) -> list[str]:
    """Verdicts that the exchanges of the records do not give."""
    from driftgate.judge.exchanges import judge_exchanges
    from driftgate.record.reading import read_record

    found = []
    for path in sorted(folder.glob("record-*.jsonl")):
        then = {row.requirement: row.verdict for row in read_record(path).verdicts}
        for row in judge_exchanges(path).record.verdicts:
            before = then.get(row.requirement)
            if {before, row.verdict} == {"pass", "fail"}:
                found.append(f"{path}: {row.requirement}: says {before}, its exchanges say {row.verdict}")
    return found
