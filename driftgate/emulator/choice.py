"""Which emulator a user asks for: of a vendor, an edition or a version of a product, with or without faults.

Nothing here loads a server before one is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from driftgate.base.errors import UsageError
from driftgate.base.suggest import did_you_mean
from driftgate.emulator.vendors import EMULATORS

if TYPE_CHECKING:
    from driftgate.emulator.base import Emulator

_MADE = "{} has no as-built editions; its emulator is made from its contract"


def chosen(
    vendor: str,
    *,
    faults: Sequence[str] = (),
    as_built: str | None = None,
    model_fails: bool = False,
    folders: Sequence[Path] = (),
) -> type[Emulator]:
    """The class of the emulator that was asked for.

    ``folders`` have the contracts of other vendors, whose emulators are made from those. Raises UsageError for an
    unknown vendor, edition or fault.
    """
    if _by_contract(vendor, folders):
        return _contracted(vendor, folders, faults, as_built, model_fails)
    onto = _edition(known(vendor, folders), as_built, model_fails)
    if not faults:
        return onto
    from driftgate.emulator.faults import FAULTS, faulty  # noqa: PLC0415  # reads the contracts

    for name in faults:
        if name not in FAULTS[vendor]:
            hint = did_you_mean(name, FAULTS[vendor])
            raise UsageError(f"--fault {name}: {vendor} has no such fault{hint}; --list-faults lists them")
    return type(faulty(vendor, faults, onto=onto))


def _by_contract(vendor: str, folders: Sequence[Path]) -> bool:
    """Whether a vendor has a contract and no emulator of its own."""
    if vendor in EMULATORS:
        return False
    from driftgate.contract import available  # noqa: PLC0415  # loads YAML

    return vendor in available(folders)


def _contracted(
    vendor: str, folders: Sequence[Path], faults: Sequence[str], as_built: str | None, model_fails: bool
) -> type[Emulator]:
    from driftgate.contract import load_contract  # noqa: PLC0415  # loads YAML
    from driftgate.emulator.contracted import emulator_of  # noqa: PLC0415  # loads a server

    if as_built or model_fails:
        raise UsageError(f"--as-built and --model-fails: {_MADE.format(vendor)}")
    make = emulator_of(load_contract(vendor, folders))
    if not faults:
        return make
    from driftgate.emulator.contracted.faults import faults_of, with_faults  # noqa: PLC0415  # not for plain emulators

    there = faults_of(make.contract)
    for name in faults:
        if name not in there:
            hint = did_you_mean(name, there)
            raise UsageError(f"--fault {name}: {vendor} has no such fault{hint}; --list-faults lists them")
    return with_faults(make, [there[name] for name in faults])


def known(vendor: str, folders: Sequence[Path] = ()) -> str:
    """The vendor, if it has an emulator that was written by hand. Raises UsageError."""
    if vendor not in EMULATORS:
        from driftgate.contract import available  # noqa: PLC0415  # loads YAML

        there = sorted({*EMULATORS, *available(folders)})
        raise UsageError(
            f"vendor {vendor!r} has no emulator{did_you_mean(vendor, there)}; there are {', '.join(there)}"
        )
    return vendor


def with_rules_of_clients(vendor: str) -> str:
    """The vendor, if there are rules of its clients. Raises UsageError."""
    if vendor not in EMULATORS:
        hint = did_you_mean(vendor, EMULATORS)
        raise UsageError(f"there are rules of clients for {', '.join(EMULATORS)} alone, and none for {vendor}{hint}")
    return vendor


def _edition(vendor: str, name: str | None, model_fails: bool) -> type[Emulator]:
    if name is None:
        if model_fails:
            raise UsageError(
                "--model-fails needs --as-built: the vendors' pages do not say what happens when the model fails"
            )
        return EMULATORS[vendor]
    from driftgate.emulator.as_built import PRODUCTS, editions, product  # noqa: PLC0415  # reads the rows from files

    if name not in PRODUCTS[vendor]:
        there = ", ".join(PRODUCTS[vendor])
        raise UsageError(
            f"--as-built {name}: {vendor} has no such edition{did_you_mean(name, PRODUCTS[vendor])}; it has {there}"
        )
    if model_fails and not any(row.model_fails for row in editions(vendor)[name].rows):
        raise UsageError(
            f"--model-fails: {editions(vendor)[name].product} has no model that makes titles; leave the option out"
        )
    return product(vendor, name, model_fails=model_fails)


def list_faults(vendor: str, folders: Sequence[Path] = ()) -> list[str]:
    """A line for each fault of a vendor. Raises UsageError for an unknown vendor."""
    if _by_contract(vendor, folders):
        from driftgate.contract import load_contract  # noqa: PLC0415  # loads YAML
        from driftgate.emulator.contracted.faults import faults_of  # noqa: PLC0415  # loads a server

        return [f"{each.name:<40} {each.says}" for each in faults_of(load_contract(vendor, folders)).values()]
    from driftgate.emulator.faults import FAULTS  # noqa: PLC0415  # reads the contracts

    faults = FAULTS[known(vendor, folders)].values()
    return [f"{fault.name:<40} {fault.says} Breaks {', '.join(fault.breaks)}." for fault in faults]


def list_as_built(vendor: str, folders: Sequence[Path] = ()) -> list[str]:
    """The as-built editions of a vendor, with a line for each case. Raises UsageError for an unknown vendor."""
    if _by_contract(vendor, folders):
        raise UsageError(f"--list-as-built: {_MADE.format(vendor)}")
    from driftgate.emulator.as_built import editions  # noqa: PLC0415  # reads the rows from files

    lines = []
    for edition in editions(known(vendor, folders)).values():
        lines += [f"--as-built {edition.name}  {edition.product}, as of {edition.snapshot}"]
        lines += [f"  {row.name:<28} {row.describe()}" for row in edition.rows]
    return lines
