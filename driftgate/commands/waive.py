"""``driftgate waive`` adds a waiver for what fails in the last record to the text of the waiver file."""

from __future__ import annotations

import argparse
import difflib
import textwrap
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from driftgate.base.errors import UsageProblem
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.base.yamlfile import text_of
from driftgate.commands.common import show
from driftgate.commands.schema import schema_place, seen_from
from driftgate.record.reading import read_record
from driftgate.record.record import Record
from driftgate.record.verdict import Exit, Waiver
from driftgate.record.waivers import named, parse_waivers, unknown
from driftgate.target.file import TARGETS_FILE, read_targets


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="the target, as its record in the report folder is named")
    parser.add_argument("requirement", metavar="REQUIREMENT", help="the id of a requirement that fails there")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why the violation is accepted")
    parser.add_argument("--link", required=True, metavar="URL", help="where it is tracked")
    parser.add_argument("--expires", required=True, metavar="DATE", help="the last day of the waiver, YYYY-MM-DD")
    parser.add_argument("--fingerprint", metavar="FP", help="waive this one finding alone")
    parser.add_argument("--report-dir", type=Path, default=DEFAULT_REPORTS, metavar="DIR", help="where the record is")
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="the target's waiver file (waivers/TARGET.yaml)")
    parser.set_defaults(act=_waive)


def _waive(parsed: argparse.Namespace) -> Exit:
    """Adds the waiver, and tells what was added. Raises UsageProblem, and then has written nothing."""
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
    _check_that_it_fails(record, waiver)
    path = parsed.waivers or _waiver_file(Path.cwd(), record.header.target.name)
    _write(path, _with(waiver, path, record, today))
    show([f"{path}: added", _row(waiver).rstrip("\n")])
    return Exit.CONFORMS


def _record_path(report_dir: Path, target: str) -> Path:
    path = report_dir / f"{target}.jsonl"
    if not path.is_file():
        close = difflib.get_close_matches(target, [each.stem for each in report_dir.glob("*.jsonl")], n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise UsageProblem(f"{report_dir}: has no record of {target}{hint}; judge it first with driftgate run")
    return path


def _given(option: str, text: str) -> str:
    told = " ".join(text.split())
    if not told:
        raise UsageProblem(f"{option}: is empty")
    if not told.isprintable():
        raise UsageProblem(f"{option} {told!r}: holds characters that cannot be printed")
    return told


def _last_day(text: str, today: date) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise UsageProblem(f"--expires {text}: is no date of the form YYYY-MM-DD") from None
    if day < today:
        raise UsageProblem(f"--expires {text}: is past; a waiver needs a day to come")
    return day


def _check_that_it_fails(record: Record, waiver: Waiver) -> None:
    """Raises UsageProblem where the record shows nothing that could be waived."""
    verdicts = {row.requirement: row for row in record.verdicts}
    if waiver.requirement not in verdicts:
        raise UsageProblem(unknown(waiver.requirement, verdicts))
    row = verdicts[waiver.requirement]
    if row.verdict != "fail":
        told = {"pass": "passes", "none": "was not judged", "inconclusive": "is inconclusive", "error": "met an error"}
        raise UsageProblem(f"{waiver.requirement} {told[row.verdict]} in {record.path}: there is nothing to waive")
    if waiver.fingerprint not in (None, *row.findings):
        raise UsageProblem(
            f"--fingerprint {waiver.fingerprint}: is no finding of {waiver.requirement} in {record.path}; "
            f"there are {', '.join(row.findings)}"
        )


def _waiver_file(directory: Path, target: str) -> Path:
    """The file that driftgate.toml names for the target, or else the one that a run looks for."""
    settings = directory / TARGETS_FILE
    row: Mapping[str, Any] = read_targets(settings).get(target, {}) if settings.exists() else {}
    return Path(row.get("waivers", f"waivers/{target}.yaml"))


def _with(waiver: Waiver, path: Path, record: Record, today: date) -> str:
    """The text of the file with the waiver as its last one. Raises UsageProblem."""
    requirements = [verdict.requirement for verdict in record.verdicts]
    before = text_of(path) if path.exists() else _for_editors(path)
    present = parse_waivers(before, path, requirements, today)
    for each in present:
        if each.overlaps(waiver):
            raise UsageProblem(f"{path}: {named(each)} is waived already, until {each.expires}: change that waiver")
    after = _appended(before, _row(waiver))
    try:
        if parse_waivers(after, path, requirements, today) == [*present, waiver]:
            return after
    except UsageProblem:
        pass
    by_hand = yaml.safe_dump(
        _members(waiver), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    raise UsageProblem(f"{path}: has a form to which no row can be added as text: add it by hand: {by_hand.strip()}")


def _for_editors(path: Path) -> str:
    """The first line of a new file: where editors find its schema, when driftgate init has put it there."""
    schema = schema_place(Path.cwd(), "waivers")
    return f"# yaml-language-server: $schema={seen_from(path.parent, schema)}\n" if schema.is_file() else ""


def _appended(text: str, row: str) -> str:
    """The text of a waiver file with one more item at its end; everything else stays as it is."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    column = 2
    if not isinstance(root, yaml.MappingNode):
        row = f"waivers:\n{textwrap.indent(row, '  ')}"
        column = 0
    else:
        ((_, waivers),) = root.value
        if isinstance(waivers, yaml.SequenceNode) and not waivers.flow_style:
            column = waivers.start_mark.column
        elif isinstance(waivers, yaml.SequenceNode) and not waivers.value:
            text = text[: waivers.start_mark.index] + text[waivers.end_mark.index :]
    if text and not text.endswith("\n"):
        text += line_end
    return text + textwrap.indent(row, " " * column).replace("\n", line_end)


def _row(waiver: Waiver) -> str:
    """The waiver as an item of a YAML list, a member a line."""
    return yaml.safe_dump([_members(waiver)], sort_keys=False, allow_unicode=True, width=10**6)


def _members(waiver: Waiver) -> dict[str, Any]:
    members = {
        "requirement": waiver.requirement,
        "fingerprint": waiver.fingerprint,
        "reason": waiver.reason,
        "link": waiver.link,
        "since": waiver.since,
        "expires": waiver.expires,
    }
    return {name: value for name, value in members.items() if value is not None}


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    except OSError as problem:
        raise UsageProblem(f"{path}: cannot be written to ({problem.strerror})") from None
