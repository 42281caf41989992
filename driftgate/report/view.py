"""A result arranged for a page: plain data, every text of the target's made printable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from driftgate.base.jsonvalue import printable
from driftgate.drift import Drift
from driftgate.record.latency import Latency, latency
from driftgate.record.rows import Header, RecordedFinding, RecordedVerdict
from driftgate.record.verdict import Exit
from driftgate.report import words
from driftgate.report.causes import Cause, causes_of
from driftgate.report.evidence import Evidence, location, sentence
from driftgate.report.exchange_view import ExchangeView, exchange_view
from driftgate.report.next_steps import NextSteps, next_steps
from driftgate.report.result import Result

TONES = ("bad", "warning", "good")  # of results, the worst first
PLOT_WIDTH, PLOT_HEIGHT = 640, 120  # of the plot's area, in the SVG's units
_MOST_DOTS = 400


@dataclass(frozen=True)
class FindingView:
    """One violated expectation. ``since`` compares it with the baseline; empty without one."""

    case: str
    location: str
    expected: str
    actual: str
    occurrences: int
    fingerprint: str
    since: str
    reproduction: str
    waived: bool
    exchanges: tuple[ExchangeView, ...]


@dataclass(frozen=True)
class RequirementView:
    """One requirement and what is known of it. ``anchor`` is unique on the page; ``note`` explains the verdict.

    ``of_client``: it speaks of requests, and not of answers.
    """

    anchor: str
    id: str
    slug: str
    level: str
    word: str
    says: str
    impact: str
    source: str
    note: str
    judged: int
    history: str
    waivers: tuple[str, ...]
    findings: tuple[FindingView, ...]
    of_client: bool = False

    @property
    def symbol(self) -> str:
        return words.SYMBOLS[self.word]

    @property
    def notable(self) -> bool:
        return self.word not in ("pass", "observed")

    @property
    def open(self) -> bool:
        """Whether it neither passed nor is violated: not judged, or waived."""
        return self.notable and self.word not in ("fail", "warn")


@dataclass(frozen=True)
class CauseView:
    """What is violated by one probable cause: the worst word of its requirements, a sentence, one proof.

    ``since`` says when it began, as far as a baseline or earlier records tell; it is empty without them.
    """

    word: str
    says: str
    requirements: tuple[RequirementView, ...]
    difference: str
    since: str
    next_steps: NextSteps

    @property
    def of_client(self) -> bool:
        """Whether a client is at fault, and no server."""
        return all(row.of_client for row in self.requirements)


@dataclass(frozen=True)
class Plot:
    """The latency as a drawing: dots as (x, y), the lines' heights, the scale's upper end in milliseconds."""

    dots: tuple[tuple[float, float], ...]
    median: float
    p95: float
    top: float


@dataclass(frozen=True)
class TargetView:
    """One target's result. ``tone`` is good, bad or warning; ``facts`` are labels with texts.

    ``owner`` and ``link`` are empty where driftgate.toml names none.
    """

    name: str
    anchor: str
    tone: str
    status: str
    counts: str
    owner: str
    link: str
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    causes: tuple[CauseView, ...]
    classes: tuple[tuple[str, tuple[RequirementView, ...]], ...]
    latency: Latency | None
    plot: Plot | None
    drift: Drift | None

    def requirements(self) -> Iterator[RequirementView]:
        for _, rows in self.classes:
            yield from rows


def view(result: Result, number: int) -> TargetView:
    """The page's view of a result; ``number`` distinguishes the targets of a page."""
    record, header, footer = result.record, result.record.header, result.record.footer
    anchor = f"t{number}"
    arranged = _Requirements(result, anchor)
    measured, evidence = latency(record), Evidence(record.findings, record.exchanges)
    run = ("run", f"{header.started}, {footer.requests} requests in {footer.elapsed_s:.1f} s")
    classes = tuple((title, tuple(map(arranged.view, rows))) for title, rows in words.by_class(record.verdicts))
    views = {row.id: row for _, rows in classes for row in rows}
    return TargetView(
        name=printable(header.target.name),
        anchor=anchor,
        tone=tone(result),
        status=words.status(result),
        counts=f"{words.counts(record.verdicts, record.gate)} of {len(record.verdicts)} requirements",
        owner=printable(header.target.owner or ""),
        link=header.target.link or "",
        facts=facts(header, run),
        remarks=tuple(map(printable, words.remarks(result))),
        causes=tuple(
            _cause(cause, [views[each] for each in cause.requirements], result, evidence) for cause in causes_of(result)
        ),
        classes=classes,
        latency=measured,
        plot=plot(measured) if measured else None,
        drift=result.drift,
    )


def _cause(cause: Cause, rows: Sequence[RequirementView], result: Result, evidence: Evidence) -> CauseView:
    return CauseView(
        word="fail" if any(row.word == "fail" for row in rows) else "warn",
        says=printable(cause.says),
        requirements=tuple(rows),
        difference=printable(sentence(cause.findings[0])),
        since=printable(_since(cause, result)),
        next_steps=next_steps(result, cause, evidence),
    )


