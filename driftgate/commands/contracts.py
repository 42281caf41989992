"""``driftgate contracts`` lists and compares contracts; ``driftgate docs`` compares one with the vendor's pages."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageProblem
from driftgate.commands.common import contracts_option, drift_options, folders, show, tell
from driftgate.contract import Contract, available, editions_of, load_contract
from driftgate.docs import between, contract_named, drift_of_pages
from driftgate.record.verdict import Exit


def docs_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", metavar="VENDOR", help="whose contract the pages are compared with")
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a file: OpenAPI, Markdown or text")
    parser.add_argument("--edition", metavar="EDITION", help="of the contract; without it, the current one")
    contracts_option(parser)
    drift_options(parser)
    parser.set_defaults(act=_docs)


def _docs(parsed: argparse.Namespace) -> Exit:
    contract = load_contract(parsed.vendor, folders(parsed), parsed.edition)
    return tell(drift_of_pages(contract, parsed.pages), parsed, apart=True)


def contracts_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="VENDOR | diff A B",
        help="list the requirements of this vendor; or compare A with B, each a vendor, VENDOR@EDITION or a folder",
    )
    parser.add_argument("--edition", metavar="EDITION", help="list this edition; without it, the current one")
    contracts_option(parser)
    drift_options(parser)
    parser.set_defaults(act=_contracts)


def _contracts(parsed: argparse.Namespace) -> Exit:
    found, words = folders(parsed), parsed.words
    if parsed.edition and (len(words) != 1 or words == ["diff"]):
        raise UsageProblem("--edition needs a vendor: driftgate contracts VENDOR --edition EDITION")
    match words:
        case ["diff", before, after]:
            return tell([between(contract_named(before, found), contract_named(after, found))], parsed)
        case ["diff", *_]:
            raise UsageProblem("contracts diff takes two contracts: a vendor, VENDOR@EDITION or a folder each")
        case []:
            show([line for vendor in available(found) for line in _overview(vendor, found)])
        case [vendor]:
            show(_requirements(load_contract(vendor, found, parsed.edition)))
        case _:
            raise UsageProblem(f"contracts lists one vendor, not {len(words)}; contracts diff A B compares two")
    return Exit.CONFORMS


def _overview(vendor: str, found: Sequence[Path]) -> list[str]:
    """A line for each edition, the current one first."""
    contracts = [load_contract(vendor, found, edition) for edition in editions_of(vendor, found)]
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
