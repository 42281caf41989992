"""What several commands do at their end: print, write a file, show drift and say whether it fails."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError

if TYPE_CHECKING:
    from driftgate.drift import Drift
    from driftgate.record.verdict import Exit

_RECORD = b'{"record": "header"'


def show(lines: Sequence[str]) -> None:
    """Prints lines for people and pipes."""
    try:
        print("\n".join(lines))  # noqa: T201
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough


def put(text: str, output: Path | None) -> None:
    """Prints a text, or writes it to a file, which is never a record. Raises UsageError."""
    if output is None:
        show([text.removesuffix("\n")])
        return
    try:
        if output.is_file() and output.read_bytes()[: len(_RECORD)] == _RECORD:
            raise UsageError(f"--output {output}: is a record, and would be written over; name another file")
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"--output {output}: cannot be written to ({problem.strerror})") from None
    show([f"{output}: written"])


def show_drift(
    drifts: Sequence[Drift], parsed: argparse.Namespace, *, apart: bool = False, by_rule: bool = False
) -> Exit:
    """Prints drift in the format asked for; the exit code of ``--fail-on``.

    Several ones ``apart`` from each other; in text ``by_rule``, with what each rule says.
    """
    from driftgate.drift import Severity
    from driftgate.drift.report import FORMATS, render_by_rule, render_several
    from driftgate.record.verdict import Exit

    if parsed.format == "html":
        from driftgate.report import html

        show([html.render_drift(drifts)])
    elif by_rule and parsed.format == "text":
        show([render_by_rule(drifts[0])])
    else:
        show([render_several(drifts, parsed.format) if apart else FORMATS[parsed.format](drifts[0])])
    failing = {"breaking": Severity.BREAKING, "warning": Severity.WARNING, "any": Severity.INFO}[parsed.fail_on]
    failed = any(drift.worst is not None and drift.worst >= failing for drift in drifts)
    return Exit.DRIFT if failed else Exit.CONFORMS
