"""The command line: which commands there are, and handing over to the one that is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import cast

from driftgate import __version__
from driftgate.base.errors import DriftgateError, in_words, is_disk_full
from driftgate.commands.arguments import EXAMPLE, Command, Parser, describe

# Each is a module of this package; importing only the one that is asked for makes starting cheap.
COMMANDS: Mapping[str, str] = {
    "init": "write a driftgate.toml to start from",
    "doctor": "check the set-up and whether targets answer; estimate a run",
    "check": "check driftgate.toml, waiver files and contracts; sends nothing",
    "run": "judge targets by their vendors' contracts",
    "report": "show the report of earlier runs again",
    "merge": "join records of several runs into one report",
    "judge": "judge a record or recorded traffic again, sending nothing",
    "restore": "undo what an interrupted run changed",
    "drift": "show what changed between two records of a target",
    "baseline": "keep a record to compare later ones with",
    "watch": "judge targets on an interval, tell each change once",
    "history": "show how verdicts changed over many records",
    "explain": "print a violation as a bug report",
    "badge": "write a Shields badge (JSON) from a record",
    "waive": "accept a failure until a date (adds a waiver)",
    "compat": "show which product keeps which requirement",
    "product": "make a product's folder from your own records; check one",
    "docs": "compare a vendor's published pages with its contract",
    "vendor": "draft a vendor's contract from its OpenAPI document",
    "contracts": "list vendors, editions and requirements; compare editions",
    "power": "show which faults a contract's requirements notice",
    "schema": "print or write the JSON Schemas of driftgate's files",
    "completion": "print a completion script for bash, fish or zsh",
    "emulate": "serve a vendor's emulator until Ctrl-C",
    "client": "play a client through scenarios and judge it",
    "proxy": "judge what passes between clients and a server",
}
_INTERNAL_ERROR = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _done(given)
        _flush()
        return code
    except DriftgateError as problem:
        print(f"driftgate: {problem}", file=sys.stderr)  # noqa: T201
        return problem.exit_code
    except Exception as problem:  # a crash must not look like exit code 1, a violation
        _tell_crash(problem)
        _drop_output()
        return _INTERNAL_ERROR


def _flush() -> None:
    """Prints what is left to print. Raises OSError for a full disk; a reader that has gone has seen enough."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()


def _drop_output() -> None:
    """Drops what could not be printed: Python would try again at its end, and then choose the exit code itself."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_crash(problem: Exception) -> None:
    """Tells why the command ended early; where the disk that takes what it prints is full, too, nobody can be told."""
    with suppress(OSError):
        if isinstance(problem, BrokenPipeError):
            print("driftgate: stopped, as nobody reads its output any more", file=sys.stderr)  # noqa: T201
        elif is_disk_full(problem):
            print(f"driftgate: {in_words(problem)}", file=sys.stderr)  # noqa: T201
        else:
            import traceback

            traceback.print_exception(problem)


def _done(given: Sequence[str]) -> int:
    if not given or given[0] not in COMMANDS:
        root().parse_args(given)  # ends the process: with the help, the version, or what is wrong
        raise AssertionError(given)
    name, *rest = given
    command = _module(name)
    if name == "run" and not {"-h", "--help"} & set(rest):
        return command.act(argparse.Namespace(given=rest))  # pytest reads them itself
    parser = Parser(prog=f"driftgate {name}")
    command.arguments(parser)
    return command.act(parser.parse_args(rest))


def root(*, complete: bool = False) -> argparse.ArgumentParser:
    """The parser of the whole command line; only a ``complete`` one knows the options of its commands."""
    parser = Parser(prog="driftgate")
    describe(
        parser,
        "Does this base URL still keep the vendor's contract, and what has changed since the last look?",
        f"driftgate run --vendor {EXAMPLE:<10}  judge this vendor's emulator",
        "driftgate init                     write a driftgate.toml for your servers",
        "driftgate COMMAND --help           show the options of a command",
    )
    parser.add_argument("--version", action="version", version=f"driftgate {__version__}", help="print the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for name, says in COMMANDS.items():
        made = commands.add_parser(name, help=says)
        if complete:
            _module(name).arguments(made)
    return parser


def _module(name: str) -> Command:
    return cast(Command, import_module(f"driftgate.commands.{name}"))
