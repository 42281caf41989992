"""``driftgate waive`` adds to the target's waiver file what fails in the last record, or pins what that observed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftgate.base.errors import UsageError
from driftgate.base.paths import DEFAULT_REPORTS, TARGETS_FILE
from driftgate.base.suggest import did_you_mean
from driftgate.commands.arguments import EXAMPLE, describe
from driftgate.commands.common import show
from driftgate.commands.schema import schema_path, seen_from

if TYPE_CHECKING:
    from driftgate.record.record import Record
    from driftgate.record.rows import SeverityName


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Accepts a failure of the last run until a date: adds a waiver for each finding of the requirement to the "
        "target's waiver file. The requirement still fails in records, is shown as waived, and does not fail the gate; "
        "another finding of it does. With --pin: keeps what the last run observed where the vendor's page leaves it "
        "open; a run that observes something else tells of drift.",
        f"driftgate waive staging {EXAMPLE}.rename.user-required --reason 'fixed in 1.8' \\\n"
        "    --link https://tracker.example/17 --expires 2027-03-31",
    )
    parser.add_argument("target", metavar="TARGET", help="the target, as its record is named")
    parser.add_argument("requirement", nargs="+", metavar="REQUIREMENT", help="the id of a requirement that fails")
    parser.add_argument("--reason", metavar="TEXT", help="why the failure is accepted")
    parser.add_argument("--link", metavar="URL", help="where it is tracked")
    parser.add_argument("--expires", metavar="DATE", help="the waiver's last day, YYYY-MM-DD")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fingerprint", metavar="FP", help="waive only the finding with this fingerprint")
    which.add_argument(
        "--any-finding",
        action="store_true",
        help="waive the requirement as a whole, also what nobody has seen yet: this hides regressions",
    )
    which.add_argument("--pin", action="store_true", help="pin the observations of the requirements instead")
    parser.add_argument(
        "--severity",
        choices=("info", "warning", "breaking"),
        help="how bad a change of a pinned observation is; breaking fails a run with 8 (default warning)",
    )
    parser.add_argument(
        "--report-dir", type=Path, default=DEFAULT_REPORTS, metavar="DIR", help="the folder of the record"
    )
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="the waiver file (default waivers/TARGET.yaml)")


def act(parsed: argparse.Namespace) -> int:
    """Adds waivers or pins, and prints what was added. Raises UsageError, and then has written nothing."""
    from driftgate.record.reading import read_record

    record = read_record(_record_path(parsed.report_dir, parsed.target))
    path = parsed.waivers or _waiver_file(Path.cwd(), record.header.target.name)
    text, rows = _pinned(parsed, record, path) if parsed.pin else _waived(parsed, record, path)
    _write(path, text)
    show([f"{path}: added", rows.rstrip("\n")])
    return 0


def _waived(parsed: argparse.Namespace, record: Record, path: Path) -> tuple[str, str]:
    """The text of the file with the new waivers, and these alone. Raises UsageError."""
    from driftgate.record.verdict import Waiver
    from driftgate.record.waiving import findings_to_waive, rows_of, with_waivers

    if parsed.severity:
        raise UsageError("--severity: is for pins, so give --pin with it")
    today = datetime.now(UTC).date()
    common = Waiver(
        "",
        _given("--reason", parsed.reason),
        _given("--link", parsed.link),
        expires=_last_day(_given("--expires", parsed.expires), today),
        since=today,
    )
    waivers = []
    for requirement in dict.fromkeys(parsed.requirement):
        findings = findings_to_waive(record, requirement, parsed.fingerprint)
        if parsed.any_finding:
            waivers.append(replace(common, requirement=requirement))
            continue
        waivers += [
            replace(
                common,
                requirement=requirement,
                fingerprint=finding.fingerprint,
                case=finding.case or None,
                intermittent=bool(finding.reproduction and finding.reproduction.intermittent),
            )
            for finding in findings
        ]
    return with_waivers(waivers, path, record, today, heading=_for_editors(path)), rows_of(waivers)


def _pinned(parsed: argparse.Namespace, record: Record, path: Path) -> tuple[str, str]:
    """The text of the file with the new pins, and these alone. Raises UsageError."""
    from driftgate.record.waiving import pins_of, rows_of_pins, with_pins

    for option in ("reason", "link", "expires"):
        if getattr(parsed, option) is not None:
            raise UsageError(f"--{option}: is for waivers; a pin accepts no failure, and takes --severity alone")
    severity: SeverityName = parsed.severity or "warning"
    pins = [
        replace(pin, severity=severity)
        for requirement in dict.fromkeys(parsed.requirement)
        for pin in pins_of(record, requirement)
    ]
    return with_pins(pins, path, record, heading=_for_editors(path)), rows_of_pins(pins)


def _record_path(report_dir: Path, target: str) -> Path:
    path = report_dir / f"{target}.jsonl"
    if not path.is_file():
        hint = did_you_mean(target, [each.stem for each in report_dir.glob("*.jsonl")])
        raise UsageError(f"{report_dir}: has no record of {target}{hint}; judge it first with driftgate run")
    return path


def _given(option: str, text: str | None) -> str:
    if text is None:
        raise UsageError(f"{option}: is missing; a waiver needs --reason, --link and --expires")
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
