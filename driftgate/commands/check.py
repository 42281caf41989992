"""``driftgate check`` reads driftgate.toml, waiver files and contracts as a run would, and sends nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.commands.arguments import contracts_option, describe, folders
from driftgate.commands.common import show

_FAILED = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    describe(
        parser,
        "Checks driftgate.toml, waiver files and files of contracts, for a pre-commit hook: reads each as a run would, "
        "needs no keys, and sends nothing. Tells the problems of every file. Exits with 4 when there is one.",
        "driftgate check driftgate.toml waivers/staging.yaml",
        "driftgate check contracts/acme/requirements.yaml",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file to check")
    contracts_option(parser)


def act(parsed: argparse.Namespace) -> int:
    """A line for each file; the files of one vendor are read once."""
    found, lines, failed = folders(parsed), [], False
    for path in dict.fromkeys(_vendor_folder(file) or file for file in parsed.files):
        try:
            lines.append(f"{path}: {_checked(path, found)}")
        except UsageError as problem:
            failed = True
            lines.append(str(problem) if str(path) in str(problem) else f"{path}: {problem}")
    show(lines)
    return _FAILED if failed else 0


def _vendor_folder(file: Path) -> Path | None:
    """The folder of the vendor whose contract a file is a part of."""
    return next((each for each in file.parents if (each / "requirements.yaml").is_file()), None)


def _checked(path: Path, found: Sequence[Path]) -> str:
    """What a file, or the folder of a contract, holds. Raises UsageError."""
    if path.is_dir():
        return _contract(path, found)
    return _targets(path, found) if path.suffix == ".toml" else _waivers(path, found)


def _contract(folder: Path, found: Sequence[Path]) -> str:
    from driftgate.contract import editions_of, load_contract

    beside = (folder.resolve().parent, *found)
    vendor = folder.resolve().name
    editions = [load_contract(vendor, beside, edition).edition for edition in editions_of(vendor, beside)]
    return f"no problems in {', '.join(editions)}"


def _targets(path: Path, found: Sequence[Path]) -> str:
    from driftgate.contract import load_contract
    from driftgate.target.contract_folders import contract_folders
    from driftgate.target.file import read_targets

    targets, beside = read_targets(path), (*found, *contract_folders(path.parent))
    for name, row in targets.items():
        try:
            contract = load_contract(row["vendor"], beside, row.get("edition"))
        except UsageError as problem:
            raise UsageError(f"{path}: targets.{name}: {problem}") from None
        waivers = path.parent / row.get("waivers", "")
        if waivers.is_file():
            _waivers_of(waivers, [each.id for each in contract.requirements])
    return f"no problems; targets: {len(targets)}"


def _waivers(path: Path, found: Sequence[Path]) -> str:
    """Waivers name requirements, which begin with their vendor."""
    from driftgate.contract import available, editions_of, load_contract
    from driftgate.record.waivers import validated

    rows = validated(_text(path), path)
    named = {str(row["requirement"]).partition(".")[0] for kind in ("waivers", "pins") for row in rows.get(kind) or ()}
    known = [vendor for vendor in available(found) if vendor in named]
    contracts = [load_contract(vendor, found, edition) for vendor in known for edition in editions_of(vendor, found)]
    return _waivers_of(path, list(dict.fromkeys(row.id for each in contracts for row in each.requirements)))


def _waivers_of(path: Path, requirements: Sequence[str]) -> str:
    from driftgate.record.pins import parse_pins
    from driftgate.record.waivers import named, parse_waivers

    text, today = _text(path), datetime.now(UTC).date()
    waivers, pins = parse_waivers(text, path, requirements, today), parse_pins(text, path, requirements)
    expired = [each for each in waivers if each.expires < today]
    if expired:
        raise UsageError(
            f"{path}: the waiver of {named(expired[0])} expired on {expired[0].expires}: renew or remove it"
        )
    return f"no problems; waivers: {len(waivers)}, pins: {len(pins)}"


def _text(path: Path) -> str:
    from driftgate.base.yamlfile import text_of

    if not path.is_file():
        raise UsageError(f"{path}: is not a file that can be checked")
    return text_of(path)
