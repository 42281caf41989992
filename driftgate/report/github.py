"""GitHub Actions: the job's summary, and annotations for findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from driftgate.drift import Severity
from driftgate.drift.report import from_to
from driftgate.record.rows import RecordedProduct
from driftgate.report import words
from driftgate.report.evidence import Evidence, sentence
from driftgate.report.result import Result

_MOST_ANNOTATIONS = 10  # GitHub shows ten of a kind for a step


def summarise(text: str, summary: Path) -> list[str]:
    """Appends a Markdown text to the summary of the job that runs; a line that says why it could not."""
    try:
        with summary.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        return [f"$GITHUB_STEP_SUMMARY {summary}: cannot be written to ({problem.strerror})"]
    return []


def commands(results: Sequence[Result]) -> Iterator[str]:
    """Workflow commands: an error for what fails the gate, a warning for what does not; of each, as many as are shown.

    Of more than ten, the tenth says how many more there are, and where.
    """
    made = [command for result in results for command in (*_findings(result), *_drift(result))]
    for kind in ("error", "warning"):
        found = [command for command in made if command.startswith(f"::{kind} ")]
        if len(found) <= _MOST_ANNOTATIONS:
            yield from found
            continue
        yield from found[: _MOST_ANNOTATIONS - 1]
        more = len(found) - _MOST_ANNOTATIONS + 1
        yield _command(kind, f"{more} more", f"{more} more findings are in the job's summary and in report.html")


def _findings(result: Result) -> Iterator[str]:
    record = result.record
    evidence = Evidence(record.findings, record.exchanges)
    for verdict in record.verdicts:
        if verdict.verdict != "fail" or verdict.waived:
            continue
        kind = "error" if result.fails(verdict) else "warning"
        for finding in evidence.findings(verdict):
            text = f"{verdict.says} {sentence(finding)}"
            yield _command(kind, f"{record.header.target.name}: {verdict.requirement}", text)
    if record.header.target.embedded:
        yield _command("warning", record.header.target.name, "the embedded emulator was judged, and no server")
    for problem in record.footer.waiver_problems:
        yield _command("error", "waivers", problem)
    for change in record.footer.pin_changes:
        if change.severity != "info":
            kind = "error" if change.severity == "breaking" else "warning"
            yield _command(kind, "pins", words.describe_pin_change(change))
    yield from _product(record.footer.product)


def _product(product: RecordedProduct | None) -> Iterator[str]:
    for change in product.changes if product else ():
        if product and change.severity != "info":
            kind = "error" if change.severity == "breaking" else "warning"
            yield _command(kind, "product", words.describe_product_change(product, change))


def _drift(result: Result) -> Iterator[str]:
    for change in result.drift.changes if result.drift else ():
        if change.severity > Severity.INFO:
            kind = "error" if change.severity is Severity.BREAKING else "warning"
            title = f"{result.record.header.target.name}: {change.rule}"
            yield _command(kind, title, f"{change.location}: {from_to(change)}")


def _command(kind: str, title: str, text: str) -> str:
    """A workflow command; what would end its parameters or its line is escaped as GitHub's runner wants it."""
    return f"::{kind} title={_escaped(title).replace(':', '%3A').replace(',', '%2C')}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
