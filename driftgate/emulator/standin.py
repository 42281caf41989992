"""An emulator as somebody asks for it, with seed data or without; and one to develop against, for a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.emulator.base import Emulator
from driftgate.emulator.choice import EMULATORS, chosen
from driftgate.emulator.editions import EDITIONS
from driftgate.emulator.running import Running, start

Rows = Sequence[Mapping[str, Any]]


def emulator(vendor: str, edition: str) -> Emulator:
    """The emulator that keeps this edition; the vendor's usual one where none was made for it."""
    return EDITIONS.get((vendor, edition), EMULATORS[vendor])()


@contextmanager
def emulate(
    vendor: str,
    *,
    fault: Sequence[str] = (),
    as_built: str | None = None,
    model_fails: bool = False,
    latency: float = 0.0,
    seed_data: str | Path | Rows | None = None,
    port: int = 0,
) -> Iterator[Running]:
    """A vendor's emulator, served on loopback until the block is left.

    ``fault`` names promises that it breaks, ``as_built`` the version of the product that it answers as; ``latency`` is
    in seconds, ``seed_data`` a file or the rows of one. Raises UsageProblem.
    """
    faults = (fault,) if isinstance(fault, str) else fault
    fresh = furnished(chosen(vendor, faults=faults, as_built=as_built, model_fails=model_fails), seed_data)
    try:
        running = start(fresh(), port=port, latency=latency, fresh=fresh)
    except OSError as problem:
        raise UsageProblem(f"port {port}: cannot be used ({problem.strerror})") from None
    try:
        yield running
    finally:
        running.stop()


def furnished(make: type[Emulator], seed_data: str | Path | Rows | None) -> Callable[[], Emulator]:
    """Makes emulators that hold the seed data, or without any the ready-made conversations. Raises UsageProblem."""
    if seed_data is None:
        rows = None
    else:
        from driftgate.emulator.seed import rows_of  # noqa: PLC0415  # the validator takes longer to import than to start

        rows = rows_of(make.vendor, seed_data)

    def fresh() -> Emulator:
        made = make()
        if rows is None:
            made.ready_made()
        else:
            made.seed(rows)
        return made

    return fresh
