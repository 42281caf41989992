"""An emulator that judges its client: the face of this wing for programs and tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from driftgate.client.accepted import accepted_of
from driftgate.client.judge import ClientJudge
from driftgate.client.watching import Watched
from driftgate.contract.client import load_client_contract
from driftgate.emulator.application import Around
from driftgate.emulator.running import Running, emulate
from driftgate.report import json_format
from driftgate.report.result import Result


@dataclass(frozen=True)
class JudgedClient:
    """A running emulator, ``server``, and what its client is judged to do."""

    server: Running
    _judge: ClientJudge = field(repr=False)

    def result(self, output: str | Path | None = None) -> Result:
        """The verdicts on all requests by now, with the exit code. ``output``: writes the record there."""
        if output is not None:
            return self._judge.result(Path(output))
        return self._judge.snapshot(Path("client.jsonl"))

    def violations(self) -> list[str]:
        """The ids of the requirements that the client violates, to be compared with those that are expected."""
        return [row.requirement for row in self.result().record.verdicts if row.verdict == "fail"]


@contextmanager
def judge_client(
    vendor: str, *, strict: bool = False, waivers: str | Path | None = None, **of_emulator: Any
) -> Iterator[JudgedClient]:
    """A vendor's emulator on loopback until the block ends, which judges every request that it gets.

    With ``strict`` a SHOULD that fails makes the exit code 1, too. ``waivers``: a file, or a folder with
    VENDOR-client.yaml (default: waivers). Further arguments are those of ``emulate``. Raises UsageError.
    """
    judge = judge_of(vendor, strict=strict, waivers=None if waivers is None else Path(waivers))
    with emulate(vendor, around=watching(judge), **of_emulator) as server:
        yield JudgedClient(server, judge)


def judge_of(vendor: str, *, strict: bool, waivers: Path | None = None) -> ClientJudge:
    """The judge of a client of a vendor's emulator. ``waivers``: their file or folder. Raises UsageError."""
    contract, name = load_client_contract(vendor), f"{vendor}-client"
    accepted = accepted_of(name, [contract], waivers)
    return ClientJudge(contract, name=name, strict=strict, accepted=accepted, where=f"emulators of {vendor}")


def watching(judge: ClientJudge, path: Path = Path("client.jsonl")) -> Around:
    """What serves an application and judges its clients; ``path`` is where the record will be."""

    def verdict() -> str:
        return json_format.render([judge.snapshot(path)])

    def around(app: ASGIApp) -> ASGIApp:
        return Watched(app, judge, verdict)

    return around
