"""``driftgate doctor``: what is installed and configured, whether targets answer, and what a run would cost."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.commands.arguments import seconds
from driftgate.commands.common import contracts_option, folders, show
from driftgate.doctor import told
from driftgate.doctor.examine import Place, Rows, examined, leftovers
from driftgate.doctor.installed import installation
from driftgate.doctor.note import Examined, Note, State, exit_of
from driftgate.record.verdict import Exit
from driftgate.target.file import TARGETS_FILE, read_targets, row_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", action="append", metavar="NAME", help=f"this target alone (repeatable); else all of {TARGETS_FILE}"
    )
    parser.add_argument("--offline", action="store_true", help="send nothing to targets")
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="SECONDS", help="wait this long for an answer")
    parser.add_argument("--report-dir", type=Path, default=DEFAULT_REPORTS, metavar="DIR", help="where journals are")
    contracts_option(parser)
    parser.add_argument("--format", choices=("json", "text"), default="text", help="text (the default) or json")
    parser.set_defaults(act=_doctor)


def _doctor(parsed: argparse.Namespace) -> Exit:
    directory = Path.cwd()
    file = directory / TARGETS_FILE
    place = Place(directory, parsed.report_dir, folders(parsed), None if parsed.offline else parsed.timeout)
    there = file.exists() or parsed.target
    rows: Rows = read_targets(file) if there else {}
    asked = {name: row_of(name, rows) for name in parsed.target} if parsed.target else rows
    if there:
        note = Note("targets", State.OK, f"{file}: {', '.join(rows)}")
    else:
        note = Note("targets", State.NONE, f"{file}: is not there; driftgate init writes one")
    notes = (note, *leftovers(rows, place))
    found = [installation(), Examined("configuration", notes), *examined(asked, place)]
    show(told.as_json(found) if parsed.format == "json" else told.text(found))
    return exit_of(found)
