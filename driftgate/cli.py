"""The command ``driftgate``: run the suites, serve an emulator, list the contracts."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from driftgate import __version__
from driftgate.arguments import Parser
from driftgate.contract import Contract, available, load_contract
from driftgate.drift import Severity, compare
from driftgate.drift.report import FORMATS
from driftgate.emulator import command
from driftgate.errors import UsageProblem
from driftgate.options import TABLE
from driftgate.paths import SUITES
from driftgate.prepare import overall
from driftgate.recordfile import baseline_of, read_record
from driftgate.report import html, markdown, terminal
from driftgate.result import result_of
from driftgate.verdict import Exit

# Only what a run needs: plugins of the surrounding environment may have options of the same names.
_PYTEST = ("--disable-plugin-autoload", "-p", "allure_pytest", "-p", "driftgate.plugin", "-p", "no:cacheprovider")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["run"] and not {"-h", "--help"} & set(given):
        return _run(given[1:])
    parsed = _parser().parse_args(given)
    try:
        code: int = parsed.act(parsed)
    except UsageProblem as problem:
        print(f"driftgate: {problem}", file=sys.stderr)  # noqa: T201
        return Exit.USAGE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="driftgate", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--version", action="version", version=f"driftgate {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    run = commands.add_parser("run", help="judge targets; takes pytest's options too", add_help=True)
    for option, settings in TABLE.items():
        run.add_argument(option, **settings)

    command.options(commands.add_parser("emulate", help=command.HELP))

    drift = commands.add_parser("drift", help="compare two records of a target")
    drift.add_argument("baseline", type=Path, metavar="BASELINE", help="the record of then")
    drift.add_argument("current", type=Path, metavar="CURRENT", help="the record of now")
    drift.add_argument("--format", choices=sorted(_DRIFTS), default="text", help="text (the default), md, html or json")
    drift.add_argument(
        "--fail-on", choices=sorted(_FAILING), default="breaking", help="breaking (the default), warning or any"
    )
    drift.set_defaults(act=_drift)

    report = commands.add_parser("report", help="render the report of records again, offline")
    report.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="one for each target")
    report.add_argument("--format", choices=sorted(_REPORTS), default="text", help="text (the default), md or html")
    report.add_argument(
        "--baseline", type=Path, metavar="PATH", help="compare with this record, or with TARGET.jsonl in this folder"
    )
    report.set_defaults(act=_report)

    baseline = commands.add_parser("baseline", help="keep a record to compare later ones with")
    actions = baseline.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    accept = actions.add_parser("accept", help="make a record the baseline of its target, and print what that accepts")
    accept.add_argument("record", type=Path, metavar="RECORD")
    accept.add_argument("--baselines", type=Path, default=Path("reports/baselines"), metavar="DIR")
    accept.set_defaults(act=_accept)

    contracts = commands.add_parser("contracts", help="list vendors, editions and requirements")
    contracts.add_argument("vendor", nargs="?", metavar="VENDOR", help="list the requirements of this vendor")
    contracts.add_argument("--contracts", action="append", metavar="DIR", help="look for contracts in this folder too")
    contracts.set_defaults(act=_contracts)
    return parser


_DRIFTS = {**FORMATS, "html": html.drift_page}
_REPORTS = {"text": terminal.plain, "md": markdown.page, "html": html.page}
_FAILING = {"breaking": Severity.BREAKING, "warning": Severity.WARNING, "any": Severity.INFO}


def _run(arguments: Sequence[str]) -> int:
    """pytest over the suites, apart from any pytest configuration of the folder it is called in."""
    configuration = SUITES / "pytest.ini"
    return int(
        pytest.main(
            [
                "-c",
                str(configuration),
                f"--rootdir={SUITES}",
                "--import-mode=importlib",
                *_PYTEST,
                str(SUITES),
                *arguments,
            ]
        )
    )


def _drift(parsed: argparse.Namespace) -> int:
    drift = compare(read_record(parsed.baseline), read_record(parsed.current))
    _show([_DRIFTS[parsed.format](drift)])
    failed = drift.worst is not None and drift.worst >= _FAILING[parsed.fail_on]
    return Exit.DRIFT if failed else Exit.CONFORMS


def _report(parsed: argparse.Namespace) -> int:
    """Renders records as the run did, and ends with the exit code that the run had."""
    results = [
        result_of(record, baseline_of(parsed.baseline, record.header["target"]["name"]))
        for record in map(read_record, parsed.records)
    ]
    _show([_REPORTS[parsed.format](results)])
    return overall(results)


def _accept(parsed: argparse.Namespace) -> int:
    """Copies the record over the baseline of its target, after telling what changes by that."""
    record = read_record(parsed.record)
    place = parsed.baselines / f"{record.header['target']['name']}.jsonl"
    lines = [FORMATS["text"](compare(read_record(place), record))] if place.exists() else []
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parsed.record, place)
    except OSError as problem:
        raise UsageProblem(f"{place}: cannot be written to ({problem.strerror})") from None
    return _show([*lines, f"{place}: {'accepted' if lines else 'first baseline'}"])


def _contracts(parsed: argparse.Namespace) -> int:
    folders = tuple(map(Path, parsed.contracts or ()))
    vendors = [parsed.vendor] if parsed.vendor else list(available(folders))
    contracts = [load_contract(vendor, folders) for vendor in vendors]
    lines = [
        line for contract in contracts for line in (_requirements(contract) if parsed.vendor else _overview(contract))
    ]
    return _show(lines)


def _show(lines: Sequence[str]) -> int:
    """Prints lines for people and pipes."""
    try:
        print("\n".join(lines))  # noqa: T201
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
    return Exit.CONFORMS


def _overview(contract: Contract) -> list[str]:
    rename = contract.rename
    number = len(contract.requirements)
    return [f"{contract.vendor:<8} {contract.edition}  {number} requirements  {rename.method} {rename.url}"]


def _requirements(contract: Contract) -> list[str]:
    lines = [f"{contract.title} {contract.edition}: {contract.rename.method} {contract.rename.url}", "", "Parameters"]
    lines += [f"  {each.name}{' (required)' if each.required else ''}: {each.says}" for each in contract.parameters]
    lines += ["", "Requirements"]
    for row in contract.requirements:
        lines += [f"  {row.id}  ({row.level}, {row.check})", f"      {row.says}", f"      {row.source}"]
    lines += ["", "Not tested"]
    for untested in contract.not_tested:
        lines += [f"  {untested.id}", f"      {untested.says}", f"      {untested.why}"]
    return lines
