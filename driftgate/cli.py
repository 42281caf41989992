"""The command ``driftgate``: run the suites, waive what fails, serve an emulator, list the contracts."""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from driftgate import __version__, waive
from driftgate.contract import Contract, available, editions_of, load_contract
from driftgate.drift import Severity, compare
from driftgate.drift.report import FORMATS
from driftgate.emulator import EMULATORS
from driftgate.emulator.command import serve
from driftgate.errors import UsageProblem
from driftgate.judge import command as judge_command
from driftgate.merge import keep, results_of, shards
from driftgate.options import TABLE
from driftgate.paths import SUITES
from driftgate.prepare import overall
from driftgate.recordfile import read_record
from driftgate.report import html, markdown, terminal
from driftgate.verdict import Exit

# Only what a run needs: plugins of the surrounding environment may have options of the same names.
_PYTEST = (
    "--disable-plugin-autoload",
    "-p",
    "allure_pytest",
    "-p",
    "xdist.plugin",
    "-p",
    "driftgate.plugin",
    "-p",
    "no:cacheprovider",
)


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
    parser = _Parser(prog="driftgate", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--version", action="version", version=f"driftgate {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    run = commands.add_parser("run", help="judge targets; takes pytest's options too", add_help=True)
    for option, settings in TABLE.items():
        run.add_argument(option, **settings)

    emulate = commands.add_parser("emulate", help="serve a vendor's emulator until Ctrl-C")
    emulate.add_argument("vendor", metavar="VENDOR", help=", ".join(EMULATORS))
    emulate.add_argument("--port", type=_port, default=0, help="0 takes a free one (the default)")
    emulate.add_argument("--latency", type=_milliseconds, default=0.0, metavar="MS", help="wait before each answer")
    emulate.add_argument("--fault", action="append", default=[], metavar="NAME", help="break this promise (repeatable)")
    emulate.add_argument("--list-faults", action="store_true", help="list the faults of the vendor and end")
    emulate.set_defaults(act=_emulate)

    judge = commands.add_parser("judge", help="judge a record again, or captured traffic, without sending anything")
    judge_command.configure(judge)
    judge.set_defaults(act=_judge)

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

    merge = commands.add_parser("merge", help="join the records of shards into one report")
    merge.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="a record, or a folder of records")
    merge.add_argument("--report-dir", type=Path, default=Path("reports/merged"), metavar="DIR")
    merge.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="TARGET",
        help="fail without a record of it (repeatable)",
    )
    merge.add_argument("--baseline", type=Path, metavar="PATH", help="compare with TARGET.jsonl in this folder")
    merge.set_defaults(act=_merge)

    baseline = commands.add_parser("baseline", help="keep a record to compare later ones with")
    actions = baseline.add_subparsers(required=True, metavar="ACTION", parser_class=_Parser)
    accept = actions.add_parser("accept", help="make a record the baseline of its target, and print what that accepts")
    accept.add_argument("record", type=Path, metavar="RECORD")
    accept.add_argument("--baselines", type=Path, default=Path("reports/baselines"), metavar="DIR")
    accept.set_defaults(act=_accept)

    waiver = commands.add_parser("waive", help="accept for a time what fails in the last record of a target")
    waive.arguments(waiver)
    waiver.set_defaults(act=lambda parsed: _show(waive.waive(parsed)))

    contracts = commands.add_parser("contracts", help="list vendors, editions and requirements")
    contracts.add_argument("vendor", nargs="?", metavar="VENDOR", help="list the requirements of this vendor")
    contracts.add_argument("--edition", metavar="EDITION", help="of this edition; without it, of the current one")
    contracts.add_argument("--contracts", action="append", metavar="DIR", help="look for contracts in this folder too")
    contracts.set_defaults(act=_contracts)
    return parser


_DRIFTS = {**FORMATS, "html": html.drift_page}
_REPORTS = {"text": terminal.plain, "md": markdown.page, "html": html.page}
_FAILING = {"breaking": Severity.BREAKING, "warning": Severity.WARNING, "any": Severity.INFO}


