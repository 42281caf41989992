"""Which emulator a user asks for: the conforming one or an as-built edition, with faults or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from driftgate.base.errors import UsageProblem
from driftgate.base.suggest import did_you_mean
from driftgate.emulator.base import Emulator
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.nuwax import Nuwax

EMULATORS: Mapping[str, type[Emulator]] = {"coze": Coze, "dify": Dify, "nuwax": Nuwax}


def chosen(
    vendor: str, *, faults: Sequence[str] = (), as_built: str | None = None, model_fails: bool = False
) -> type[Emulator]:
    """The emulator of a vendor, of this edition as built where one is named, with these faults. Raises UsageProblem."""
    onto = _edition(known(vendor), as_built, model_fails)
    if not faults:
        return onto
    from driftgate.emulator.faults import FAULTS, faulty  # noqa: PLC0415  # making the catalogue reads the contracts

    for name in faults:
        if name not in FAULTS[vendor]:
            hint = did_you_mean(name, FAULTS[vendor])
            raise UsageProblem(f"--fault {name}: is no fault of {vendor}{hint}; --list-faults lists them")
    return type(faulty(vendor, faults, onto=onto))


def known(vendor: str) -> str:
    """The vendor, when it has an emulator. Raises UsageProblem."""
    if vendor not in EMULATORS:
        hint = did_you_mean(vendor, EMULATORS)
        raise UsageProblem(f"vendor {vendor!r} has no emulator{hint}; there are {', '.join(EMULATORS)}")
    return vendor


def _edition(vendor: str, name: str | None, model_fails: bool) -> type[Emulator]:
    if name is None:
        if model_fails:
            raise UsageProblem("--model-fails needs --as-built: the vendors' pages do not say what happens then")
        return EMULATORS[vendor]
    from driftgate.emulator.as_built import PRODUCTS, editions, product  # noqa: PLC0415  # its rows are read from files

    if name not in PRODUCTS[vendor]:
        there = ", ".join(PRODUCTS[vendor])
        raise UsageProblem(
            f"--as-built {name}: {vendor} has no such edition{did_you_mean(name, PRODUCTS[vendor])}; it has {there}"
        )
    if model_fails and not any(row.model_fails for row in editions(vendor)[name].rows):
        raise UsageProblem(f"--model-fails: no model makes titles in {editions(vendor)[name].product}; leave it out")
    return product(vendor, name, model_fails=model_fails)


def list_faults(vendor: str) -> list[str]:
    """A line for each fault of a vendor."""
    from driftgate.emulator.faults import FAULTS  # noqa: PLC0415  # making the catalogue reads the contracts

    faults = FAULTS[known(vendor)].values()
    return [f"{fault.name:<40} {fault.says} Breaks {', '.join(fault.breaks)}." for fault in faults]


def list_as_built(vendor: str) -> list[str]:
    """The as-built editions of a vendor, each with a line for each case."""
    from driftgate.emulator.as_built import editions  # noqa: PLC0415  # its rows are read from files

    lines = []
    for edition in editions(known(vendor)).values():
        lines += [f"--as-built {edition.name}  {edition.product}, as of {edition.snapshot}"]
        lines += [f"  {row.name:<28} {row.describe}" for row in edition.rows]
    return lines
