"""Before the runs: one for each target that the options ask for, with its waivers and its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from driftgate import products
from driftgate.base.errors import UsageError
from driftgate.emulator import EMULATED
from driftgate.record import waivers
from driftgate.record.pins import read_pins
from driftgate.record.reading import baseline_of
from driftgate.record.record import Record
from driftgate.record.verdict import Waiver
from driftgate.run.options import Options
from driftgate.run.target_run import TargetRun
from driftgate.session import journal
from driftgate.target.model import Target
from driftgate.target.resolve import resolve


def prepare(options: Options, directory: Path) -> list[TargetRun]:
    """One run for each target that the options ask for. Raises UsageError; sends nothing."""
    targets = resolve(options.target_options, folders=options.contracts, directory=directory, emulated=EMULATED)
    targets = list(options.shard.of(targets)) if options.shard else targets
    runs = []
    for target in targets:
        path, accepted = accepted_by(target, directory, options.waivers)
        baseline = baseline_for(target, options.baseline or target.baseline)
        # waivers know the whole contract: one of what only a larger profile asks is not stale in a smaller one
        asked = replace(target, contract=target.contract.within(options.profile))
        pins = read_pins(path, [row.id for row in target.contract.requirements])
        runs.append(TargetRun(asked, options, accepted, path, baseline, pins, of_products(target)))
    return runs


def of_products(target: Target) -> Mapping[str, Sequence[Waiver]]:
    """What each product that the target is, or may be, is known to violate. Raises UsageError."""
    known = [requirement.id for requirement in target.contract.requirements]
    found = [target.product] if target.product else target.candidates
    return {each.address: products.accepted(each, known, datetime.now(UTC).date()) for each in found}


def accepted_by(target: Target, directory: Path, asked: Path | None = None) -> tuple[Path, list[Waiver]]:
    """The waiver file of a target, and what it holds; nothing where there is none. Raises UsageError."""
    path = _waiver_file(asked, target, directory)
    known = [requirement.id for requirement in target.contract.requirements]
    return path, waivers.read_waivers(path, known, datetime.now(UTC).date())


def _waiver_file(asked: Path | None, target: Target, directory: Path) -> Path:
    """Where a target's waivers are; what is named has to be there. Raises UsageError."""
    if asked is not None:
        if not asked.exists():
            raise UsageError(f"--waivers {asked}: does not exist")
        return asked / f"{target.name}.yaml" if asked.is_dir() else asked
    if target.waivers and not target.waivers.exists():
        raise UsageError(f"{target.waivers}: the waiver file of target {target.name} does not exist")
    return target.waivers or directory / "waivers" / f"{target.name}.yaml"


def baseline_for(target: Target, path: Path | None) -> Record | None:
    """The record that a target is compared with, of the same vendor. Raises UsageError."""
    earlier = baseline_of(path, target.name)
    if earlier is None:
        return None
    vendor = earlier.header.contract.vendor
    if vendor != target.contract.vendor:
        raise UsageError(
            f"--baseline {earlier.path}: is of {vendor}, but target {target.name} is of {target.contract.vendor}"
        )
    return earlier


def check_journals(runs: Iterable[TargetRun]) -> None:
    """Raises UsageError where an earlier run against one of the targets left something to restore."""
    for run in runs:
        if not run.target.embedded:
            journal.check(journal.path_for(run.options.report_dir, run.target), run.target)
