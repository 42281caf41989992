"""Judging exchanges that took place before: the face of this wing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from driftgate.contract import load_contract
from driftgate.judge import recorded, traffic
from driftgate.judge.capture import Capture
from driftgate.judge.judging import Rejudgement
from driftgate.report.result import Result
from driftgate.target.params import typed_params


def judge_exchanges(
    file: str | Path,
    *,
    vendor: str | None = None,
    edition: str | None = None,
    params: Mapping[str, str | int] | None = None,
    contracts: Sequence[str | Path] = (),
    strict: bool = False,
    output: str | Path | None = None,
) -> Result:
    """Judges the exchanges of a record, or with ``vendor`` those of a HAR file. Sends nothing.

    ``params`` are parameters of the contract, for a HAR file; ``contracts`` are further folders of contracts. With
    ``strict`` a SHOULD that fails makes the exit code 1, too. The result holds the exit code and the record of the
    judgement, which is also written to ``output``. Raises UsageError.
    """
    found = capture(Path(file), vendor, edition, params or {}, tuple(map(Path, contracts)))
    judgement = Rejudgement(found, strict=strict)
    if output is not None:
        return judgement.result(Path(output))
    with tempfile.TemporaryDirectory() as folder:
        return judgement.result(Path(folder, "judged.jsonl"))


def capture(
    file: Path, vendor: str | None, edition: str | None, params: Mapping[str, str | int], contracts: tuple[Path, ...]
) -> Capture:
    """The exchanges of a record, or with ``vendor`` those of a HAR file. Raises UsageError."""
    if vendor is None:
        return recorded.captured(file, edition, contracts)
    contract = load_contract(vendor, contracts, edition)
    return traffic.captured(file, contract, typed_params(params, contract))
