"""What a run costs: requests, as many as the vendor's emulator takes when it is set up alike, and money."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.paths import TARGETS_FILE
from driftgate.contract import Contract, Outcome, Profile
from driftgate.contract.openapi import rename_schema
from driftgate.doctor.findings import Note, Requests, Status
from driftgate.emulator import Running, of_contract, start
from driftgate.record.reading import read_record
from driftgate.record.rows import RecordedExchange
from driftgate.run.options import EMBEDDED_BUDGET, LIVE_BUDGET
from driftgate.target.model import Target

_MEASURED = (Profile.SMOKE, Profile.STANDARD)  # the profile deep sends thousands
_LONGEST_RUN = 120  # seconds for a run against emulators
_PACKAGE = Path(__file__).resolve().parent.parent


def requests_of(targets: Sequence[Target], folders: Sequence[Path]) -> dict[str, tuple[Requests, ...]]:
    """By the name of each target, what each profile sends; measured on emulators of ours, on loopback.

    ``folders`` have the contracts of vendors that are not ours.
    """
    with ThreadPoolExecutor(len(_MEASURED)) as pool:
        found = pool.map(lambda profile: _measured(targets, profile, folders), _MEASURED)
        measured = dict(zip(_MEASURED, found, strict=True))
    return {
        target.name: tuple(
            Requests(
                profile,
                (EMBEDDED_BUDGET if target.embedded else LIVE_BUDGET)[profile],
                *measured.get(profile, {}).get(target.name, ()),
            )
            for profile in Profile
        )
        for target in targets
    }


def _measured(
    targets: Sequence[Target], profile: Profile, folders: Sequence[Path]
) -> Mapping[str, tuple[int, Mapping[str, int]]]:
    """How many requests a run sent to an emulator in place of each target, and what they would have cost elsewhere.

    Targets that could not be measured are left out.
    """
    if not targets:
        return {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = []
        for target in targets:
            if target.embedded:
                rows.append(_embedded_row(target))
                continue
            server = of_contract(target.contract)
            server.ready_made()
            running = start(server)
            stack.callback(running.stop)
            rows.append(_row(target, running))
        (folder / TARGETS_FILE).write_text("\n".join(rows), encoding="utf-8")
        named = [f"--target={target.name}" for target in targets]
        named += [f"--contracts={folder.resolve()}" for folder in folders]
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
        return {each.name: sent for each in targets if (sent := _sent(folder, each)) is not None}


def _sent(folder: Path, target: Target) -> tuple[int, Mapping[str, int]] | None:
    try:
        record = read_record(folder / "reports" / "latest" / f"{target.name}.jsonl")
    except UsageError:
        return None
    return record.footer.requests, Counter(filter(None, (_paid(target.contract, each) for each in record.exchanges)))


def _paid(contract: Contract, exchange: RecordedExchange) -> str | None:
    """What a request costs, as the contract tells it of the operation that creates and of members of a rename."""
    if exchange.role == "create":
        return contract.create.costs if contract.create else None
    if exchange.role != "rename" or exchange.outcome != str(Outcome.SUCCESS) or exchange.request.body is None:
        return None
    try:
        body = json.loads(exchange.request.body.content)
    except ValueError:
        return None
    given = body if isinstance(body, dict) else {}
    return next((costs for member, costs in _costly_members(contract).items() if given.get(member)), None)


def _costly_members(contract: Contract) -> Mapping[str, str]:
    """The members of a rename body that cost something when they are given, and what."""
    properties = rename_schema(contract)["properties"]
    return {name: each["x-costs"] for name, each in properties.items() if "x-costs" in each}


def _embedded_row(target: Target) -> str:
    vendor, edition = json.dumps(target.contract.vendor), json.dumps(target.contract.edition)
    return f"[targets.{json.dumps(target.name)}]\nvendor = {vendor}\nedition = {edition}\nemulator = true"


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


def money(target: Target, requests: Sequence[Requests]) -> Note:
    """What asking costs beside requests: counted on the emulator, and what the contract tells of other servers."""
    if target.embedded:
        return Note("money", Status.OK, "the embedded emulator costs nothing")
    elsewhere = _by_cost(target.contract)
    create = target.contract.create
    made = create.costs if create and not target.conversations else None
    if not any(_costs(target.contract)) and not made:
        return Note("money", Status.OK, "the contract knows of nothing that costs money")
    if not target.allow_cost:
        asked = Counter(_costs(target.contract))
        return Note("money", Status.OK, f"nothing: allow_cost is off, and so these are not asked: {_counted(asked)}")
    paid = [f"{_counted(row.paid) or 'nothing'} in {row.profile}" for row in requests if row.on_emulator is not None]
    told = ", ".join(paid) or "an unknown number of requests"
    more = f"; and where the server does more than it must: {_counted(elsewhere)}" if elsewhere else ""
    return Note("money", Status.WARNING, f"allow_cost is on: on a conforming server a run pays for {told}{more}")


def _counted(costs: Mapping[str, int]) -> str:
    return ", ".join(f"{number} × {what}" for what, number in costs.items())


def _costs(contract: Contract) -> Iterator[str]:
    """What requirements cost, and examples that are sent."""
    yield from (row.costs for row in contract.requirements if row.costs)
    yield from (row.costs for row in contract.examples if row.costs and row.request is not None)


def _by_cost(contract: Contract) -> Counter[str]:
    """How often requirements cost what no member of a rename body tells: it depends on the server."""
    members = _costly_members(contract)
    return Counter(row.costs for row in contract.requirements if row.costs and not _gives(row.detail, members))


def _gives(detail: Any, members: Mapping[str, str]) -> bool:
    """Whether the detail of a requirement gives one of these members, or names it as a field."""
    if isinstance(detail, Mapping):
        return any((key in members and value is True) or _gives(value, members) for key, value in detail.items())
    if isinstance(detail, (list, tuple)):
        return any(each in members if isinstance(each, str) else _gives(each, members) for each in detail)
    return False
