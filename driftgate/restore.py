"""The command that puts back what a run changed that was cut off: from its journal, as often as it takes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from driftgate import journal
from driftgate.client import Budget, Client
from driftgate.conversations import Conversations
from driftgate.errors import UsageProblem
from driftgate.interrupt import interrupts
from driftgate.journal import Journal
from driftgate.putback import PutBack, Step
from driftgate.secret import Redactor
from driftgate.target import TARGETS_FILE, Asked, Target, as_before
from driftgate.verdict import Exit

_FOLDER = Path("reports/latest")
_MOST_REQUESTS = 1000  # a few for each conversation of a journal, and pages of a list


@dataclass(frozen=True)
class Restoring:
    """How to put back: the key and the targets as options name them, and what to do with names given since."""

    asked: Asked
    contracts: Sequence[Path] = ()
    directory: Path = Path()
    timeout: float = 30
    force: bool = False


def restore_all(paths: Sequence[Path], folder: Path | None, how: Restoring) -> Exit:
    """Puts back what these journals tell, or those in the folder; prints each step as it is done.

    Raises UsageProblem when there can be none.
    """
    if folder and not folder.is_dir():
        raise UsageProblem(f"--report-dir {folder}: is not a folder")
    place = folder or _FOLDER
    named = [place / f"{name}{journal.ENDING}" for name in how.asked.targets]
    paths = paths or named or sorted(place.glob(f"*{journal.ENDING}"))
    if not paths:
        _tell(f"{place}: there is no journal, and so nothing to put back")
    interrupts.catch()
    try:
        return max((_restored(path, how) for path in paths), default=Exit.CONFORMS)
    except KeyboardInterrupt:
        _complain("stopped; repeat the command to put the rest back")
        return Exit.INCONCLUSIVE
    finally:
        interrupts.release()


def _restored(path: Path, how: Restoring) -> Exit:
    done = True
    try:
        for step in restore(path, how):
            done = done and step.done
            _tell(f"{path}: {step.text}")
    except UsageProblem as problem:
        _complain(str(problem))
        return Exit.USAGE
    if not done:
        _tell(f"{path}: repeat the command when that is mended; remove the file if there is nothing left to mend")
    return Exit.CONFORMS if done else Exit.INCONCLUSIVE


def restore(path: Path, how: Restoring) -> Iterator[Step]:
    """Puts back what the journal in a file tells. Raises UsageProblem; then nothing was sent."""
    opened = journal.resume(path)
    try:
        if opened.traces.finished:
            yield Step("nothing is left to put back", done=True)
            return
        target = _target(path, opened, how)
        client = Client(
            target.base_url or "", target.contract.outcomes, budget=Budget(_MOST_REQUESTS), timeout=how.timeout
        )
        try:
            yield from PutBack(Conversations(target, client, 0, opened), looks=True, force=how.force).steps()
        finally:
            client.close()
    finally:
        opened.close()


def _target(path: Path, opened: Journal, how: Restoring) -> Target:
    begin = opened.traces.begin
    assert begin is not None
    asked = how.asked
    if begin["key_from"] == TARGETS_FILE and not asked.targets and not asked.api_key:
        asked = replace(asked, targets=(begin["target"]["name"],))
    try:
        target = as_before(begin["target"], asked, folders=how.contracts, directory=how.directory)
    except UsageProblem as problem:
        raise UsageProblem(f"{path}: {problem}") from None
    opened.redact = Redactor(target.secrets)
    return target


def _tell(line: str) -> None:
    try:
        print(line, flush=True)  # noqa: T201
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; the rest is put back anyway


def _complain(line: str) -> None:
    print(f"driftgate: {line}", file=sys.stderr)  # noqa: T201
