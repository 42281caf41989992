"""What several commands share: printing, how drift is told, and which drift fails."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.drift import Drift, Severity
from driftgate.drift.report import FORMATS, render_several
from driftgate.record.verdict import Exit
from driftgate.report import html

_RECORD = b'{"record": "header"'
FAILING = {"breaking": Severity.BREAKING, "warning": Severity.WARNING, "any": Severity.INFO}


def show(lines: Sequence[str]) -> None:
    """Prints lines for people and pipes."""
    try:
        print("\n".join(lines))  # noqa: T201
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough


def output_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it to this file; without it, print it")


def put(text: str, output: Path | None) -> None:
    """Prints a text, or writes it to a file, which is never a record. Raises UsageProblem."""
    if output is None:
        show([text.removesuffix("\n")])
        return
    try:
        if output.is_file() and output.read_bytes()[: len(_RECORD)] == _RECORD:
            raise UsageProblem(f"--output {output}: is a record, and would be written over; name another file")
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageProblem(f"--output {output}: cannot be written to ({problem.strerror})") from None
    show([f"{output}: written"])


def contracts_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--contracts", action="append", metavar="DIR", help="look for contracts in this folder too")


def folders(parsed: argparse.Namespace) -> tuple[Path, ...]:
    """The folders of ``--contracts``."""
    return tuple(map(Path, parsed.contracts or ()))


def drift_options(parser: argparse.ArgumentParser) -> None:
    """How drift is told, and which drift fails."""
    formats = [*FORMATS, "html"]
    parser.add_argument(
        "--format", choices=sorted(formats), default="text", help="text (the default), md, html or json"
    )
    parser.add_argument(
        "--fail-on", choices=sorted(FAILING), default="breaking", help="breaking (the default), warning or any"
    )


def tell(drifts: Sequence[Drift], parsed: argparse.Namespace, *, apart: bool = False) -> Exit:
    """Prints drift as asked, several ones ``apart`` from each other; the exit code that it comes to."""
    if parsed.format == "html":
        show([html.render_drift(drifts)])
    else:
        show([render_several(drifts, parsed.format) if apart else FORMATS[parsed.format](drifts[0])])
    failed = any(drift.worst is not None and drift.worst >= FAILING[parsed.fail_on] for drift in drifts)
    return Exit.DRIFT if failed else Exit.CONFORMS
