"""``driftgate contracts`` lists contracts, checks their files and compares their editions."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import EXAMPLE, contracts_option, describe, drift_options, folders
from driftgate.commands.common import show, show_drift
from driftgate.contract import Contract, available, editions_of, load_contract


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Lists the vendors that have a contract, with their editions; or the requirements of one vendor. Checks the "
        "files of a vendor, and tells every problem with its file and line. Or tells what changed from one edition to "
        "another.",
        "driftgate contracts",
        f"driftgate contracts {EXAMPLE}",
        "driftgate contracts check acme --contracts contracts",
        f"driftgate contracts diff {EXAMPLE}@2026-06 {EXAMPLE}@2026-07",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="VENDOR | check VENDOR | diff A B",
        help="list this vendor's requirements; check its files; or compare A with B, each a vendor, VENDOR@EDITION or "
        "a folder",
    )
    parser.add_argument("--edition", metavar="EDITION", help="list this edition; without it, the current one")
    contracts_option(parser)
    drift_options(parser)


def act(parsed: argparse.Namespace) -> int:
    found, words = folders(parsed), parsed.words
    if parsed.edition and (len(words) != 1 or words[0] in ("check", "diff")):
        raise UsageError("--edition needs a vendor: driftgate contracts VENDOR --edition EDITION")
    match words:
        case ["diff", before, after]:
            return _compare(before, after, parsed)
        case ["diff", *_]:
            raise UsageError("contracts diff takes two contracts, each a vendor, VENDOR@EDITION or a folder")
        case ["check", vendor]:
            show(_checked(vendor, found))
        case ["check", *_]:
            raise UsageError("contracts check takes one vendor: driftgate contracts check VENDOR")
        case []:
            show([line for vendor in available(found) for line in _overview(vendor, found)])
        case [vendor]:
            show(_requirements(load_contract(vendor, found, parsed.edition)))
        case _:
            raise UsageError(f"contracts lists one vendor, not {len(words)}; contracts diff A B compares two")
    return 0


def _compare(before: str, after: str, parsed: argparse.Namespace) -> int:
    from driftgate.docs import between, contract_named

    found = folders(parsed)
    return show_drift([between(contract_named(before, found), contract_named(after, found))], parsed, by_rule=True)


def _checked(vendor: str, found: Sequence[Path]) -> list[str]:
    """A line for each edition that holds together. Raises UsageError with every problem of one that does not."""
    contracts = [load_contract(vendor, found, edition) for edition in editions_of(vendor, found)]
    return [
        f"{vendor} {each.edition}: no problems; requirements: {len(each.requirements)}, examples: {len(each.examples)}"
        for each in contracts
    ]


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
