"""``driftgate client`` plays a client through scenarios and judges what it sends and how it acts."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import EXAMPLE, describe, positive_seconds, waivers_option
from driftgate.commands.common import show
from driftgate.emulator import EMULATED

if TYPE_CHECKING:
    from driftgate.client.playing import Act, Reported, Task


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Runs a command once for each scenario: against an emulator that does as the page says, refuses, answers as a "
        "product does, is busy, redirects or never answers. The command is to rename a conversation. It gets base_url, "
        "key, conversation and name in DRIFTGATE_CLIENT_BASE_URL, …_KEY, …_CONVERSATION and …_NAME, or in its "
        "arguments where they are {base_url}, {key}, {conversation} and {name}; an empty name asks for a "
        "generated one. It exits with 0 when it is done.",
        f"driftgate client --vendor {EXAMPLE} -- python rename.py {{conversation}} {{name}}",
    )
    add = parser.add_argument
    add("--vendor", required=True, metavar="VENDOR", help=", ".join(EMULATED))
    add("--scenario", action="append", default=[], metavar="NAME", help="only this one (repeatable)")
    add("--list", action="store_true", help="list the scenarios and exit")
    add(
        "--time-limit",
        type=positive_seconds,
        default=30.0,
        metavar="SECONDS",
        help="end a command that takes longer (default 30)",
    )
    add("--strict", action="store_true", help="exit with 1 when a SHOULD fails, too")
    add(
        "--report-dir",
        type=Path,
        default=Path("reports/client"),
        metavar="DIR",
        help="write VENDOR-client.jsonl here",
    )
    waivers_option(parser)
    add("command", nargs="*", metavar="COMMAND", help="the command and its arguments, after --")


def act(parsed: argparse.Namespace) -> int:
    """Prints the verdicts. Raises UsageError."""
    from driftgate.client.playing import Play
    from driftgate.client.scenarios import scenarios
    from driftgate.emulator.choice import with_rules_of_clients
    from driftgate.report.terminal import render

    with_rules_of_clients(parsed.vendor)
    if parsed.list:
        show([f"{each.name:<24} {each.says}" for each in scenarios(parsed.vendor)])
        return 0
    if not parsed.command:
        raise UsageError("client: give the command that renames, after --")
    play = Play(parsed.vendor, strict=parsed.strict, time_limit=parsed.time_limit, waivers=parsed.waivers)
    path = parsed.report_dir / f"{parsed.vendor}-client.jsonl"
    with play.judge.keeping(path):
        play.through(_running(parsed.command), parsed.scenario)
    result = play.result(path)
    show(
        [
            "Scenarios, with what the client reported:",
            *play.describe(),
            *play.judge.remarks(),
            "",
            render([result]),
        ]
    )
    return result.exit


def _running(command: list[str]) -> Act:
    """Carries tasks out by running the command."""
    from driftgate.client.playing import Reported

    def run(task: Task, seconds: float) -> Reported:
        given = vars(task)
        environment = {f"DRIFTGATE_CLIENT_{name.upper()}": value for name, value in given.items()}
        filled = [_filled(part, given) for part in command]
        try:
            # in a session of its own, so that it ends with everything that it started
            process = subprocess.Popen(  # noqa: S603  # the user's own command
                filled,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as problem:
            raise UsageError(f"client: {command[0]}: cannot be run ({problem.strerror})") from None
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return Reported(done=False, ended=False)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return Reported(done=code == 0, says="" if code == 0 else f"exit code {code}")

    return run


def _filled(part: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        part = part.replace(f"{{{name}}}", value)
    return part
