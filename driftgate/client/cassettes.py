"""Judges a folder of recorded traffic, a file at a time: which exchanges no longer keep the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import printable
from driftgate.client.judge import ClientJudge
from driftgate.client.recordings import SUFFIXES, read_calls
from driftgate.contract.client import load_client_contract
from driftgate.record.rows import RecordedFinding
from driftgate.record.verdict import Exit
from driftgate.report.evidence import location
from driftgate.report.result import Result, overall
from driftgate.target.model import Target

_LONGEST_NAME = 48


@dataclass(frozen=True)
class Cassettes:
    """The judgement of a folder: the result of each file that has exchanges of the contract, and how many have none."""

    folder: Path
    target: Target
    results: tuple[tuple[Path, Result], ...]
    others: int

    @property
    def exit(self) -> Exit:
        """The worst of the files; what no exchange was about is no reason to fail."""
        return overall(result for _, result in self.results)

    def describe(self) -> Iterator[str]:
        """A line for each file that violates the contract and each finding of it, and a line for all."""
        for path, result in self.results:
            findings = result.record.findings
            if findings:
                yield f"{path.relative_to(self.folder)}: {len(findings)} findings"
            yield from (f"  {_line(each, result)}" for each in findings)
        violated = sum(result.exit is Exit.VIOLATES for _, result in self.results)
        warned = sum(bool(result.record.findings) and result.exit is not Exit.VIOLATES for _, result in self.results)
        contract = self.target.contract
        taken = sum(result.record.footer.requests for _, result in self.results)
        told = f"{len(self.results)} files with {taken} exchanges of {contract.title}, edition {contract.edition}"
        yield f"{told}: {violated} violate the contract, {warned} only a SHOULD; {self.others} other files"


def _line(finding: RecordedFinding, result: Result) -> str:
    row = next(each for each in result.record.exchanges if each.number == finding.exchange)
    verdict = next(each for each in result.record.verdicts if each.requirement == finding.requirement)
    at = f" ({location(finding)})" if location(finding) else ""
    return printable(
        f"exchange {row.number}, {row.request.method} {row.request.url}: {finding.difference}{at}: "
        f"{finding.requirement} ({verdict.level})"
    )


def judge_cassettes(
    folder: Path, target: Target, folders: tuple[Path, ...], *, strict: bool, records: Path
) -> Cassettes:
    """Judges every recording below a folder, and writes a record of each into ``records``. Raises UsageError."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    contract = load_client_contract(target.contract.vendor, folders, target.contract.edition)
    judge = ClientJudge(contract, name="cassette", strict=strict, server=target, recorded=True)
    results, others = [], 0
    for number, path in enumerate(paths, 1):
        calls = read_calls(path)
        # two files may differ in what no name of a target can hold
        name = re.sub(r"[^A-Za-z0-9]+", "-", str(path.relative_to(folder).with_suffix(""))).strip("-")[-_LONGEST_NAME:]
        judge.restart(f"{number:04}-{name}".rstrip("-"))
        for call in calls or ():
            if target.base_url is None or (call.origin + call.path).startswith(f"{target.base_url}/"):
                judge(call)
        if not judge.judged:
            others += 1
            continue
        results.append((path, judge.result(records / f"{judge.name}.jsonl")))
    if not results:
        raise UsageError(f"--cassettes {folder}: none of its {len(paths)} files has an exchange of {contract.vendor}")
    return Cassettes(folder, target, tuple(results), others)
