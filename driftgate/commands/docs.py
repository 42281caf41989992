"""``driftgate docs`` compares a vendor's published pages with its contract."""

from __future__ import annotations

import argparse
from pathlib import Path

from driftgate.commands.arguments import EXAMPLE, contracts_option, describe, drift_options, folders
from driftgate.commands.common import show_drift


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Compares pages that a vendor has published with the vendor's contract and shows what they change. The pages "
        "are files that you saved; nothing is fetched. Exits with 8 on breaking drift.",
        f"driftgate docs {EXAMPLE} openapi.json",
    )
    parser.add_argument("vendor", metavar="VENDOR", help="the vendor whose contract the pages are compared with")
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="a file: OpenAPI, Markdown or text")
    parser.add_argument("--edition", metavar="EDITION", help="the edition of the contract; without it, the current one")
    contracts_option(parser)
    drift_options(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.contract import load_contract
    from driftgate.docs import drift_of_pages

    contract = load_contract(parsed.vendor, folders(parsed), parsed.edition)
    return show_drift(drift_of_pages(contract, parsed.pages), parsed, apart=True)
