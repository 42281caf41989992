"""``driftgate init`` writes a driftgate.toml to start from, and the schemas that editors check it by."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.base.paths import TARGETS_FILE
from driftgate.commands import schema
from driftgate.commands.arguments import EXAMPLE, contracts_option, describe, folders
from driftgate.commands.common import show

if TYPE_CHECKING:
    from driftgate.target.starter import Starter


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        f"Writes a {TARGETS_FILE} to start from, with every setting explained, and the schemas by which editors check "
        "it. An existing file is left as it is.",
        "driftgate init",
        f"driftgate init --vendor {EXAMPLE} --base-url https://staging.example/v1 --name staging",
    )
    parser.add_argument(
        "--vendor",
        metavar="VENDOR",
        help="write one target, of this vendor; without it, the emulators of all vendors, or of those in --contracts",
    )
    parser.add_argument("--base-url", metavar="URL", help="the target's URL; without it, the vendor's emulator")
    parser.add_argument("--product", metavar="PRODUCT", help="the product that runs at the base URL, or auto")
    parser.add_argument("--name", metavar="NAME", help="the target's name (default: the vendor's)")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(TARGETS_FILE),
        metavar="FILE",
        help=f"write this file (default {TARGETS_FILE})",
    )
    contracts_option(parser)


def act(parsed: argparse.Namespace) -> int:
    """Writes the file, and says what to do next. Raises UsageError, and then has written no file."""
    from driftgate.target.starter import text_of

    starters = _starters(parsed)
    path: Path = parsed.output
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path}: already exists and is left unchanged; remove it, or name another with --output")
    published = schema.schema_path(path.parent, "targets")
    schema.publish(published.parent, ["targets", "waivers"])
    try:
        with path.open("x", encoding="utf-8") as file:
            contracts = [schema.seen_from(path.parent, Path(each)) for each in parsed.contracts or ()]
            file.write(text_of(starters, f"./{schema.seen_from(path.parent, published)}", contracts))
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written to ({problem.strerror})") from None
    show([f"{path}: written, and {published.parent} for editors", *_next(starters, path)])
    return 0


def _starters(parsed: argparse.Namespace) -> Sequence[Starter]:
    from driftgate.contract import load_contract
    from driftgate.contract.load import vendors_in
    from driftgate.emulator import EMULATED
    from driftgate.http.network import check_base_url
    from driftgate.products import load_product
    from driftgate.target.file import check_name
    from driftgate.target.starter import Starter

    if parsed.product and not parsed.base_url:
        raise UsageError("--product needs --base-url: where does the product run?")
    if not parsed.vendor:
        if parsed.base_url or parsed.name:
            option = "--base-url" if parsed.base_url else "--name"
            raise UsageError(f"{option} needs --vendor: whose contract does the target keep?")
        mine = vendors_in(folders(parsed)) or EMULATED
        return [Starter(vendor, load_contract(vendor, folders(parsed))) for vendor in mine]
    contract = load_contract(parsed.vendor, folders(parsed))
    name = check_name(parsed.name or contract.vendor, "--name")
    if parsed.base_url is not None:
        if parsed.product not in (None, "auto") and load_product(parsed.product).vendor != contract.vendor:
            raise UsageError(f"--product {parsed.product}: is not of {contract.vendor}")
        return [Starter(name, contract, check_base_url(parsed.base_url, "--base-url"), parsed.product)]
    return [Starter(name, contract)]


def _next(starters: Sequence[Starter], path: Path) -> list[str]:
    """What to do next."""
    starter = starters[0]
    lines = ["Next:"]
    if path != Path(TARGETS_FILE):
        lines += [f"  put it as {TARGETS_FILE} into the folder in which driftgate is to run"]
    if starter.base_url is not None and starter.wants_key:
        lines += [f"  export {starter.variable('api_key')}=…"]
    named = f"--target {shlex.quote(starter.name)}"
    if starter.base_url is not None:
        lines += [f"  driftgate doctor {named}"]
    if len(starters) > 1:
        return [*lines, f"  driftgate run    # judges all of them; {named} judges one"]
    return [*lines, f"  driftgate run {named}"]
