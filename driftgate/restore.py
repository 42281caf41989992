"""Putting back what a run changed that was cut off: from its journal, as often as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from driftgate import journal
from driftgate.client import Budget, Client
from driftgate.conversations import Conversations
from driftgate.errors import UsageProblem
from driftgate.journal import Journal
from driftgate.putback import PutBack, Step
from driftgate.secret import Redactor
from driftgate.target import TARGETS_FILE, Asked, Target, as_before

_MOST_REQUESTS = 1000  # a few for each conversation of a journal, and pages of a list


@dataclass(frozen=True)
class Restoring:
    """How to put back: the key and the target as options name them, and what to do with names given since."""

    asked: Asked
    contracts: Sequence[Path] = ()
    directory: Path = Path()
    timeout: float = 30
    force: bool = False


def unfinished(folder: Path) -> list[Path]:
    """The journals in a folder, where runs leave those that they could not finish."""
    return sorted(folder.glob(f"*{journal.ENDING}"))


def restore(path: Path, how: Restoring) -> Iterator[Step]:
    """Puts back what the journal in a file tells, and ends it when all is done. Raises UsageProblem; then nothing was
    sent."""
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
