"""Examining a target: is it set up, can its files be used, does it answer, and what would a run cost?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from driftgate.base.errors import UsageProblem
from driftgate.base.jsonvalue import printable
from driftgate.base.paths import DEFAULT_BASELINES
from driftgate.base.secret import Redactor
from driftgate.contract import load_contract
from driftgate.doctor.costs import money, requests_of
from driftgate.doctor.note import Examined, Note, State
from driftgate.doctor.probe import probe
from driftgate.emulator import EMULATORS
from driftgate.record.build import suite_signature
from driftgate.run.prepare import accepted_by, baseline_for
from driftgate.session import journal
from driftgate.target.model import Target, TargetOptions
from driftgate.target.resolve import resolve

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where everything is: the folder of driftgate.toml, of records and journals, and of contracts.

    ``timeout`` is in seconds; None sends nothing.
    """

    directory: Path
    report_dir: Path
    contracts: Sequence[Path]
    timeout: float | None


def examined(rows: Rows, place: Place) -> list[Examined]:
    """What is seen of each target in these rows of driftgate.toml."""
    resolved = {name: _resolved(name, row, place) for name, row in rows.items()}
    requests = requests_of([target for target, _ in resolved.values() if target])
    found = []
    for name, (target, notes) in resolved.items():
        sent = 0
        if target is not None:
            notes += [*_files(target, place), money(target)]
            if not target.embedded and place.timeout is not None:
                answers, sent = probe(target, place.timeout)
                notes.append(answers)
        secrets = Redactor(target.secrets if target else ())
        told = tuple(replace(note, text=printable(secrets(note.text))) for note in notes)
        found.append(Examined(name, told, requests.get(name, ()), sent))
    return found


def leftovers(rows: Rows, place: Place) -> Iterator[Note]:
    """Journals that no target of driftgate.toml has, of runs that were cut off."""
    for path in sorted(place.report_dir.glob(f"*{journal.ENDING}")):
        if path.stem not in rows:
            yield from _wrong("journal", partial(journal.check_finished, path))


def _resolved(name: str, row: Mapping[str, Any], place: Place) -> tuple[Target | None, list[Note]]:
    """The target, where its row can be used, and what is told of the row."""
    notes = list(_variables(row))
    if any(note.state is State.WRONG for note in notes):
        return None, [*_contract(row, place), *notes]
    try:
        (target,) = resolve(
            TargetOptions(targets=[name]), folders=place.contracts, directory=place.directory, emulated=list(EMULATORS)
        )
    except UsageProblem as problem:
        return None, [*notes, Note("set-up", State.WRONG, str(problem))]
    contract = target.contract
    where = "the embedded emulator" if target.embedded else f"{target.base_url}{target.network.describe()}"
    lent = f", conversations lent: {len(target.conversations)}" if target.conversations else ""
    notes = [Note("set-up", State.OK, f"{contract.title} {contract.edition} at {where}{lent}"), *notes]
    if target.key_from and not str(row.get("api_key", "")).startswith("$"):
        notes.append(Note("api_key", State.OK, f"from {target.key_from}"))
    if target.warning:
        notes.append(Note("api_key", State.WARNING, target.warning))
    return target, notes


def _contract(row: Mapping[str, Any], place: Place) -> Iterator[Note]:
    try:
        contract = load_contract(row["vendor"], place.contracts, row.get("edition"))
    except UsageProblem as problem:
        yield Note("set-up", State.WRONG, str(problem))
    else:
        yield Note("set-up", State.OK, f"{contract.title} {contract.edition}")


def _variables(row: Mapping[str, Any]) -> Iterator[Note]:
    """The environment variables that the row names, and whether they are set; never what they hold."""
    named = {"api_key": row.get("api_key"), "proxy": row.get("proxy")}
    named |= {f"params.{name}": value for name, value in row.get("params", {}).items()}
    for member, value in named.items():
        if isinstance(value, str) and value.startswith("$"):
            if os.environ.get(value[1:]):
                yield Note(member, State.OK, f"{value[1:]} is set in the environment")
            else:
                yield Note(member, State.WRONG, f"the environment variable {value[1:]} is not set")


def _files(target: Target, place: Place) -> Iterator[Note]:
    yield from _waivers(target, place, datetime.now(UTC).date())
    yield from _baseline(target, place)
    if not target.embedded:
        path = place.report_dir / f"{target.name}{journal.ENDING}"
        notes = list(_wrong("journal", lambda: journal.check(path, target)))
        yield from notes or [Note("journal", State.NONE, "nothing is left to restore")]


def _waivers(target: Target, place: Place, today: date) -> Iterator[Note]:
    try:
        path, waivers = accepted_by(target, place.directory)
    except UsageProblem as problem:
        yield Note("waivers", State.WRONG, str(problem))
        return
    if not waivers:
        yield Note("waivers", State.NONE, "nothing is waived")
        return
    expired = sum(waiver.expires < today for waiver in waivers)
    if expired:
        yield Note("waivers", State.WARNING, f"{path}: {expired} of {len(waivers)} have expired, which fails the gate")
    else:
        first = min(waiver.expires for waiver in waivers)
        yield Note("waivers", State.OK, f"{path}: {len(waivers)}, in force until {first} at least")


def _baseline(target: Target, place: Place) -> Iterator[Note]:
    usual = place.directory / DEFAULT_BASELINES / f"{target.name}.jsonl"
    path = target.baseline or (usual if usual.exists() else None)
    try:
        record = baseline_for(target, path)
    except UsageProblem as problem:
        yield Note("baseline", State.WRONG if target.baseline else State.WARNING, str(problem))
        return
    if record is None:
        yield Note("baseline", State.NONE, "none is kept; driftgate baseline accept RECORD keeps one")
    elif record.header.suite == suite_signature(target.contract):
        unused = "" if target.baseline else "; compared with by --baseline alone"
        yield Note("baseline", State.OK, f"{record.path}, of this suite{unused}")
    else:
        yield Note("baseline", State.WARNING, f"{record.path}: is of another suite: accept a new one")


def _wrong(about: str, check: Callable[[], None]) -> Iterator[Note]:
    """What a check finds wrong, if anything."""
    try:
        check()
    except UsageProblem as problem:
        yield Note(about, State.WRONG, str(problem))
