"""Every server that driftgate can emulate, conforming and as built, judged as a target of its own name."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from driftgate.contract import load_contract
from driftgate.emulator import EDITIONS, EMULATORS, Emulator, emulator, start
from driftgate.emulator.as_built import PRODUCTS, Edition, editions, product
from driftgate.emulator.faults import faulty
from driftgate.emulator.override import Override
from driftgate.products import Product, available, load_product
from tests.clock import Clock, early
from tests.harness import Judged, judged_of, live_options, run_main

HOME = Path(__file__).parent.parent
AS_BUILT: Mapping[str, Edition] = {
    f"{vendor}-{edition.name}": edition for vendor in sorted(PRODUCTS) for edition in editions(vendor).values()
}
# which edition of a vendor's contract a conforming server keeps; the current one has the vendor's name
CONFORMING: Mapping[str, tuple[str, str]] = {
    **{vendor: (vendor, load_contract(vendor).edition) for vendor in sorted(EMULATORS)},
    **{f"{vendor}-{edition}": (vendor, edition) for vendor, edition in sorted(EDITIONS)},
}
NAMES: Sequence[str] = (*CONFORMING, *AS_BUILT)


def product_of(name: str) -> Product:
    """The real product that an as-built edition answers like."""
    edition = AS_BUILT[name]
    return next(each for each in map(load_product, available(edition.vendor)) if each.as_built == edition.name)


def waivers_of(name: str) -> Path:
    """The waiver file for a product."""
    return product_of(name).waivers


def vendor_of(name: str) -> str:
    return AS_BUILT[name].vendor if name in AS_BUILT else CONFORMING[name][0]


def server_of(name: str, faults: Sequence[str | type[Override]] = ()) -> Emulator:
    """The server of this name; faults, or overrides of its steps, can be put on top of one as built."""
    if name in CONFORMING:
        return emulator(*CONFORMING[name])
    edition = AS_BUILT[name]
    overrides = [each for each in faults if not isinstance(each, str)]
    base = type("Changed", (*overrides, product(edition.vendor, edition.name)), {})
    return faulty(edition.vendor, [each for each in faults if isinstance(each, str)], onto=base)


def judge_server(  # noqa: PLR0913  # each is an aspect of a run
    name: str,
    faults: Sequence[str | type[Override]] = (),
    *,
    waived: bool = False,
    lent: bool = False,
    cost: bool = True,
    options: Sequence[str] = (),
    keep: Path | None = None,
    clock: Clock | None = None,
    product: str | None = None,
) -> Judged:
    """Judges a server as a live target of its name; with its waiver file where ``waived``.

    With conversations that it has where ``lent``, and without what costs money unless ``cost``.
    The record is left in the folder ``keep``, where one is given; ``product`` is what it is compared with. The server's
    clock is ``clock``, or early in a second.
    """
    server = server_of(name, faults)
    server.clock = clock or early()
    conversations = [each.id for each in server.ready_made()][:2] if lent else []
    running = start(server)
    try:
        with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
            target = [f'[targets."{name}"]', f'vendor = "{vendor_of(name)}"', f'base_url = "{running.base_url}"']
            target += [f'edition = "{CONFORMING[name][1]}"'] if name in CONFORMING else []
            target += [f"conversations = {json.dumps(conversations)}"] if lent else []
            target += [f"waivers = {json.dumps(str(waivers_of(name)))}"] if waived else []
            target += [f"product = {json.dumps(product)}"] if product else []
            Path("driftgate.toml").write_text("\n".join(target))
            place = keep or Path("reports")
            given = [f"--target={name}", f"--report-dir={place}", "-q", *live_options(running), *options]
            given = [each for each in given if cost or each != "--allow-cost"]
            code, output = run_main(["run", *given], key=running.api_key)
            return judged_of(place / f"{name}.jsonl", code, output)
    finally:
        running.stop()
