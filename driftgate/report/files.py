"""Writes the reports of a run beside its records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from driftgate.base.paths import REPORTS
from driftgate.report import html, markdown
from driftgate.report.result import Result


def write(results: Sequence[Result], directory: Path) -> None:
    """Writes ``report.html`` and ``report.md`` into the folder. Raises OSError."""
    for name, page in zip(REPORTS, (html.page(results), markdown.page(results)), strict=True):
        (directory / name).write_text(page, encoding="utf-8")
