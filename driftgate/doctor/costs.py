"""What a run costs: requests, as many as the vendor's emulator takes when it is set up alike, and money."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.paths import TARGETS_FILE
from driftgate.contract import Contract, Profile
from driftgate.doctor.findings import Note, Requests, Status
from driftgate.emulator import EMULATORS, Running, emulator, start
from driftgate.record.reading import read_record
from driftgate.run.options import EMBEDDED_BUDGET, LIVE_BUDGET
from driftgate.target.model import Target

_MEASURED = (Profile.SMOKE, Profile.STANDARD)  # the profile deep sends thousands
_LONGEST_RUN = 120  # seconds for a run against emulators
_PACKAGE = Path(__file__).resolve().parent.parent


def requests_of(targets: Sequence[Target]) -> dict[str, tuple[Requests, ...]]:
    """By the name of each target, what each profile sends; measured on emulators of ours, on loopback."""
    servers = [each for each in targets if not each.embedded and each.contract.vendor in EMULATORS]
    with ThreadPoolExecutor(len(_MEASURED)) as pool:
        measured = dict(zip(_MEASURED, pool.map(lambda profile: _measured(servers, profile), _MEASURED), strict=True))
    return {
        target.name: tuple(
            Requests(
                profile,
                (EMBEDDED_BUDGET if target.embedded else LIVE_BUDGET)[profile],
                measured.get(profile, {}).get(target.name),
            )
            for profile in Profile
        )
        for target in targets
    }


def _measured(targets: Sequence[Target], profile: Profile) -> Mapping[str, int]:
    """How many requests a run sent to an emulator in place of each target; those that could be measured."""
    if not targets:
        return {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = []
        for target in targets:
            server = emulator(target.contract.vendor, target.contract.edition)
            server.ready_made()
            running = start(server)
            stack.callback(running.stop)
            rows.append(_row(target, running))
        (folder / TARGETS_FILE).write_text("\n".join(rows), encoding="utf-8")
        named = [f"--target={target.name}" for target in targets]
        path = os.pathsep.join(filter(None, (str(_PACKAGE.parent), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "driftgate", "run", "-q", f"--profile={profile}", *named]
        try:
            subprocess.run(  # noqa: S603  # our own command
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                timeout=_LONGEST_RUN,
            )
        except subprocess.TimeoutExpired:
            return {}
        return {each.name: sent for each in targets if (sent := _sent(folder, each.name)) is not None}


def _sent(folder: Path, name: str) -> int | None:
    try:
        return int(read_record(folder / "reports" / "latest" / f"{name}.jsonl").footer.requests)
    except UsageError:
        return None


def _row(target: Target, running: Running) -> str:
    """The emulator as a target that is set up like ``target``."""
    params = {name: value for name, value in running.params.items() if name in target.params}
    lent = list(running.conversations[: len(target.conversations)])
    lines = [
        f"[targets.{json.dumps(target.name)}]",
        f"vendor = {json.dumps(target.contract.vendor)}",
        f"edition = {json.dumps(target.contract.edition)}",
        f"base_url = {json.dumps(running.base_url)}",
        f"api_key = {json.dumps(running.api_key)}",
        f"allow_cost = {json.dumps(target.allow_cost)}",
        f"conversations = {json.dumps(lent)}",
        *(f"params.{name} = {json.dumps(value)}" for name, value in params.items()),
    ]
    return "\n".join(lines)


def money(target: Target) -> Note:
    """What asking costs beside requests, as the contract tells it."""
    if target.embedded:
        return Note("money", Status.OK, "the embedded emulator costs nothing")
    asked = _by_cost(target.contract)
    create = target.contract.create
    made = create.costs if create and not target.conversations else None
    if not asked and not made:
        return Note("money", Status.OK, "the contract knows of nothing that costs money")
    counted = ", ".join(f"{number} × {costs}" for costs, number in asked.items())
    rows = f"{sum(asked.values())} requirements and examples ({counted})" if asked else "nothing else"
    if not target.allow_cost:
        return Note("money", Status.OK, f"nothing: allow_cost is off, and so these are not asked: {rows}")
    made = f"making two conversations ({made} each), " if made else ""
    return Note("money", Status.WARNING, f"allow_cost is on, and so a run pays for {made}{rows}")


def _by_cost(contract: Contract) -> Counter[str]:
    """How often each cost arises: requirements, and examples that are sent."""
    costs = [row.costs for row in contract.requirements]
    costs += [example.costs for example in contract.examples if example.request is not None]
    return Counter(each for each in costs if each)
