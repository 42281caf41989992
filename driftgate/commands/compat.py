"""``driftgate compat`` shows which product keeps which requirement."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import EXAMPLE, describe, output_option
from driftgate.commands.common import put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from driftgate.products.compat import Matrix


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Shows which version of a product keeps which requirement, as its records prove, and beside them "
        "the targets whose records you give. Sends nothing. Exits with 0 whatever the outcome is.",
        f"driftgate compat --vendor {EXAMPLE}",
        f"driftgate compat --keeps {EXAMPLE}.rename.user-required",
        "driftgate compat reports/latest/staging.jsonl --format html --output compat.html",
    )
    parser.add_argument("records", type=Path, nargs="*", metavar="RECORD", help="records of your targets, one for each")
    parser.add_argument("--vendor", metavar="VENDOR", help="show only this vendor's products")
    parser.add_argument("--keeps", metavar="REQUIREMENT", help="show which products keep this requirement")
    parser.add_argument(
        "--changes",
        nargs=2,
        metavar=("BEFORE", "AFTER"),
        help="show what differs between two products (VENDOR@VERSION) or targets",
    )
    parser.add_argument(
        "--format", choices=("html", "json", "md", "text"), default="text", help="the format (default text)"
    )
    parser.add_argument(
        "--proofs",
        default="../products",
        metavar="URL",
        help="where the folder of products is, for links of html and md (default ../products)",
    )
    output_option(parser)


def act(parsed: argparse.Namespace) -> int:
    from driftgate.products.compat import matrices, records_of

    if (parsed.keeps or parsed.changes) and parsed.format != "text":
        raise UsageError(f"--format {parsed.format}: --keeps and --changes are told as text")
    named = parsed.vendor or _vendor_of(parsed.keeps, ".") or _vendor_of((parsed.changes or [None])[0], "@")
    found = matrices(named, records_of(parsed.records))
    put(_rendered(found, parsed) + "\n", parsed.output)
    return 0


def _vendor_of(name: str | None, separator: str) -> str | None:
    """The vendor in the id of a requirement, or in the address of a product."""
    return name.partition(separator)[0] if name and separator in name else None


def _rendered(matrices: Sequence[Matrix], parsed: argparse.Namespace) -> str:
    from driftgate.report import compat

    if parsed.keeps:
        return compat.render_keeping(matrices[0].keeping(parsed.keeps))
    if parsed.changes:
        return compat.render_changes(matrices[0].changes(*parsed.changes))
    if parsed.format == "html":
        return compat.render_html(matrices, parsed.proofs)
    if parsed.format == "md":
        return compat.render_markdown(matrices, parsed.proofs)
    return compat.render_json(matrices) if parsed.format == "json" else compat.render_text(matrices)
