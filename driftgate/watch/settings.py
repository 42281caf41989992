"""How a watch is set up: the table ``watch`` of driftgate.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.paths import TARGETS_FILE
from driftgate.base.secret import Secret
from driftgate.contract.model import Profile
from driftgate.http.webhook import check_url
from driftgate.run.options import LIVE_BUDGET
from driftgate.target.file import content_of, read_targets

CHANNELS = ("webhook", "slack")


@dataclass(frozen=True)
class Watched:
    """A target of the watch; ``baseline`` is what its first record is compared with."""

    name: str
    baseline: Path | None = None


@dataclass(frozen=True)
class Settings:
    """What is watched, how often, what it may cost and whom it tells."""

    folder: Path
    targets: tuple[Watched, ...]
    requests_per_day: int
    profile: Profile = Profile.SMOKE
    every: timedelta = timedelta(days=1)
    keep: timedelta = timedelta(days=30)
    hooks: Mapping[str, Secret] = field(default_factory=dict)

    @property
    def cost(self) -> int:
        """The most requests that judging one target once can take."""
        return LIVE_BUDGET[self.profile]


def read_settings(path: Path) -> Settings:
    """The watch that a driftgate.toml sets up. Raises UsageError."""
    targets = read_targets(path)
    table = content_of(path).get("watch")
    if table is None:
        raise UsageError(f"{path}: has no table [watch]; add one with requests_per_day, the most requests of a day")
    settings = Settings(
        folder=path.parent / table.get("folder", "reports/watch"),
        targets=tuple(Watched(name, _baseline(path.parent, row)) for name, row in targets.items()),
        requests_per_day=table["requests_per_day"],
        profile=Profile.named(table.get("profile", "smoke")),
        every=timedelta(minutes=table.get("every_minutes", 24 * 60)),
        keep=timedelta(days=table.get("keep_days", 30)),
        hooks={channel: _hook(channel, table[channel]) for channel in CHANNELS if channel in table},
    )
    if settings.requests_per_day < settings.cost:
        raise UsageError(
            f"{path}: watch.requests_per_day is {settings.requests_per_day}, and judging one target "
            f"(profile {settings.profile}) takes up to {settings.cost}: no target would ever be judged"
        )
    return settings


def _baseline(folder: Path, row: Mapping[str, Any]) -> Path | None:
    return folder / row["baseline"] if "baseline" in row else None


def _hook(channel: str, value: str) -> Secret:
    """Where a channel sends to; the address is a secret. Raises UsageError."""
    name = value.removeprefix("$") if value.startswith("$") else f"watch.{channel}"
    url = os.environ.get(name, "") if value.startswith("$") else value
    if not url:
        raise UsageError(f"{TARGETS_FILE}: watch.{channel}: the environment variable {name} is not set")
    problem = check_url(url)
    if problem:
        raise UsageError(f"{TARGETS_FILE}: watch.{channel}: {problem}")
    return Secret(name, url)
