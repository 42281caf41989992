"""The pages of the command line: the commands with their options, and the exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from driftgate.commands.cli import root
from driftgate.record.verdict import Exit
from driftgate.run.options import EMBEDDED_BUDGET, LIVE_BUDGET
from tests.reference.markdown import code, heading, plain, table

# useful options of pytest and its plugins
_OF_PYTEST = (
    ("-k SLUG", "test only requirements whose id contains this; the others are untested"),
    ("-n N", "judge several targets at the same time, in N workers"),
    ("-v", "with several targets: show in the table what passed, too"),
    ("-q", "show less progress"),
    ("--junitxml FILE", "write JUnit XML: a suite for each target, a case for each requirement"),
    ("--alluredir DIR", "write results for Allure"),
)
_ENVIRONMENT = (
    ("DRIFTGATE_API_KEY", "the key, if neither `--api-key` nor `driftgate.toml` has one"),
    ("NAME", "the value of `$NAME` in `driftgate.toml`"),
    ("HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "the proxy, if none is given, and the hosts that need no proxy"),
    ("SSL_CERT_FILE", "trusted certificates in PEM format"),
    ("GITHUB_STEP_SUMMARY", "in GitHub Actions: the file for the job summary"),
)
_OF_EXIT = {
    Exit.CONFORMS: "conforms: every judged MUST passes or is waived; for other commands: done",
    Exit.VIOLATES: "a MUST fails (with `--strict`, a SHOULD too), or a waiver is stale or expired",
    Exit.USAGE: "a wrong option, target, contract, waiver file, record or page: nothing was sent or written",
    Exit.INCONCLUSIVE: "inconclusive: the target could not be judged, or nothing was, or the run left something to restore; "
    "with `--require-verified` also: a MUST is untested because you supplied too little",
    Exit.INTERNAL_ERROR: "driftgate's own error, or a record or report could not be written",
    Exit.DRIFT: "breaking drift (`--baseline`, a pin, `driftgate drift`, `driftgate docs`, `driftgate contracts diff`)",
}
_OF_PYTEST_ALONE = ((2, "the run was interrupted; what it changed was restored"),)
_OF_THE_SYSTEM = (
    (137, "something ended the process at once (SIGKILL); run `driftgate restore`"),
    (
        154,
        "the process was stuck in one place for a minute of processor time, deaf to signals, so the system ended it "
        "(SIGVTALRM); standard error shows where it was stuck: report it, and run `driftgate restore`",
    ),
)


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    parser = root(complete=True)
    yield from ("# Commands and options", "")
    yield from (
        "`driftgate COMMAND --help` shows the same. `driftgate run` needs no checkout; in a checkout `pytest` takes the same",
        "options. A wrong command line leads to [exit code 4](exit-codes.md) and one line that says what to do.",
        "",
    )
    own, nested = _arguments(parser)
    yield from own
    for name, (says, command) in nested.items():
        yield from _command(f"driftgate {name}", says, command)


def _command(name: str, says: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    lines, nested = _arguments(parser)
    if not nested:
        yield from heading(2, code(name))
        yield from (
            plain(parser.description or _sentence(says)),
            "",
            "```text",
            _usage(name, parser),
            "```",
            "",
            *lines,
        )
    for action, (action_says, action_parser) in nested.items():
        yield from _command(f"{name} {action}", action_says or says, action_parser)
    if name == "driftgate run":
        yield from _of_run()


def _of_run() -> Iterator[str]:
    yield from heading(3, "Profiles")
    yield from table(
        ("profile", "most requests to a live target", "most requests to an embedded emulator"),
        ((code(each), str(LIVE_BUDGET[each]), str(EMBEDDED_BUDGET[each])) for each in LIVE_BUDGET),
    )
    yield from heading(3, "Environment variables")
    yield from table(("variable", "meaning"), ((code(name), says) for name, says in _ENVIRONMENT))
    yield from heading(3, "Options of pytest")
    yield from ("`driftgate run` also takes pytest's options. These are useful:", "")
    yield from table(("option", "meaning"), ((code(option), says) for option, says in _OF_PYTEST))


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    parts = [name]
    for action in parser._actions:
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction):
            shown = action.metavar or action.dest.upper()
            shown = f"[{shown}]" if action.nargs in ("?", "*") else shown
            parts.append(f"{shown} …" if action.nargs in ("+", "*") else str(shown))
    parts.append("[options]")
    return " ".join(parts)


Nested = dict[str, tuple[str, argparse.ArgumentParser]]


def _arguments(parser: argparse.ArgumentParser) -> tuple[list[str], Nested]:
    """The table of a parser's arguments, and the parsers of its commands."""
    rows, nested = [], Nested()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            says = {each.dest: each.help or "" for each in action._choices_actions}
            nested = {name: (says.get(name, ""), made) for name, made in action.choices.items()}
        elif not isinstance(action, argparse._HelpAction) and action.help != argparse.SUPPRESS:
            rows.append((", ".join(map(code, _names(action))), _meaning(action)))
    return list(table(("argument", "meaning"), rows)), nested


def _names(action: argparse.Action) -> list[str]:
    """How an argument is written, as the help shows it."""
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    if not action.option_strings:
        return [str(value)]
    if action.nargs == 0:
        return list(action.option_strings)
    return [f"{name} [{value}]" if action.nargs == "?" else f"{name} {value}" for name in action.option_strings]


def _meaning(action: argparse.Action) -> str:
    """What an argument means, with what it is when it is not given, where its help does not say."""
    says = plain(action.help or "")
    default = action.default
    told = default in (None, False, [], "", 0, 0.0, argparse.SUPPRESS) or "default" in says or not action.option_strings
    if action.required and action.option_strings:
        says += " (required)"
    if told or str(default) in says:
        return says
    return f"{says} (default {code(default.as_posix() if isinstance(default, Path) else default)})".strip()


def _sentence(text: str) -> str:
    return f"{plain(text[:1].upper() + text[1:])}."


def exit_codes() -> Iterator[str]:
    """Every exit code."""
    yield from ("# Exit codes", "")
    yield from table(
        ("exit code", "meaning"),
        [(str(int(each)), _OF_EXIT.get(each, each.name.lower().replace("_", " "))) for each in Exit],
    )
    yield from (
        "Error outranks failure, and failure outranks inconclusive. With `--baseline`, breaking drift replaces failure: a",
        "requirement that failed in the baseline and still fails is not drift. [How driftgate reaches a",
        "verdict](../explanation/verdict.md) has the whole order.",
        "",
        "`driftgate run` uses pytest. One of pytest's exit codes remains:",
        "",
    )
    yield from table(("exit code", "meaning"), ((str(number), says) for number, says in _OF_PYTEST_ALONE))
    yield from ("", "A shell shows 128 and the number of a signal where the system ended the process:", "")
    yield from table(("exit code", "meaning"), ((str(number), says) for number, says in _OF_THE_SYSTEM))
