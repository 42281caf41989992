"""``driftgate waive`` adds a waiver for what fails in the last record to the target's waiver file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.paths import DEFAULT_REPORTS, TARGETS_FILE
from driftgate.base.suggest import did_you_mean
from driftgate.commands.arguments import EXAMPLE, describe
from driftgate.commands.common import show
from driftgate.commands.schema import schema_path, seen_from


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Accepts a failure of the last run until a date: adds a waiver to the target's waiver file. The requirement "
        "still fails in records, is shown as waived, and does not fail the gate.",
        f"driftgate waive staging {EXAMPLE}.rename.user-required --reason 'fixed in 1.8' \\\n"
        "    --link https://tracker.example/17 --expires 2027-03-31",
    )
    parser.add_argument("target", metavar="TARGET", help="the target, as its record is named")
    parser.add_argument("requirement", metavar="REQUIREMENT", help="the id of the requirement that fails")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why the failure is accepted")
    parser.add_argument("--link", required=True, metavar="URL", help="where it is tracked")
    parser.add_argument("--expires", required=True, metavar="DATE", help="the waiver's last day, YYYY-MM-DD")
    parser.add_argument("--fingerprint", metavar="FP", help="waive only the finding with this fingerprint")
    parser.add_argument(
        "--report-dir", type=Path, default=DEFAULT_REPORTS, metavar="DIR", help="the folder of the record"
    )
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="the waiver file (default waivers/TARGET.yaml)")


def act(parsed: argparse.Namespace) -> int:
    """Adds the waiver, and prints what was added. Raises UsageError, and then has written nothing."""
    from driftgate.record.reading import read_record
    from driftgate.record.verdict import Waiver
    from driftgate.record.waiving import check_that_it_fails, row_of, with_waiver

    today = datetime.now(UTC).date()
    record = read_record(_record_path(parsed.report_dir, parsed.target))
    waiver = Waiver(
        parsed.requirement,
        _given("--reason", parsed.reason),
        _given("--link", parsed.link),
        expires=_last_day(parsed.expires, today),
        since=today,
        fingerprint=parsed.fingerprint,
    )
    check_that_it_fails(record, waiver)
    path = parsed.waivers or _waiver_file(Path.cwd(), record.header.target.name)
    _write(path, with_waiver(waiver, path, record, today, heading=_for_editors(path)))
    show([f"{path}: added", row_of(waiver).rstrip("\n")])
    return 0


def _record_path(report_dir: Path, target: str) -> Path:
    path = report_dir / f"{target}.jsonl"
    if not path.is_file():
        hint = did_you_mean(target, [each.stem for each in report_dir.glob("*.jsonl")])
        raise UsageError(f"{report_dir}: has no record of {target}{hint}; judge it first with driftgate run")
    return path


def _given(option: str, text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise UsageError(f"{option}: is empty")
    if not words.isprintable():
        raise UsageError(f"{option} {words!r}: holds characters that cannot be printed")
    return words


def _last_day(text: str, today: date) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise UsageError(f"--expires {text}: is not a date of the form YYYY-MM-DD") from None
    if day < today:
        raise UsageError(f"--expires {text}: is in the past; give a later date")
    return day


def _waiver_file(directory: Path, target: str) -> Path:
    """The file that driftgate.toml names for the target, or else the one that a run looks for."""
    from driftgate.target.file import read_targets

    settings = directory / TARGETS_FILE
    row: Mapping[str, Any] = read_targets(settings).get(target, {}) if settings.exists() else {}
    return Path(row.get("waivers", f"waivers/{target}.yaml"))


def _for_editors(path: Path) -> str:
    """The first line of a new file: where editors find its schema, when driftgate init has put it there."""
    schema = schema_path(Path.cwd(), "waivers")
    return f"# yaml-language-server: $schema={seen_from(path.parent, schema)}\n" if schema.is_file() else ""


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written to ({problem.strerror})") from None
