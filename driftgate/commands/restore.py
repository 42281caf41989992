"""``driftgate restore`` undoes what an interrupted run changed, from its journal; it can be repeated."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.base.interrupts import interrupts
from driftgate.base.jsonvalue import brief
from driftgate.base.paths import DEFAULT_REPORTS
from driftgate.base.secret import Redactor
from driftgate.commands.arguments import seconds
from driftgate.commands.common import folders, show
from driftgate.http.client import Budget, Client
from driftgate.http.retry import RetryPolicy
from driftgate.record.verdict import Exit
from driftgate.run.options import TABLE
from driftgate.session import journal
from driftgate.session.conversations import Conversations
from driftgate.session.journal import Journal
from driftgate.session.teardown import CleanupResult, Teardown
from driftgate.target.file import TARGETS_FILE
from driftgate.target.model import Target, TargetOptions
from driftgate.target.resolve import as_before

_MOST_REQUESTS = 1000  # a few for each conversation of a journal, and pages of a list


@dataclass(frozen=True)
class _How:
    """The options of a restore: targets and keys, waiting times, and whether names given since are overwritten."""

    asked: TargetOptions
    contracts: Sequence[Path]
    timeout: float
    max_wait: float
    force: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journal", nargs="*", type=Path, metavar="JOURNAL", help="all in the report folder by default")
    parser.add_argument("--report-dir", type=Path, metavar="DIR", help=f"look for journals here ({DEFAULT_REPORTS})")
    parser.add_argument(
        "--target", action="append", metavar="NAME", help="restore the journal of this target (repeatable)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite names that somebody else gave since")
    for option in ("--api-key", "--param", "--contracts", "--proxy", "--ca-bundle", "--insecure"):
        parser.add_argument(option, **TABLE[option])
    parser.add_argument("--timeout", type=seconds, default=30.0, metavar="SECONDS", help="wait this long for an answer")
    parser.add_argument(
        "--max-wait", type=seconds, default=120.0, metavar="SECONDS", help="wait this long in all where asked for time"
    )
    parser.set_defaults(act=_restore_all)


def _restore_all(parsed: argparse.Namespace) -> Exit:
    """Prints each result as it comes. Raises UsageProblem when there can be no journal."""
    folder = parsed.report_dir or DEFAULT_REPORTS
    if parsed.report_dir and not folder.is_dir():
        raise UsageProblem(f"--report-dir {folder}: is not a folder")
    asked = TargetOptions(
        targets=tuple(parsed.target or ()),
        api_key=parsed.api_key,
        params=tuple(parsed.param or ()),
        proxy=parsed.proxy,
        ca_bundle=parsed.ca_bundle,
        insecure=parsed.insecure,
    )
    how = _How(asked, folders(parsed), parsed.timeout, parsed.max_wait, parsed.force)
    named = [folder / f"{name}{journal.ENDING}" for name in asked.targets]
    paths = parsed.journal or named or sorted(folder.glob(f"*{journal.ENDING}"))
    if not paths:
        show([f"{folder}: no journal, so nothing to restore"])
    interrupts.catch()
    try:
        return max((_restored(path, how) for path in paths), default=Exit.CONFORMS)
    except KeyboardInterrupt:
        _complain("stopped; repeat the command to restore the rest")
        return Exit.INCONCLUSIVE
    finally:
        interrupts.release()


def _restored(path: Path, how: _How) -> Exit:
    done = True
    try:
        for result in _restore(path, how):
            done = done and result.done
            show([f"{path}: {result.text}"])
    except UsageProblem as problem:
        _complain(str(problem))
        return Exit.USAGE
    if not done:
        show([f"{path}: solve this and repeat the command, or remove the file if nothing can be done"])
    return Exit.CONFORMS if done else Exit.INCONCLUSIVE


def _restore(path: Path, how: _How) -> Iterator[CleanupResult]:
    """Restores what the journal in a file leaves pending. Raises UsageProblem before anything is sent."""
    opened = journal.resume(path)
    try:
        if opened.pending.finished:
            yield CleanupResult("nothing is left to restore", done=True)
            return
        target = _target(path, opened, how)
        started = opened.pending.begin["started"] if opened.pending.begin else ""
        yield CleanupResult(f"the run of {brief(started)} against {target.name} at {brief(target.base_url)}", done=True)
        client = Client(
            target.base_url or "",
            target.contract.outcomes,
            budget=Budget(_MOST_REQUESTS),
            timeout=how.timeout,
            retry=RetryPolicy(how.max_wait),
            network=target.network,
        )
        try:
            yield from Teardown(Conversations(target, client, 0, opened), looks=True, force=how.force).run()
        finally:
            client.close()
    finally:
        opened.close()


def _target(path: Path, opened: Journal, how: _How) -> Target:
    begin = opened.pending.begin
    assert begin is not None
    asked = how.asked
    if begin["key_from"] == TARGETS_FILE and not asked.targets and not asked.api_key:
        asked = replace(asked, targets=(begin["target"]["name"],))
    try:
        target = as_before(begin["target"], asked, folders=how.contracts, directory=Path.cwd())
    except UsageProblem as problem:
        raise UsageProblem(f"{path}: {problem}") from None
    opened.redact = Redactor(target.secrets)
    return target


def _complain(line: str) -> None:
    print(f"driftgate: {line}", file=sys.stderr)  # noqa: T201
