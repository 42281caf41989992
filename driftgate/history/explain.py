"""Renders one violated requirement of a record as a bug report in Markdown, for the operator or the client's maker."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from driftgate.base.errors import UsageError
from driftgate.base.jsonvalue import printable
from driftgate.drift.report import code
from driftgate.history import describe
from driftgate.history.model import FindingHistory, Run
from driftgate.history.read import read_folder
from driftgate.history.timeline import findings_of
from driftgate.record.record import Record
from driftgate.record.rows import Header, RecordedExchange, RecordedFinding, RecordedVerdict
from driftgate.record.waivers import unknown
from driftgate.report.evidence import Evidence, curl, location
from driftgate.report.exchange_view import body_text

# so that all of it fits into an issue of 65,536 characters
_MOST_FINDINGS = 5
_LONGEST = 2000  # characters of a text that is quoted
_LEVELS = {
    "must": "a MUST: the page states it",
    "should": "a SHOULD: inferred from the page",
    "may": "left open by the page",
}
_NOT_VIOLATED = {
    "pass": "passes",
    "none": "was not judged",
    "inconclusive": "is inconclusive",
    "error": "could not be judged: driftgate made a mistake",
}
_PRIVATE = frozenset({"set-cookie"})


def render(record: Record, requirement: str, directory: Path | None) -> str:
    """The bug report; one line for a requirement that is not violated. Raises UsageError.

    ``directory`` holds the records that show since when; without it those beside the record do.
    """
    verdict = next((row for row in record.verdicts if row.requirement == requirement), None)
    if verdict is None:
        raise UsageError(unknown(requirement, [row.requirement for row in record.verdicts]))
    if verdict.verdict != "fail":
        return _not_violated(record, verdict)
    sightings = _Sightings(record, directory)
    evidence = Evidence(record.findings, record.exchanges)
    findings = evidence.findings(verdict)
    lines = [*_promised(record, verdict), "", "## What happened"]
    for finding in findings[:_MOST_FINDINGS]:
        lines += _happened(finding, verdict, evidence.proof(finding), sightings.describe(finding))
    if len(findings) > _MOST_FINDINGS:
        more = ", ".join(finding.fingerprint for finding in findings[_MOST_FINDINGS:])
        lines += ["", f"{len(findings) - _MOST_FINDINGS} more findings are in the record: {more}"]
    lines += [*_products(record.header.contract.vendor, requirement), *_where(record, verdict)]
    return "\n".join(lines) + "\n"


def _not_violated(record: Record, verdict: RecordedVerdict) -> str:
    reason = f": {verdict.reason}" if verdict.reason else f", judged {_times(verdict.judged)}"
    violated = ", ".join(row.requirement for row in record.verdicts if row.verdict == "fail")
    others = f"; violated: {violated}" if violated else ""
    return printable(f"{verdict.requirement} {_NOT_VIOLATED[verdict.verdict]} in {record.path}{reason}{others}") + "\n"


class _Sightings:
    """When findings of a record's target were seen, as far as the records at hand show it."""

    def __init__(self, record: Record, directory: Path | None) -> None:
        collection = read_folder(directory or record.path.parent, deep=directory is not None)
        if record.header.source is None and all(run.digest != record.footer.digest for run in collection.runs):
            collection.add(record)
        target = record.header.target.name, record.header.contract.vendor
        self._left_out = len(collection.left_out)
        self._runs: list[Run] = sorted(
            (run for run in collection.runs if run.target == target), key=lambda run: run.started
        )
        self._findings: dict[tuple[str, str], FindingHistory] = {
            (each.finding.requirement, each.finding.fingerprint): each for each in findings_of(self._runs)
        }

    def describe(self, finding: RecordedFinding) -> str:
        if len(self._runs) < 2:
            return "unknown: there is no other run to compare with"
        found = self._findings.get((finding.requirement, finding.fingerprint))
        if found is None:
            return "unknown: none of the runs at hand shows it"
        first, last = self._runs[0].started, self._runs[-1].started
        searched = f"searched {len(self._runs)} runs from {describe.moment(first)} to {describe.moment(last)} UTC"
        searched += f"; files left out: {self._left_out}" if self._left_out else ""
        return f"{describe.sightings(found, self._runs)} ({searched})"


def _promised(record: Record, verdict: RecordedVerdict) -> Iterator[str]:
    title = printable(record.header.contract.title)
    yield f"# {title}: {code(verdict.requirement)} is violated"
    promised = "What is asked of clients" if verdict.side == "client" else "What was promised"
    yield from ("", f"## {promised}", "", f"> {printable(verdict.says)}", "")
    yield f"- level: {_LEVELS[verdict.level]}"
    yield f"- source: {printable(verdict.source)}"
    yield f"- impact: {printable(verdict.impact)}"
    owner = verdict.side or "target"
    for waiver in verdict.waivers:
        yield f"- known to the {owner}'s owner, and accepted until {waiver.expires}"


