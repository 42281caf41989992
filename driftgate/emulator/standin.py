"""Choosing an emulator by vendor, faults and seed data; and one to develop against, for as long as a block lasts."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from driftgate.emulator.base import Emulator
from driftgate.emulator.coze import Coze
from driftgate.emulator.dify import Dify
from driftgate.emulator.editions import EDITIONS
from driftgate.emulator.nuwax import Nuwax
from driftgate.emulator.running import Running, start
from driftgate.errors import UsageProblem

EMULATORS: Mapping[str, type[Emulator]] = {"coze": Coze, "dify": Dify, "nuwax": Nuwax}

Rows = Sequence[Mapping[str, Any]]


def emulator(vendor: str, edition: str) -> Emulator:
    """The emulator that keeps this edition; the vendor's usual one where none was made for it."""
    return EDITIONS.get((vendor, edition), EMULATORS[vendor])()


@contextmanager
def emulate(
    vendor: str,
    *,
    fault: Sequence[str] = (),
    latency: float = 0.0,
    seed_data: str | Path | Rows | None = None,
    port: int = 0,
) -> Iterator[Running]:
    """A vendor's emulator, served on loopback until the block is left.

    ``fault`` names promises that it breaks, ``latency`` is in seconds, ``seed_data`` is a file or the rows of one.
    Raises UsageProblem.
    """
    fresh = furnished(vendor, (fault,) if isinstance(fault, str) else fault, seed_data)
    try:
        running = start(fresh(), port=port, latency=latency, fresh=fresh)
    except OSError as problem:
        raise UsageProblem(f"port {port}: cannot be used ({problem.strerror})") from None
    try:
        yield running
    finally:
        running.stop()


def furnished(vendor: str, faults: Sequence[str], seed_data: str | Path | Rows | None) -> Callable[[], Emulator]:
    """Makes emulators with these faults that hold the seed data, or without any the ready-made conversations.

    Raises UsageProblem.
    """
    make = chosen(vendor, faults)
    if seed_data is None:
        rows = None
    else:
        from driftgate.emulator.seed import rows_of  # noqa: PLC0415  # the validator takes longer to import than to start

        rows = rows_of(vendor, seed_data)

    def fresh() -> Emulator:
        made = make()
        if rows is None:
            made.ready_made()
        else:
            made.seed(rows)
        return made

    return fresh


def chosen(vendor: str, faults: Sequence[str]) -> type[Emulator]:
    """The emulator of a vendor, with these faults. Raises UsageProblem for names that are not known."""
    if vendor not in EMULATORS:
        raise UsageProblem(
            f"vendor {vendor!r} has no emulator{_meant(vendor, EMULATORS)}; there are {', '.join(EMULATORS)}"
        )
    if not faults:
        return EMULATORS[vendor]
    from driftgate.emulator.faults import FAULTS, faulty  # noqa: PLC0415  # making the catalogue reads the contracts

    for name in faults:
        if name not in FAULTS[vendor]:
            hint = _meant(name, FAULTS[vendor])
            raise UsageProblem(f"--fault {name}: is no fault of {vendor}{hint}; --list-faults lists them")
    return type(faulty(vendor, faults))


def _meant(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
