"""Reading a command line: the parser that all commands share, and the numbers in their options."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from driftgate.base.errors import UsageProblem


class Parser(argparse.ArgumentParser):
    """A parser whose errors end with driftgate's exit code for them."""

    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(UsageProblem.exit_code, f"{self.prog}: {message}\n")


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds to wait."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return value


def milliseconds(text: str) -> float:
    """Seconds, from a number of milliseconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 60_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of milliseconds from 0 to 60000")
    return value / 1000
