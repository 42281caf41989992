"""``driftgate restore`` undoes what an interrupted run changed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import Inconclusive, UsageError
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.commands.arguments import describe, folders, positive_seconds, seconds
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.run.restore import RestoreOptions


def arguments(parser: argparse.ArgumentParser) -> None:
    from driftgate.run.options import TABLE

    describe(
        parser,
        "Undoes what an interrupted run changed, as the run's journal has it: gives conversations their names back "
        "and deletes those that the run made. Repeat it until it exits with 0.",
        "driftgate restore",
        "driftgate restore reports/latest/staging.journal",
    )
    parser.add_argument(
        "journal", nargs="*", type=Path, metavar="JOURNAL", help="a journal (default: all in the report folder)"
    )
    parser.add_argument(
        "--report-dir", type=Path, metavar="DIR", help=f"look for journals here (default {DEFAULT_REPORTS})"
    )
    parser.add_argument(
        "--target", action="append", metavar="NAME", help="restore the journal of this target (repeatable)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite names that somebody else has given since")
    parser.add_argument(
        "--base-url",
        metavar="URL",
        help="send the key there, if the server has moved or the key is a new one",
    )
    for option in ("--api-key", "--param", "--contracts", "--proxy", "--ca-bundle", "--insecure"):
        parser.add_argument(option, **TABLE[option])
    parser.add_argument(
        "--timeout",
        type=positive_seconds,
        default=30.0,
        metavar="SECONDS",
        help="wait this long for an answer (default 30)",
    )
    parser.add_argument(
        "--max-wait",
        type=seconds,
        default=120.0,
        metavar="SECONDS",
        help="retry for this long in total when the target asks to wait (default 120)",
    )


def act(parsed: argparse.Namespace) -> int:
    """Prints each step when it is done. Raises UsageError when there can be no journal."""
    from driftgate.base.interrupts import interrupts
    from driftgate.base.watchdog import watchdog
    from driftgate.run.restore import RestoreOptions
    from driftgate.session.journal import ENDING, journals
    from driftgate.target.model import TargetOptions

    folder = parsed.report_dir or DEFAULT_REPORTS
    if parsed.report_dir and not folder.is_dir():
        raise UsageError(f"--report-dir {folder}: is not a folder")
    target_options = TargetOptions(
        targets=tuple(parsed.target or ()),
        base_url=parsed.base_url,
        api_key=parsed.api_key,
        params=tuple(parsed.param or ()),
        proxy=parsed.proxy,
        ca_bundle=parsed.ca_bundle,
        insecure=parsed.insecure,
    )
    options = RestoreOptions(target_options, folders(parsed), parsed.timeout, parsed.max_wait, parsed.force)
    named = [each for name in target_options.targets for each in journals(folder, name) or [folder / f"{name}{ENDING}"]]
    paths = parsed.journal or named or sorted(folder.glob(f"*{ENDING}"))
    if not paths:
        show([f"{folder}: no journal, so nothing to restore"])
    interrupts.catch()
    watchdog.watch()
    try:
        return max((_restored(path, options) for path in paths), default=0)
    except KeyboardInterrupt:
        _complain("stopped; repeat the command to restore the rest")
        return Inconclusive.exit_code
    finally:
        watchdog.release()
        interrupts.release()


def _restored(path: Path, options: RestoreOptions) -> int:
    from driftgate.run.restore import restored

    done = True
    try:
        for step in restored(path, options):
            done = done and step.done
            show([f"{path}: {step.text}"])
    except UsageError as problem:
        _complain(str(problem))
        return UsageError.exit_code
    if done:
        return 0
    show([f"{path}: solve this and repeat the command, or remove the file if nothing can be done"])
    return Inconclusive.exit_code


def _complain(line: str) -> None:
    print(f"driftgate: {line}", file=sys.stderr)  # noqa: T201
