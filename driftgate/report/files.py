"""Writes the reports of a run beside its records."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.files import beginning_of
from driftgate.base.paths import REPORTS
from driftgate.report import html, json_format, markdown
from driftgate.report.result import Result


def write(results: Sequence[Result], directory: Path) -> None:
    """Writes ``report.html``, ``report.json`` and ``report.md`` into the folder. Raises OSError."""
    for name, form in zip(REPORTS, (html, json_format, markdown), strict=True):
        put(directory / name, form.render(results))


def put(path: Path, text: str) -> None:
    """Writes a file whole, or leaves none: what is cut off could pass for all there is. Raises OSError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        path.unlink(missing_ok=True)
        raise OSError(problem.errno, problem.strerror, str(path)) from None  # a write does not name the file


def make_room(report_dir: Path) -> None:
    """Makes the folder for records and removes what the last run wrote, so that what lies there is of one run.

    Leaves other files alone. Raises UsageError where nothing can be written.
    """
    try:
        report_dir.mkdir(parents=True, exist_ok=True)
        for path in sorted(report_dir.glob("*.jsonl")):
            if _begins(path).startswith('{"record": "header"'):
                path.unlink()
        for path in (report_dir / name for name in REPORTS):
            if path.exists() and "driftgate" not in _begins(path):
                raise UsageError(f"--report-dir {report_dir}: holds a {path.name} that is not driftgate's")
            path.unlink(missing_ok=True)
        with tempfile.TemporaryFile(dir=report_dir):
            pass
    except OSError as problem:
        raise UsageError(f"--report-dir {report_dir}: cannot be written to ({problem.strerror})") from None


def _begins(path: Path) -> str:
    return beginning_of(path, 512, context=f"--report-dir {path.parent}: ").decode("utf-8", errors="replace")
