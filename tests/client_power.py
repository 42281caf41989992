"""The kill matrix of clients: for each requirement a miniature client that breaks it, and conforming clients.

Writes its table into docs/power.md; fails on any gap. Run it with ``python -m tests.client_power``, where requests,
aiohttp, Node and curl are installed. It takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from driftgate.client.judge import ClientJudge
from driftgate.contract.client import load_client_contract
from driftgate.emulator import EMULATORS
from tests.actors import ACTORS, acting, played, violated
from tests.miniatures import LIBRARIES, judged, miniatures

PAGE = Path(__file__).parent.parent / "docs" / "power.md"
BEGIN, END = "<!-- begin of the generated matrix of clients -->", "<!-- end of the generated matrix of clients -->"


@dataclass(frozen=True)
class Row:
    """One client; ``gap`` is empty when it was judged as it must be."""

    vendor: str
    client: str
    noticed: tuple[str, ...]
    gap: str


def verdicts(judge: ClientJudge) -> dict[str, str]:
    rows = judge.snapshot(Path("client.jsonl")).record.verdicts
    return {row.requirement: row.verdict for row in rows if row.check != "acts"}  # they act: tests/actors.py


def broken(vendor: str) -> Iterator[Row]:
    """The miniature clients, each of which must be noticed by the requirement that it breaks alone."""
    for miniature in miniatures(vendor):
        found = verdicts(judged(vendor, miniature.edition, **miniature.settings))
        noticed = [each for each, verdict in found.items() if verdict == "fail"]
        yield _noticed(vendor, miniature.says, noticed, miniature.breaks)
    for act in ACTORS:  # these are played through the scenarios of driftgate client
        yield _noticed(vendor, act.says, violated(acting(vendor, act)), f"{vendor}.client.{act.breaks}")


def _noticed(vendor: str, says: str, noticed: list[str], breaks: str) -> Row:
    return Row(
        vendor, says, tuple(noticed), "" if noticed == [breaks] else f"noticed by {', '.join(noticed) or 'none'}"
    )


def conforming(vendor: str) -> Iterator[Row]:
    """Clients over several libraries, which must pass every requirement that speaks of what they do."""
    for name, send in LIBRARIES.items():
        found = verdicts(judged(vendor, send=send))
        in_scenarios = played(vendor, send=send).record.verdicts
        found |= {row.requirement: row.verdict for row in in_scenarios if row.check == "acts" or row.verdict == "fail"}
        others = [f"{each}: {verdict}" for each, verdict in found.items() if verdict != "pass" and each not in SILENT]
        yield Row(vendor, name, (), "; ".join(others))


# what a conforming client does not do: it leaves out what is optional
SILENT = frozenset(
    {
        "dify.client.rename-generates-without-a-name",
        "coze.client.list-order-documented",
        "nuwax.client.update-message-is-text",
    }
)


def main() -> int:
    rows, clean = [], []
    for vendor in sorted(EMULATORS):
        rows += broken(vendor)
        clean += conforming(vendor)
    _write(rows, clean)
    gaps = [f"{row.vendor}, {row.client}: {row.gap}" for row in (*rows, *clean) if row.gap]
    print("\n".join([*_summary(rows, clean), *gaps]))
    return 1 if gaps else 0


def _summary(rows: list[Row], clean: list[Row]) -> list[str]:
    lines = ["| vendor | requirements of clients | miniature clients noticed | false alarms on conforming clients |"]
    lines.append("| --- | --- | --- | --- |")
    for vendor in sorted(EMULATORS):
        of_vendor = [row for row in rows if row.vendor == vendor]
        sound = [row for row in clean if row.vendor == vendor]
        number = len(load_client_contract(vendor).requirements)
        noticed = f"{sum(not row.gap for row in of_vendor)} of {len(of_vendor)}"
        lines.append(f"| {vendor} | {number} | {noticed} | {sum(bool(row.gap) for row in sound)} of {len(sound)} |")
    return lines


def _write(rows: list[Row], clean: list[Row]) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    names = ", ".join(LIBRARIES)
    lines = [BEGIN, "", *_summary(rows, clean), "", f"The conforming clients use {names}.", ""]
    lines += ["| vendor | a client that | noticed by |", "| --- | --- | --- |"]
    lines += [f"| {row.vendor} | {row.client} | {', '.join(f'`{each}`' for each in row.noticed)} |" for row in rows]
    PAGE.write_text(before + "\n".join([*lines, "", END]) + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
