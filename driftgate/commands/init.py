"""``driftgate init`` writes a driftgate.toml to begin with, and the schemas that editors check it by."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.commands import schema
from driftgate.commands.common import contracts_option, folders, show
from driftgate.contract import load_contract
from driftgate.contract.schemas import own_schema, validator
from driftgate.emulator import EMULATORS
from driftgate.http.network import check_base_url
from driftgate.record.verdict import Exit
from driftgate.target.file import TARGETS_FILE
from driftgate.target.starter import Starter, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--vendor", metavar="VENDOR", help="write one target, of this vendor; without it, the emulators of all vendors"
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="where the target is; without it, the vendor's embedded emulator"
    )
    parser.add_argument("--name", metavar="NAME", help="what to call the target (as its vendor)")
    parser.add_argument(
        "--output", type=Path, default=Path(TARGETS_FILE), metavar="FILE", help=f"write this file ({TARGETS_FILE})"
    )
    contracts_option(parser)
    parser.set_defaults(act=_init)


def _init(parsed: argparse.Namespace) -> Exit:
    """Writes the file, and tells what to do next. Raises UsageProblem, and then has written no file."""
    starters = _starters(parsed)
    path: Path = parsed.output
    if path.exists() or path.is_symlink():
        raise UsageProblem(f"{path}: is there already and is left as it is; remove it, or name another with --output")
    place = schema.schema_place(path.parent, "targets")
    schema.publish(place.parent, ["targets", "waivers"])
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text_of(starters, f"./{schema.seen_from(path.parent, place)}"))
    except OSError as problem:
        raise UsageProblem(f"{path}: cannot be written to ({problem.strerror})") from None
    show([f"{path}: written, and {place.parent} for editors", *_next(starters, path)])
    return Exit.CONFORMS


def _starters(parsed: argparse.Namespace) -> Sequence[Starter]:
    if not parsed.vendor:
        if parsed.base_url or parsed.name:
            option = "--base-url" if parsed.base_url else "--name"
            raise UsageProblem(f"{option} needs --vendor: whose contract does the target keep?")
        return [Starter(vendor, load_contract(vendor, folders(parsed))) for vendor in EMULATORS]
    contract = load_contract(parsed.vendor, folders(parsed))
    name = _name(parsed.name or contract.vendor)
    if parsed.base_url is not None:
        return [Starter(name, contract, check_base_url(parsed.base_url, "--base-url"))]
    if contract.vendor not in EMULATORS:
        raise UsageProblem(f"vendor {contract.vendor} has no emulator: give --base-url")
    return [Starter(name, contract)]


def _name(name: str) -> str:
    """A name that a target may have. Raises UsageProblem."""
    schema_of_targets: Any = own_schema("targets").schema
    if not validator(schema_of_targets["properties"]["targets"]["propertyNames"]).is_valid(name):
        raise UsageProblem(f"--name {name!r}: is no name of a target: 1 to 64 letters, digits, dots, - and _")
    return name


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
    one_of = f"    # or {', '.join(each.name for each in starters[1:])}" if len(starters) > 1 else ""
    return [*lines, f"  driftgate run {named}{one_of}"]
