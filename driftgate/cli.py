"""The command ``driftgate``: run the suites, serve an emulator, list the contracts."""

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

from driftgate import __version__
from driftgate.contract import Contract, available, load_contract
from driftgate.docs import between, contract_named, drift_of_pages
from driftgate.drift import Drift, Severity, compare
from driftgate.drift.report import FORMATS, each_told
from driftgate.emulator import EMULATORS
from driftgate.emulator.command import serve
from driftgate.errors import UsageProblem
from driftgate.options import TABLE
from driftgate.paths import SUITES
from driftgate.recordfile import read_record
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

    drift = commands.add_parser("drift", help="compare two records of a target")
    drift.add_argument("baseline", type=Path, metavar="BASELINE", help="the record of then")
    drift.add_argument("current", type=Path, metavar="CURRENT", help="the record of now")
    _add_report_options(drift)
    drift.set_defaults(act=_drift)

    docs = commands.add_parser("docs", help="compare a vendor's published pages with its contract")
    docs.add_argument("vendor", metavar="VENDOR", help="whose contract the pages are compared with")
    docs.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a file: OpenAPI, Markdown, or a page's text")
    docs.add_argument("--contracts", action="append", metavar="DIR", help="look for contracts in this folder too")
    _add_report_options(docs)
    docs.set_defaults(act=_docs)

    baseline = commands.add_parser("baseline", help="keep a record to compare later ones with")
    actions = baseline.add_subparsers(required=True, metavar="ACTION", parser_class=_Parser)
    accept = actions.add_parser("accept", help="make a record the baseline of its target, and print what that accepts")
    accept.add_argument("record", type=Path, metavar="RECORD")
    accept.add_argument("--baselines", type=Path, default=Path("reports/baselines"), metavar="DIR")
    accept.set_defaults(act=_accept)

    contracts = commands.add_parser("contracts", help="list vendors, editions and requirements, or compare editions")
    contracts.add_argument(
        "words",
        nargs="*",
        metavar="VENDOR | diff A B",
        help="list the requirements of this vendor; or compare A with B, each a vendor, VENDOR@EDITION or a folder",
    )
    contracts.add_argument("--contracts", action="append", metavar="DIR", help="look for contracts in this folder too")
    _add_report_options(contracts)
    contracts.set_defaults(act=_contracts)
    return parser


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    """How drift is told, and which drift fails."""
    parser.add_argument("--format", choices=sorted(FORMATS), default="text", help="text (the default), md or json")
    parser.add_argument(
        "--fail-on", choices=sorted(_FAILING), default="breaking", help="breaking (the default), warning or any"
    )


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


def _drift(parsed: argparse.Namespace) -> int:
    drift = compare(read_record(parsed.baseline), read_record(parsed.current))
    _show([FORMATS[parsed.format](drift)])
    return _drift_code([drift], parsed.fail_on)


def _drift_code(drifts: Sequence[Drift], fail_on: str) -> int:
    failed = any(drift.worst is not None and drift.worst >= _FAILING[fail_on] for drift in drifts)
    return Exit.DRIFT if failed else Exit.CONFORMS


def _docs(parsed: argparse.Namespace) -> int:
    contract = load_contract(parsed.vendor, _folders(parsed))
    drifts = drift_of_pages(contract, parsed.pages)
    _show([each_told(drifts, parsed.format)])
    return _drift_code(drifts, parsed.fail_on)


def _folders(parsed: argparse.Namespace) -> tuple[Path, ...]:
    return tuple(map(Path, parsed.contracts or ()))


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
    folders = _folders(parsed)
    match parsed.words:
        case ["diff", before, after]:
            drift = between(contract_named(before, folders), contract_named(after, folders))
            _show([FORMATS[parsed.format](drift)])
            return _drift_code([drift], parsed.fail_on)
        case ["diff", *_]:
            raise UsageProblem("contracts diff takes two contracts: a vendor, VENDOR@EDITION or a folder each")
        case []:
            return _show([line for vendor in available(folders) for line in _overview(load_contract(vendor, folders))])
        case [vendor]:
            return _show(_requirements(load_contract(vendor, folders)))
    raise UsageProblem(f"contracts lists one vendor, not {len(parsed.words)}; contracts diff A B compares two")


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