def _happened(
    finding: RecordedFinding, verdict: RecordedVerdict, proof: list[RecordedExchange], sightings: str
) -> Iterator[str]:
    case = f": {code(finding.case)}" if finding.case else ""
    yield from ("", f"### Finding {finding.fingerprint}{case}", "")
    where = f", {code(location(finding))}" if location(finding) else ""
    yield f"- expected: {code(finding.expected)}{where}"
    yield f"- actual: {code(finding.actual)}"
    reproduced = f"; {finding.reproduction.describe()}" if finding.reproduction else ""
    judged = _times(verdict.judged)
    yield f"- frequency: seen {_times(finding.occurrences)} in this run, which judged it {judged}{reproduced}"
    yield f"- history: {sightings}"
    for row in proof:
        yield from _exchange(row)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _exchange(row: RecordedExchange) -> Iterator[str]:
    """One request and its answer. A body that was not kept whole is quoted as far as it goes."""
    request, answer = row.request, row.answer
    yield from ("", f"{row.role.capitalize()} (exchange {row.number}), with the key in `$API_KEY`:", "")
    command = printable(curl(request))
    too_long = f"# the request is too long to be quoted: it is in the record, exchange {row.number}"
    yield from _fenced(command if len(command) <= _LONGEST else too_long, "sh")
    if request.body is not None:
        yield from ("", "Request:", "")
        yield from _fenced(_cut(body_text(request.body), row))
    if answer is None:
        yield from ("", f"No answer: {code(row.transport_error or '')}")
        return
    headers = [printable(f"{name}: {value}") for name, value in answer.headers if name.lower() not in _PRIVATE]
    lines = [f"HTTP {answer.status}", *headers, "", body_text(answer.body)]
    yield from ("", f"Answer, after {answer.elapsed_ms:.0f} ms:", "")
    yield from _fenced(_cut("\n".join(lines), row))


def _cut(text: str, row: RecordedExchange) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\n… {len(text) - _LONGEST} more characters are in the record, exchange {row.number}"


def _fenced(text: str, language: str = "") -> list[str]:
    """A block of code whose fence is longer than any in the text, so that the text cannot end it."""
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", text))])
    return [f"{fence}{language}", text, fence]


def _products(vendor: str, requirement: str) -> Iterator[str]:
    """Which real products are known to break it, and what their clients do about it."""
    from driftgate.products import available, load_product  # noqa: PLC0415  # takes a while to load

    known = [(product, product.of(requirement)) for product in map(load_product, available(vendor))]
    if not any(deviations for _, deviations in known):
        return
    yield from ("", "## Known of real products", "")
    for product, deviations in known:
        for each in deviations:
            yield f"- {product.title}: {each.describe()} ({each.known}: {each.where}). Clients: {each.client}"


def _where(record: Record, verdict: RecordedVerdict) -> Iterator[str]:
    header = record.header
    target, contract = header.target, header.contract
    yield from ("", "## Where and when", "")
    what = "the client used" if verdict.side == "client" else "target"
    yield f"- {what}: {code(target.base_url)}{' (embedded emulator)' if target.embedded else ''}"
    yield f"- contract: {printable(contract.title)}, edition {code(contract.edition)}"
    yield f"- run: {code(header.started)}, profile {header.profile}, seed {header.seed}"
    yield f"- driftgate: {code(header.driftgate)}"
    yield f"- record: {code(record.path.name)}, SHA-256 of its lines {record.footer.digest}"
    yield from (
        "",
        "## Reproduce it with driftgate",
        "",
    )
    if verdict.side == "client":
        yield from _to_reproduce(record, verdict)
        return
    yield from ("Ask the target again, with the key in `DRIFTGATE_API_KEY`:", "")
    yield from _fenced(_command(header, verdict.requirement), "sh")
    yield from ("", "Judge the record again, without sending anything:", "")
    yield from _fenced(f"driftgate judge {printable(shlex.quote(record.path.name))}", "sh")


def _to_reproduce(record: Record, verdict: RecordedVerdict) -> Iterator[str]:
    """How to see once more what a client does: where it was seen before."""
    vendor, edition = record.header.contract.vendor, record.header.contract.edition
    if not record.of_client:
        yield from ("Let the client use the server through the proxy again:", "")
        base_url = record.header.target.base_url.partition(", ")[0]
        parts = ["driftgate", "proxy", "--vendor", vendor, "--edition", edition, "--base-url", base_url]
    elif verdict.check == "acts":
        yield from ("Play the client again, with the command that renames in the place of `COMMAND`:", "")
        evidence = Evidence(record.findings, record.exchanges)
        cases = dict.fromkeys(finding.case for finding in evidence.findings(verdict))
        played = [part for case in cases for part in ("--scenario", case)]
        parts = ["driftgate", "client", "--vendor", vendor, *played, "--", "COMMAND"]
    else:
        yield from ("Let the client use an emulator that judges it, until Ctrl-C:", "")
        parts = ["driftgate", "emulate", vendor, "--judge-client"]
    yield from _fenced(printable(" ".join(map(shlex.quote, parts))), "sh")


def _command(header: Header, requirement: str) -> str:
    target, contract = header.target, header.contract
    parts = ["driftgate", "run", "--vendor", contract.vendor, "--edition", contract.edition]
    if not target.embedded:
        parts += ["--base-url", target.base_url]
        # the record has only the name of a secret
        given = {name: "…" if value.startswith("Secret(") else value for name, value in target.params.items()}
        parts += [part for name, value in given.items() for part in ("--param", f"{name}={value}")]
    return printable(" ".join(map(shlex.quote, [*parts, "--seed", str(header.seed), "-k", requirement])))
