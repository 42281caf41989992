"""Plays a client through scenarios: what it reports to its caller, and what the server holds afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.suggest import did_you_mean
from driftgate.client.emulating import judge_of, watching
from driftgate.client.routes import Routes
from driftgate.client.scenarios import Elsewhere, Scenario, scenarios
from driftgate.contract import Requirement
from driftgate.contract.client import load_client_contract
from driftgate.emulator.application import Around
from driftgate.emulator.base import Emulator
from driftgate.emulator.running import Running, start
from driftgate.record.verdict import Mismatch
from driftgate.report.result import Result
from driftgate.report.terminal import render

TIME_LIMIT = 30.0


@dataclass(frozen=True)
class Task:
    """What a client is to do: give a conversation of this server a name."""

    base_url: str
    key: str
    conversation: str
    name: str


@dataclass(frozen=True)
class Reported:
    """What a client told its caller: that it was done, that it failed and how; or it did not end."""

    done: bool
    says: str = ""
    ended: bool = True


# carries a task out within these seconds
Act = Callable[[Task, float], Reported]


@dataclass(frozen=True)
class _Played:
    """One scenario after it was played. ``renamed``: whether the server holds the name that the client was given.

    ``refused``: whether that was the server's last word.
    """

    reported: Reported
    renamed: bool
    refused: bool
    given_away: bool


@dataclass(frozen=True)
class ScenarioLine:
    """What is said of a scenario: its name, what the client reported, and what it violated."""

    scenario: str
    reported: str
    violated: tuple[str, ...]


class Play:
    """A client that is played through the scenarios of a vendor, and judged by what it does in each."""

    def __init__(
        self, vendor: str, *, strict: bool = False, time_limit: float = TIME_LIMIT, waivers: Path | None = None
    ) -> None:
        self._contract = load_client_contract(vendor)
        self._scenarios = {each.name: each for each in scenarios(vendor)}
        self._routes = Routes(self._contract)
        self._time_limit = time_limit
        self.lines: list[ScenarioLine] = []
        self.judge = judge_of(vendor, strict=strict, waivers=waivers)

    def through(self, act: Act, only: Sequence[str] = ()) -> None:
        """Plays all scenarios, or those of these names. Raises UsageError for an unknown one."""
        for name in only:
            if name not in self._scenarios:
                hint = did_you_mean(name, self._scenarios)
                raise UsageError(f"--scenario {name}: is none{hint}; there are {', '.join(self._scenarios)}")
        for scenario in self._scenarios.values():
            if not only or scenario.name in only:
                before = len(self.judge.violated)
                played = self._play(scenario, act)
                self._judge(scenario, played)
                violated = tuple(dict.fromkeys(self.judge.violated[before:]))
                self.lines.append(ScenarioLine(scenario.name, _describe(played.reported), violated))

    def _play(self, scenario: Scenario, act: Act) -> _Played:
        made = scenario.make()
        made.ready_made()
        elsewhere = Elsewhere()
        self.judge.another_server(scenario.excused)
        with ExitStack() as running:
            away = ""
            if scenario.redirects:
                away = _serve(running, made, lambda app: elsewhere).base_url.removesuffix(made.path)
            server = _serve(running, made, self._around(scenario, away))
            conversation = server.conversations[0]
            task = Task(
                server.base_url,
                f"{server.api_key}-x" if scenario.wrong == "key" else server.api_key,
                self._contract.unknown_id if scenario.wrong == "conversation" else conversation,
                scenario.new_name,
            )
            before = server.conversation(conversation).name
            reported = act(task, self._time_limit)
            name = server.conversation(conversation).name
            renamed = name == scenario.new_name if scenario.new_name else name.strip() not in ("", before)
        return _Played(reported, renamed, self.judge.refused, bool(elsewhere.credentials))

    def _around(self, scenario: Scenario, elsewhere: str) -> Around:
        watched = watching(self.judge)
        if scenario.behaviour is None:
            return watched
        behaviour = scenario.behaviour
        return lambda app: watched(behaviour(app, self._routes, elsewhere))

    def _judge(self, scenario: Scenario, played: _Played) -> None:
        for row in self._contract.requirements:
            if row.check == "acts" and _speaks_of(row, scenario):
                found = _EXPECTED[row.detail["expects"]](played)
                if found is not None:
                    self.judge.acted(row, scenario.name, found)

    def result(self, path: Path | None = None) -> Result:
        """The verdicts; with a ``path``, the record is written there. Raises UsageError."""
        return self.judge.snapshot(Path("client.jsonl")) if path is None else self.judge.result(path)

    def describe(self) -> Iterator[str]:
        """A line for each scenario: what the client reported, and what it violated there."""
        for line in self.lines:
            text = f"  {line.scenario:<24} {line.reported}"
            yield f"{text}: violates {', '.join(line.violated)}" if line.violated else text


def _serve(running: ExitStack, made: Emulator, around: Around) -> Running:
    served = start(made, around=around)
    running.callback(served.stop)
    return served


def _speaks_of(row: Requirement, scenario: Scenario) -> bool:
    return any(fnmatchcase(scenario.name, pattern) for pattern in row.detail["scenarios"])


def _describe(reported: Reported) -> str:
    if not reported.ended:
        return "no end"
    return "success" if reported.done else f"a failure{f' ({reported.says})' if reported.says else ''}"


def _success(played: _Played) -> list[Mismatch] | None:
    if not played.renamed or not played.reported.ended:
        return None  # whether the name arrives is another question
    if played.reported.done:
        return []
    return [
        _mismatch("success, since the server renamed the conversation", _describe(played.reported), "reported failed")
    ]


def _failure(played: _Played) -> list[Mismatch] | None:
    if not played.reported.ended:
        return None
    return (
        [_mismatch("a failure, since the server refused", "success", "reported done")] if played.reported.done else []
    )


def _name(played: _Played) -> list[Mismatch] | None:
    if not played.reported.done:
        return None
    return [] if played.renamed else [_mismatch("the name that the client was given", "another one", "other name")]


def _outcome(played: _Played) -> list[Mismatch] | None:
    if not played.reported.ended or (played.refused and played.reported.done):
        return None  # whether a refusal is believed is another question
    if played.reported.done is played.renamed:
        return []
    expected = "success, since the server has the name" if played.renamed else "a failure, since the server has it not"
    return [_mismatch(expected, _describe(played.reported), "otherwise reported")]


def _ends(played: _Played) -> list[Mismatch] | None:
    return [] if played.reported.ended else [_mismatch("an end", "none within the time limit", "no end")]


def _keeps_key(played: _Played) -> list[Mismatch] | None:
    return [_mismatch("no credential at another origin", "the credential", "given away")] if played.given_away else []


def _mismatch(expected: str, actual: str, signature: str) -> Mismatch:
    return Mismatch("behaviour", "", expected, actual, signature)


_EXPECTED: dict[str, Callable[[_Played], list[Mismatch] | None]] = {
    "success": _success,
    "failure": _failure,
    "name": _name,
    "outcome": _outcome,
    "end": _ends,
    "no-credential": _keeps_key,
}


def calling(rename: Callable[[str, str, str, str], object]) -> Act:
    """Carries tasks out by a function of (base_url, key, conversation, name), which raises where it fails."""

    def act(task: Task, seconds: float) -> Reported:
        reported: list[Reported] = []

        def call() -> None:
            try:
                rename(task.base_url, task.key, task.conversation, task.name)
                reported.append(Reported(done=True))
            except Exception as problem:
                reported.append(Reported(done=False, says=type(problem).__name__))

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(seconds)
        return reported[0] if reported else Reported(done=False, ended=False)

    return act


def play_client(
    vendor: str,
    rename: Callable[[str, str, str, str], object],
    *,
    only: Sequence[str] = (),
    strict: bool = False,
    time_limit: float = TIME_LIMIT,
    waivers: str | Path | None = None,
    output: str | Path | None = None,
    tell: Callable[[list[str]], object] | None = None,
) -> Result:
    """Plays a function ``rename(base_url, key, conversation, name)`` through the scenarios of a vendor.

    It raises an exception where it fails; an empty name asks for a generated one. ``only``: names of scenarios; without
    them, all. With ``strict`` a SHOULD that fails makes the exit code 1, too. ``waivers``: a file, or a folder with
    VENDOR-client.yaml (default: waivers). ``output``: writes the record there. ``tell`` gets lines for people: one for
    each scenario, then the verdicts. Raises UsageError.
    """
    play = Play(vendor, strict=strict, time_limit=time_limit, waivers=None if waivers is None else Path(waivers))
    path = None if output is None else Path(output)
    with nullcontext() if path is None else play.judge.keeping(path):
        play.through(calling(rename), only)
    result = play.result(path)
    if tell is not None:
        tell([*play.describe(), render([result])])
    return result
