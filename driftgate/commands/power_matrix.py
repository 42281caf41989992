"""The power of a contract: its emulator is judged once for each fault, and what fails is counted for either side."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.suggest import did_you_mean
from driftgate.contract import Contract, Level, Profile, load_contract
from driftgate.emulator import start
from driftgate.emulator.contracted import Contracted, emulator_of
from driftgate.emulator.contracted.faults import ContractFault, faults_of, with_faults
from driftgate.record.reading import read_record

_STATEFUL = ["--profile=deep", "-k", "stateful"]


@dataclass(frozen=True)
class Power:
    """What was measured: by fault the requirements that fail.

    ``clean`` is the exit code without a fault. ``partly``: not all faults were tried.
    """

    contract: Contract
    faults: Mapping[str, ContractFault]
    noticed: Mapping[str, Sequence[str]]
    clean: int
    partly: bool

    @property
    def unnoticed(self) -> list[str]:
        """The faults that no requirement notices."""
        return [name for name, failed in self.noticed.items() if not failed]

    @property
    def judged(self) -> list[str]:
        """The requirements that can fail here: not what is only observed, and of the profile deep the stateful ones."""
        standard = self.contract.within(Profile.STANDARD).requirements
        stateful = [row for row in self.contract.requirements if row.check == "stateful"]
        rows = {row.id: row for row in (*standard, *stateful)}
        return [name for name, row in rows.items() if row.level is not Level.MAY]

    @property
    def unproven(self) -> list[str]:
        """The requirements that no fault makes fail."""
        proven = {each for failed in self.noticed.values() for each in failed}
        return [] if self.partly else [each for each in self.judged if each not in proven]


def measure(vendor: str, folders: Sequence[Path], only: Sequence[str] = ()) -> Power:
    """Judges the emulator of a vendor's contract without a fault, and with each. Raises UsageError."""
    contract = load_contract(vendor, folders)
    there = faults_of(contract)
    for name in only:
        if name not in there:
            raise UsageError(f"--fault {name}: {vendor} has no such fault{did_you_mean(name, there)}")
    make = emulator_of(contract)
    tried = {name: fault for name, fault in there.items() if not only or name in only}
    clean = 0
    for stateful in sorted({False, *(fault.stateful for fault in tried.values())}):
        clean = clean or _judged(make, folders, stateful)[0]
    noticed = {
        name: _judged(with_faults(make, [fault]), folders, fault.stateful)[1]
        for name, fault in ({} if clean else tried).items()
    }
    return Power(contract, tried, noticed, clean, bool(only))


def _judged(make: type[Contracted], folders: Sequence[Path], stateful: bool) -> tuple[int, list[str]]:
    """The exit code of a run against an emulator, of stateful tests alone or without, and what fails."""
    from driftgate.commands.cli import main  # which loads this module's command

    emulator = make()
    emulator.ready_made()
    running = start(emulator)
    try:
        with tempfile.TemporaryDirectory() as directory:
            given = ["--vendor", make.vendor, "--base-url", running.base_url, "--api-key", running.api_key]
            given += [f"--param={name}={value}" for name, value in running.params.items()]
            given += [f"--contracts={each}" for each in folders]
            given += [f"--conversation={each}" for each in running.conversations if make.contract.create is None]
            given += _STATEFUL if stateful else []
            given += ["--allow-cost", "--strict", "-q", f"--report-dir={directory}"]
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                code = main(["run", *given])
            record = Path(directory) / f"{make.vendor}.jsonl"
            rows = read_record(record).verdicts if record.exists() else ()
            return code, [row.requirement for row in rows if row.verdict == "fail"]
    finally:
        running.stop()


def exit_code(found: Sequence[Power]) -> int:
    """6 where an emulator without a fault does not conform, 1 where a requirement is not proven, else 0."""
    if any(each.clean for each in found):
        return 6
    return 1 if any(each.unproven for each in found) else 0


def render_text(found: Sequence[Power]) -> str:
    return "\n".join(line for each in found for line in _lines(each))


def _lines(power: Power) -> list[str]:
    contract = power.contract
    title = f"{contract.vendor} {contract.edition}"
    if power.clean:
        return [
            f"{title}: the emulator without a fault does not conform (exit {power.clean}): "
            f"driftgate run --vendor {contract.vendor} --strict says why"
        ]
    caught = len(power.noticed) - len(power.unnoticed)
    lines = [f"{title}: {caught} of {len(power.noticed)} faults are noticed"]
    if not power.partly:
        judged = len(power.judged)
        lines[0] += f"; a fault proves {judged - len(power.unproven)} of {judged} requirements"
    if power.unnoticed:
        lines.append("no requirement notices:")
        lines += [f"  {name:<40} {power.faults[name].says}" for name in power.unnoticed]
    if power.unproven:
        lines.append("no fault makes fail:")
        lines += [f"  {contract.requirement(each).id:<40} {contract.requirement(each).says}" for each in power.unproven]
    if power.partly:
        lines += [f"{name}: {', '.join(failed)}" for name, failed in power.noticed.items() if failed]
    return lines


def render_json(found: Sequence[Power]) -> str:
    return json.dumps([_facts(each) for each in found], ensure_ascii=False, indent=2)


def _facts(power: Power) -> dict[str, Any]:
    return {
        "vendor": power.contract.vendor,
        "edition": power.contract.edition,
        "conforms": power.clean == 0,
        "noticed": {name: list(failed) for name, failed in power.noticed.items()},
        "unnoticed": power.unnoticed,
        "unproven": power.unproven,
    }
