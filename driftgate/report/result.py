"""The result of a run: its record, the exit code, and its drift from a baseline. Every report is made of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from driftgate.drift import Drift, Severity, compare
from driftgate.record.record import Record
from driftgate.record.rows import RecordedVerdict
from driftgate.record.verdict import Exit


@dataclass(frozen=True, order=True)
class Since:
    """When a violation began: the first run of the ``runs`` that saw it in a row.

    ``kept_before``: whether a run before that judged the requirement and saw it kept.
    """

    started: str
    runs: int
    kept_before: bool

    def describe(self) -> str:
        """The same in a few words."""
        if self.runs == 1:
            return "new in this run"
        return f"since {self.started}{'' if self.kept_before else ' or earlier'}, in {self.runs} runs"


@dataclass(frozen=True)
class Result:
    """One target's result. With a baseline ``exit`` is that of the drift, and not the one in the record.

    ``since`` says when violated requirements began to be, where earlier records are known.
    """

    record: Record
    exit: Exit
    drift: Drift | None = None
    baseline: Record | None = None
    since: Mapping[str, Since] = field(default_factory=dict)

    def fails(self, verdict: RecordedVerdict) -> bool:
        """Whether a verdict fails the gate. With a baseline no verdict does: only drift can."""
        violated = verdict.verdict == "fail" and not verdict.waived
        return violated and self.drift is None and self.record.gate.binds(verdict.level)

    def leaves_open(self, verdict: RecordedVerdict) -> bool:
        """Whether a verdict that is missing, or none, leaves the result inconclusive."""
        return self.record.gate.leaves_open(verdict.level, verdict.verdict, verdict.untested)


def result_of(record: Record, baseline: Record | None = None) -> Result:
    """The result that a record holds; where there is a baseline only drift fails the gate. Raises UsageError."""
    exit_code = Exit(record.footer.exit)
    if baseline is None or not record.complete or record.footer.setup_error:
        return Result(record, exit_code)
    drift = compare(baseline, record)
    return Result(record, _exit_of_drift(drift, record, exit_code), drift, baseline)


def _exit_of_drift(drift: Drift, record: Record, exit_code: Exit) -> Exit:
    if exit_code is Exit.INTERNAL_ERROR:
        return exit_code
    product = record.footer.product
    pinned = any(each.severity == "breaking" for each in record.footer.pin_changes)
    if drift.worst is Severity.BREAKING or pinned or (product is not None and product.breaking):
        return Exit.DRIFT
    # what was not judged cannot be said to have stayed the same, and what the run left changed has to be restored
    if record.footer.not_restored or any(map(Result(record, exit_code).leaves_open, record.verdicts)):
        return Exit.INCONCLUSIVE
    return Exit.CONFORMS


def overall(results: Iterable[Result]) -> Exit:
    """The exit code of a run over several targets: the worst of them, in the order of the gate."""
    codes = {result.exit for result in results}
    for code in (Exit.INTERNAL_ERROR, Exit.VIOLATES, Exit.DRIFT, Exit.INCONCLUSIVE):
        if code in codes:
            return code
    return Exit.CONFORMS