class _Parser(argparse.ArgumentParser):
    """A parser whose errors end with driftgate's exit code for them."""

    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(Exit.USAGE, f"{self.prog}: {message}\n")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return int(text)


def _milliseconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 60_000:
        raise argparse.ArgumentTypeError(f"{text} is no number of milliseconds from 0 to 60000")
    return value / 1000


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


def _emulate(parsed: argparse.Namespace) -> int:
    if parsed.vendor not in EMULATORS:
        raise UsageProblem(f"vendor {parsed.vendor!r} has no emulator; there are {', '.join(EMULATORS)}")
    if not parsed.fault and not parsed.list_faults:
        return serve(EMULATORS[parsed.vendor](), port=parsed.port, latency=parsed.latency)
    from driftgate.emulator.faults import FAULTS, faulty  # noqa: PLC0415  # making the catalogue reads the contracts

    known = FAULTS[parsed.vendor]
    if parsed.list_faults:
        return _show([f"{fault.name:<40} {fault.says} Breaks {', '.join(fault.breaks)}." for fault in known.values()])
    for name in parsed.fault:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise UsageProblem(f"--fault {name}: is no fault of {parsed.vendor}{hint}; --list-faults lists them")
    return serve(faulty(parsed.vendor, parsed.fault), port=parsed.port, latency=parsed.latency)


def _judge(parsed: argparse.Namespace) -> int:
    lines, code = judge_command.judge(parsed)
    _show(lines)
    return code


def _drift(parsed: argparse.Namespace) -> int:
    drift = compare(read_record(parsed.baseline), read_record(parsed.current))
    _show([_DRIFTS[parsed.format](drift)])
    failed = drift.worst is not None and drift.worst >= _FAILING[parsed.fail_on]
    return Exit.DRIFT if failed else Exit.CONFORMS


def _report(parsed: argparse.Namespace) -> int:
    """Renders records as the run did, and ends with the exit code that the run had."""
    results = results_of(map(read_record, parsed.records), parsed.baseline)
    _show([_REPORTS[parsed.format](results)])
    return overall(results)


def _merge(parsed: argparse.Namespace) -> int:
    """Joins records into one folder with one report, and ends with the exit code that one run would have had."""
    results = results_of(shards(parsed.records, parsed.expect), parsed.baseline)
    keep(results, parsed.report_dir)
    _show([terminal.plain(results), f"report: {parsed.report_dir / 'report.html'}"])
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
    if parsed.vendor:
        return _show(_requirements(load_contract(parsed.vendor, folders, parsed.edition)))
    if parsed.edition:
        raise UsageProblem("--edition needs a vendor: driftgate contracts VENDOR --edition EDITION")
    return _show([line for vendor in available(folders) for line in _overview(vendor, folders)])


def _show(lines: Sequence[str]) -> int:
    """Prints lines for people and pipes."""
    try:
        print("\n".join(lines))  # noqa: T201
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
    return Exit.CONFORMS


def _overview(vendor: str, folders: Sequence[Path]) -> list[str]:
    """A line for each edition, the current one first."""
    contracts = [load_contract(vendor, folders, edition) for edition in editions_of(vendor, folders)]
    return [
        f"{vendor:<8} {each.edition}  {len(each.requirements)} requirements  {each.rename.method} {each.rename.url}"
        + (f"  --edition {each.edition}" if each is not contracts[0] else "")
        for each in contracts
    ]


def _requirements(contract: Contract) -> list[str]:
    lines = [f"{contract.title} {contract.edition}: {contract.rename.method} {contract.rename.url}", "", "Parameters"]
    lines += [f"  {each.name}{' (required)' if each.required else ''}: {each.says}" for each in contract.parameters]
    lines += ["", contract.because] if contract.because else []
    lines += ["", "Requirements"]
    for row in contract.requirements:
        lines += [f"  {row.id}  ({row.level}, {row.check})", f"      {row.says}", f"      {row.source}"]
    lines += ["", "Not tested"]
    for untested in contract.not_tested:
        lines += [f"  {untested.id}", f"      {untested.says}", f"      {untested.why}"]
    return lines
