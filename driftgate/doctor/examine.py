"""Examining a target: is it set up, can its files be used, does it answer, and what would a run cost?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import printable
from driftgate.base.paths import DEFAULT_BASELINES, TARGETS_FILE
from driftgate.base.secret import Redactor
from driftgate.contract import load_contract
from driftgate.doctor.costs import money, requests_of
from driftgate.doctor.findings import Examined, Note, Status
from driftgate.doctor.installed import installation
from driftgate.doctor.probe import probe
from driftgate.emulator import EMULATED
from driftgate.record.build import suite_signature
from driftgate.run.prepare import accepted_by, baseline_for
from driftgate.session import journal
from driftgate.target.contract_folders import contract_folders
from driftgate.target.file import read_targets, row_of
from driftgate.target.model import Target, TargetOptions
from driftgate.target.resolve import resolve

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Setup:
    """Where everything is: the folder of driftgate.toml, of records and journals, and of contracts.

    ``timeout`` is in seconds; None sends nothing. ``product`` is the real product that the target runs.
    """

    directory: Path
    report_dir: Path
    contracts: Sequence[Path]
    timeout: float | None
    product: str | None = None


def everything(setup: Setup, names: Sequence[str] | None) -> list[Examined]:
    """Examines the installation, the configuration, and the targets of these names, or all. Raises UsageError."""
    file = setup.directory / TARGETS_FILE
    exists = file.exists() or names
    rows: Rows = read_targets(file) if exists else {}
    if exists:
        note = Note("targets", Status.OK, f"{file}: {', '.join(rows)}")
    else:
        advice = "driftgate init writes one; until then a run judges embedded emulators"
        note = Note("targets", Status.NONE, f"{file}: does not exist; {advice}")
    configuration = Examined("configuration", (note, *_leftovers(rows, setup)))
    selected = {name: row_of(name, rows) for name in names} if names else rows
    return [installation(), configuration, *_examined(selected, setup)]


def _examined(rows: Rows, setup: Setup) -> list[Examined]:
    resolved = {name: _resolved(name, row, setup) for name, row in rows.items()}
    folders = (*setup.contracts, *contract_folders(setup.directory))
    requests = requests_of([target for target, _ in resolved.values() if target], folders)
    found = []
    for name, (target, notes) in resolved.items():
        sent = 0
        if target is not None:
            notes += [*_files(target, setup), money(target, requests[name])]
            if not target.embedded and setup.timeout is not None:
                answers, sent = probe(target, setup.timeout)
                notes.append(answers)
        secrets = Redactor(target.secrets if target else ())
        clean = tuple(replace(note, text=printable(secrets(note.text))) for note in notes)
        found.append(Examined(name, clean, requests.get(name, ()), sent))
    return found


def _leftovers(rows: Rows, setup: Setup) -> Iterator[Note]:
    """Journals of interrupted runs against targets that driftgate.toml does not have."""
    for path in sorted(setup.report_dir.glob(f"*{journal.ENDING}")):
        if path.stem not in rows:
            yield from _problems("journal", partial(journal.check_finished, path))


def _resolved(name: str, row: Mapping[str, Any], setup: Setup) -> tuple[Target | None, list[Note]]:
    """The target, where its row can be used, and notes about the row."""
    notes = list(_variables(row))
    if any(note.status is Status.PROBLEM for note in notes):
        return None, [*_contract(row, setup), *notes]
    try:
        (target,) = resolve(
            TargetOptions(targets=[name], product=setup.product),
            folders=setup.contracts,
            directory=setup.directory,
            emulated=EMULATED,
        )
    except UsageError as problem:
        return None, [*notes, Note("set-up", Status.PROBLEM, str(problem))]
    contract = target.contract
    where = "the embedded emulator" if target.embedded else f"{target.base_url}{target.network.describe()}"
    lent = f", {contract.resource.many} lent: {len(target.conversations)}" if target.conversations else ""
    notes = [Note("set-up", Status.OK, f"{contract.title} {contract.edition} at {where}{lent}"), *notes]
    if target.key_from and not str(row.get("api_key", "")).startswith("$"):
        notes.append(Note("api_key", Status.OK, f"from {target.key_from}"))
    if target.warning:
        notes.append(Note("api_key", Status.WARNING, target.warning))
    return target, notes


def _contract(row: Mapping[str, Any], setup: Setup) -> Iterator[Note]:
    try:
        contract = load_contract(row["vendor"], setup.contracts, row.get("edition"))
    except UsageError as problem:
        yield Note("set-up", Status.PROBLEM, str(problem))
    else:
        yield Note("set-up", Status.OK, f"{contract.title} {contract.edition}")


def _variables(row: Mapping[str, Any]) -> Iterator[Note]:
    """The environment variables that the row names, and whether they are set; never what they hold."""
    named = {"api_key": row.get("api_key"), "proxy": row.get("proxy")}
    named |= {f"params.{name}": value for name, value in row.get("params", {}).items()}
    for member, value in named.items():
        if isinstance(value, str) and value.startswith("$"):
            if os.environ.get(value[1:]):
                yield Note(member, Status.OK, f"{value[1:]} is set in the environment")
            else:
                yield Note(member, Status.PROBLEM, f"the environment variable {value[1:]} is not set")


def _files(target: Target, setup: Setup) -> Iterator[Note]:
    yield from _waivers(target, setup, datetime.now(UTC).date())
    yield from _baseline(target, setup)
    yield from _product(target)
    if not target.embedded:
        path = journal.path_for(setup.report_dir, target)
        notes = list(_problems("journal", lambda: journal.check(path, target)))
        yield from notes or [Note("journal", Status.NONE, "nothing is left to restore")]


def _waivers(target: Target, setup: Setup, today: date) -> Iterator[Note]:
    try:
        path, waivers = accepted_by(target, setup.directory)
    except UsageError as problem:
        yield Note("waivers", Status.PROBLEM, str(problem))
        return
    if not waivers:
        yield Note("waivers", Status.NONE, "nothing is waived")
        return
    expired = sum(waiver.expires < today for waiver in waivers)
    if expired:
        yield Note("waivers", Status.WARNING, f"{path}: {expired} of {len(waivers)} have expired, which fails the gate")
    else:
        first = min(waiver.expires for waiver in waivers)
        yield Note("waivers", Status.OK, f"{path}: {len(waivers)}, in force until {first} at least")


def _baseline(target: Target, setup: Setup) -> Iterator[Note]:
    usual = setup.directory / DEFAULT_BASELINES / f"{target.name}.jsonl"
    path = target.baseline or (usual if usual.exists() else None)
    try:
        record = baseline_for(target, path)
    except UsageError as problem:
        yield Note("baseline", Status.PROBLEM if target.baseline else Status.WARNING, str(problem))
        return
    if record is None:
        yield Note("baseline", Status.NONE, "none is kept; driftgate baseline accept RECORD keeps one")
    elif record.header.suite == suite_signature(target.contract):
        unused = "" if target.baseline else "; used only with --baseline"
        yield Note("baseline", Status.OK, f"{record.path}, of this suite{unused}")
    else:
        yield Note("baseline", Status.WARNING, f"{record.path}: is of another suite: accept a new one")


def _product(target: Target) -> Iterator[Note]:
    """The real product that the target is compared with, if any."""
    product = target.product
    if product is not None:
        about = f"{product.address}, judged on {product.date}; {len(product.records)} records"
        yield Note("product", Status.OK, about)
    elif target.candidates:
        known = ", ".join(each.address for each in target.candidates)
        yield Note("product", Status.OK, f"recognised by the first answers of a run; known are {known}")


def _problems(about: str, check: Callable[[], None]) -> Iterator[Note]:
    """The problem that a check raises, if any."""
    try:
        check()
    except UsageError as problem:
        yield Note(about, Status.PROBLEM, str(problem))
