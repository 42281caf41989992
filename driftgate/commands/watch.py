"""``driftgate watch``: judges the targets of driftgate.toml on an interval, and tells each change once."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.paths import TARGETS_FILE
from driftgate.commands.arguments import describe
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.watch.round import Judge
    from driftgate.watch.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Judges the targets of driftgate.toml on an interval, keeps their records by date, and tells each change once: "
        "by webhook, or by the exit code of --once. Never sends more requests a day than [watch] in driftgate.toml "
        "allows. With --once exits with 8 when breaking drift is new, with 6 when a target could not be judged or a "
        "webhook not be reached, and with 0 otherwise.",
        "driftgate watch --once",
        "driftgate watch",
    )
    parser.add_argument("--once", action="store_true", help="judge each target once and end, as cron wants it")


def act(parsed: argparse.Namespace) -> int:
    """Watches until it is interrupted; with --once one round. Raises UsageError."""
    from driftgate.watch.settings import read_settings

    settings = read_settings(Path(TARGETS_FILE))
    return watch(settings, once=parsed.once, judge=_judge(settings))


def watch(
    settings: Settings,
    *,
    once: bool,
    judge: Judge,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Rounds by this clock, one at a time, and alone in the folder. Raises UsageError."""
    from driftgate.http.webhook import post
    from driftgate.watch.round import Round
    from driftgate.watch.state import alone, read_state

    with alone(settings.folder):
        while True:
            began = clock()
            state = read_state(settings.folder)
            each = Round(settings, state, judge, lambda channel, value: post(settings.hooks[channel], value), clock)
            code = each.run()
            _write_history(settings.folder)
            show([f"{began:%Y-%m-%d %H:%M} UTC", *each.lines])
            if once:
                return code
            sleep(max(0.0, (began + settings.every - clock()).total_seconds()))


def _write_history(folder: Path) -> None:
    """The page of all records that the watch keeps, if it has any yet."""
    from driftgate.history import html
    from driftgate.history.timeline import history

    if any((folder / "records").glob("*/*.jsonl")):
        page = html.render(history(folder / "records"))
        (folder / "history.html").write_text(page, encoding="utf-8")


def _judge(settings: Settings) -> Judge:
    """A run in a process of its own: what it leaves in memory does not pile up, and its crash is not the watch's."""

    def judge(target: str, budget: int, folder: Path) -> int:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "driftgate", "run", f"--target={target}", f"--profile={settings.profile}"]
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - names of targets are checked, and no shell reads them
                [*command, f"--max-requests={budget}", f"--report-dir={folder}", "-q"],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                return process.wait()
            except KeyboardInterrupt:
                process.wait()  # the run got the signal, too, and restores what it changed
                raise

    return judge
