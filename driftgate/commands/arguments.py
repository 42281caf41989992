"""Reading a command line: the parser that all commands share, their help, and the options that several have."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from driftgate.base import numbers
from driftgate.base.errors import UsageError
from driftgate.emulator import EMULATED

# the vendor in examples of what a user would type
EXAMPLE = EMULATED[1]


class Command(Protocol):
    """A command's module."""

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        """Gives the parser the command's help and options."""

    @staticmethod
    def act(parsed: argparse.Namespace) -> int:
        """Does what the command is for and returns its exit code. Raises DriftgateError."""


def _width() -> int:
    """How wide help is printed; argparse would import much of the library for archives to know."""
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(sys.stdout.fileno()).columns
    except (AttributeError, OSError, ValueError):  # no terminal
        columns = 0
    return (columns or 80) - 2


class _Help(argparse.HelpFormatter):
    """Help in which examples keep their lines, and names of commands, which argparse does not measure, have room."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width())
        self._action_max_length = 14

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("example") else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """A parser whose errors end with driftgate's exit code for them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_Help, **settings)

    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(UsageError.exit_code, f"{self.prog}: {message}\n")


def describe(parser: argparse.ArgumentParser, text: str, *examples: str) -> None:
    """The help of a command: what it does for its user, and what a user would type."""
    parser.description = text
    parser.epilog = "\n".join(["example:" if len(examples) == 1 else "examples:", *(f"  {each}" for each in examples)])


def number(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """How argparse reads a number: what is none is told with the option."""

    def checked(text: str) -> Any:
        try:
            return read(text)
        except ValueError as problem:
            raise argparse.ArgumentTypeError(f"{text} {problem}") from None

    return checked


def contracts_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--contracts", action="append", metavar="DIR", help="also look for contracts in this folder (repeatable)"
    )


def folders(parsed: argparse.Namespace) -> tuple[Path, ...]:
    """The folders of ``--contracts``, and those that driftgate.toml names."""
    from driftgate.target.contract_folders import contract_folders  # only where contracts are read

    return (*map(Path, parsed.contracts or ()), *contract_folders(Path.cwd()))


def waivers_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--waivers", type=Path, metavar="PATH", help="the client's waivers: a file, or a folder (default waivers)"
    )


def output_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to this file; without it, print")


def drift_options(parser: argparse.ArgumentParser) -> None:
    """How drift is shown, and which drift fails."""
    parser.add_argument(
        "--format", choices=("html", "json", "md", "text"), default="text", help="the output's format (default text)"
    )
    parser.add_argument(
        "--fail-on",
        choices=("any", "breaking", "warning"),
        default="breaking",
        help="exit with 8 on drift this bad or worse (default breaking)",
    )


positive_seconds = number(numbers.positive)
seconds = number(numbers.at_least_zero)
milliseconds = number(numbers.milliseconds)
port = number(numbers.port)
