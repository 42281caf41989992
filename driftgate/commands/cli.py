"""The command ``driftgate``: judge targets, report, compare, waive, restore, serve emulators, list contracts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from driftgate import __version__
from driftgate.base.errors import UsageProblem
from driftgate.commands import (
    completion,
    contracts,
    doctor,
    drift,
    emulate,
    history,
    init,
    judge,
    reports,
    restore,
    run,
    schema,
    waive,
)
from driftgate.commands.arguments import Parser

_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "init": ("write a driftgate.toml to begin with", init.arguments),
    "doctor": ("say what is installed, configured and reached, and what a run would cost", doctor.arguments),
    "run": ("judge targets; takes pytest's options too", run.arguments),
    "report": ("render the report of records again, offline", reports.report_arguments),
    "merge": ("join the records of shards into one report", reports.merge_arguments),
    "judge": ("judge exchanges of a record or a HAR file again, without sending anything", judge.arguments),
    "restore": ("put back what a run changed that was cut off, from its journal", restore.arguments),
    "drift": ("compare two records of a target", drift.drift_arguments),
    "baseline": ("keep a record to compare later ones with", drift.baseline_arguments),
    "history": ("show what the records of many runs tell together", history.history_arguments),
    "explain": ("print a violation as a bug report, with the exchange that proves it", history.explain_arguments),
    "badge": ("write what a record comes to as the JSON of a Shields endpoint", reports.badge_arguments),
    "waive": ("accept for a time what fails in the last record of a target", waive.arguments),
    "docs": ("compare a vendor's published pages with its contract", contracts.docs_arguments),
    "contracts": ("list vendors, editions and requirements, or compare editions", contracts.contracts_arguments),
    "schema": ("show the JSON Schemas of driftgate's files, or put them where editors find them", schema.arguments),
    "completion": ("print a script that completes in bash, fish or zsh", completion.arguments),
    "emulate": ("serve a vendor's emulator until Ctrl-C", emulate.arguments),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["run"] and not {"-h", "--help"} & set(given):
        return run.run(given[1:])
    parsed = _parser().parse_args(given)
    try:
        code: int = parsed.act(parsed)
    except UsageProblem as problem:
        print(f"driftgate: {problem}", file=sys.stderr)  # noqa: T201
        return problem.exit_code
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="driftgate", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--version", action="version", version=f"driftgate {__version__}")
    parser.set_defaults(whole=parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for name, (says, arguments) in _COMMANDS.items():
        arguments(commands.add_parser(name, help=says))
    return parser