def _since(cause: Cause, result: Result) -> str:
    """When a cause was first seen: by earlier records, else by the baseline."""
    known = [result.since[each] for each in cause.requirements if each in result.since]
    if known:
        return min(known).describe()
    if result.baseline is None:
        return ""
    before = {fingerprint for row in result.baseline.verdicts for fingerprint in row.findings}
    when = result.baseline.header.started
    if any(finding.fingerprint in before for finding in cause.findings):
        return f"in the baseline of {when} too"
    return f"new since the baseline of {when}"


def tone(result: Result) -> str:
    """How good a result is: good, bad, or a warning."""
    if result.exit is Exit.CONFORMS and result.record.complete:
        return "warning" if "not fully verified" in words.status(result) else "good"
    return "bad" if result.exit in (Exit.VIOLATES, Exit.DRIFT, Exit.INTERNAL_ERROR) else "warning"


def facts(header: Header, runs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """What was judged and how, as labels with texts; ``runs`` says when."""
    target, contract = header.target, header.contract
    found = (
        ("base URL", f"{target.base_url} (embedded emulator)" if target.embedded else target.base_url),
        ("contract", f"{contract.title}, edition {contract.edition}"),
        runs,
        ("asked", f"profile {header.profile}, seed {header.seed}" + (", strict" if header.strict else "")),
        ("suite", f"{header.suite} (driftgate {header.driftgate})"),
    )
    return tuple((label, printable(text)) for label, text in found)


class _Requirements:
    """Arranges the requirements of one record."""

    def __init__(self, result: Result, anchor: str) -> None:
        self._anchor = anchor
        self._vendor = result.record.header.contract.vendor
        self._gate = result.record.gate
        self._evidence = Evidence(result.record.findings, result.record.exchanges)
        self._observed = words.observations(result)
        self._baseline = result.baseline
        self._before = {row.requirement: row for row in result.baseline.verdicts} if result.baseline else {}

    def view(self, verdict: RecordedVerdict) -> RequirementView:
        word = words.word(verdict, self._gate)
        note = self._observed.get(verdict.requirement, "") if word == "observed" else verdict.reason
        slug = verdict.requirement.removeprefix(f"{self._vendor}.")
        return RequirementView(
            anchor=f"{self._anchor}-{slug}",
            id=verdict.requirement,
            slug=slug,
            level=verdict.level,
            word=word,
            says=verdict.says,
            impact=verdict.impact,
            source=verdict.source,
            note=printable(note),
            judged=verdict.judged,
            history=self._history(verdict),
            waivers=tuple(printable(words.describe_waiver(waiver)) for waiver in verdict.waivers),
            findings=tuple(self._finding(verdict, finding) for finding in self._evidence.findings(verdict)),
            of_client=verdict.side == "client",
        )

    def _history(self, verdict: RecordedVerdict) -> str:
        if self._baseline is None:
            return ""
        before = self._before.get(verdict.requirement)
        then = f"in the baseline of {self._baseline.header.started}"
        return f"{words.word(before, self._baseline.gate)} {then}" if before else f"not asked {then}"

    def _finding(self, verdict: RecordedVerdict, finding: RecordedFinding) -> FindingView:
        since = ""
        if self._baseline is not None:
            before = self._before.get(verdict.requirement)
            known = before is not None and finding.fingerprint in before.findings
            since = "in the baseline too" if known else "new since the baseline"
        return FindingView(
            case=printable(finding.case),
            location=printable(location(finding)),
            expected=printable(finding.expected),
            actual=printable(finding.actual),
            occurrences=finding.occurrences,
            fingerprint=finding.fingerprint,
            since=since,
            reproduction=finding.reproduction.describe() if finding.reproduction else "",
            waived=finding.waived,
            exchanges=tuple(exchange_view(row, finding) for row in self._evidence.proof(finding)),
        )


def plot(measured: Latency) -> Plot:
    """The latency as a drawing; of very many renames the slowest of each stretch, so that no outlier is lost."""
    answers = _thinned(measured.answers)
    top = max(elapsed for _, elapsed in answers) or 1.0
    first, last = answers[0][0], answers[-1][0]
    span = (last - first) or 1

    def height(elapsed: float) -> float:
        return round(PLOT_HEIGHT - elapsed / top * PLOT_HEIGHT, 1)

    dots = tuple((round((number - first) / span * PLOT_WIDTH, 1), height(elapsed)) for number, elapsed in answers)
    return Plot(dots, height(measured.median), height(measured.p95), top)


def _thinned(answers: tuple[tuple[int, float], ...]) -> list[tuple[int, float]]:
    stretch = -(-len(answers) // _MOST_DOTS)
    return [
        max(answers[start : start + stretch], key=lambda answer: answer[1]) for start in range(0, len(answers), stretch)
    ]
