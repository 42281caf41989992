"""Restoring what an interrupted run changed, from its journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import brief
from driftgate.base.paths import TARGETS_FILE
from driftgate.base.secret import Redactor
from driftgate.http.client import Budget, Client
from driftgate.http.retry import RetryPolicy
from driftgate.session import journal
from driftgate.session.conversations import Conversations
from driftgate.session.journal import Journal
from driftgate.session.teardown import CleanupResult, Teardown
from driftgate.target.model import Target, TargetOptions
from driftgate.target.resolve import as_before

_MOST_REQUESTS = 1000  # a few for each conversation of a journal, and pages of a list


@dataclass(frozen=True)
class RestoreOptions:
    """How to restore. ``timeout`` and ``max_wait`` are in seconds; ``force`` overwrites names given since."""

    target_options: TargetOptions
    contracts: Sequence[Path]
    timeout: float
    max_wait: float
    force: bool


def restored(path: Path, options: RestoreOptions) -> Iterator[CleanupResult]:
    """Restores what the journal in a file names, step by step. Raises UsageError; then nothing was sent."""
    opened = journal.resume(path)
    try:
        if opened.pending.finished:
            yield CleanupResult("nothing is left to restore", done=True)
            return
        target = _target(path, opened, options)
        started = opened.pending.begin["started"] if opened.pending.begin else ""
        yield CleanupResult(f"the run of {brief(started)} against {target.name} at {brief(target.base_url)}", done=True)
        client = Client(
            target.base_url or "",
            target.contract.outcomes,
            budget=Budget(_MOST_REQUESTS),
            timeout=options.timeout,
            retry=RetryPolicy(options.max_wait),
            network=target.network,
        )
        try:
            yield from Teardown(Conversations(target, client, 0, opened), later=True, force=options.force).run()
        finally:
            client.close()
    finally:
        opened.close()


def _target(path: Path, opened: Journal, options: RestoreOptions) -> Target:
    """The target of the journal; its key comes from where the run had it. Raises UsageError.

    The key goes to the base URL in the journal only if the journal was made with it, if driftgate.toml names the same
    one, or if the user does.
    """
    begin = opened.pending.begin
    assert begin is not None
    given = options.target_options
    confirmed = given.base_url
    if begin["key_from"] == TARGETS_FILE and not given.targets and not given.api_key:
        given = replace(given, targets=(begin["target"]["name"],))
    then = {**begin["target"], "base_url": confirmed or begin["target"]["base_url"]}
    try:
        target = as_before(then, replace(given, base_url=None), folders=options.contracts, directory=Path.cwd())
    except UsageError as problem:
        raise UsageError(f"{path}: {problem}") from None
    if not confirmed and not given.targets and begin["bound"] != journal.bound(target, target.base_url):
        raise UsageError(
            f"{path}: names {brief(target.base_url)}, and was not made with this key: if the key is another one now, "
            f"confirm with --base-url that it may be sent there (if the server has moved: the new base URL)"
        )
    opened.redact = Redactor(target.secrets)
    return target
