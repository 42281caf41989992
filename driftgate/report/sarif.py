"""SARIF 2.1.0: a run a target, a rule a requirement, a result a finding; for code scanning and SARIF viewers.

As the standard demands, braces in texts are doubled, and no text of a target's becomes a link.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from driftgate.base.jsonvalue import printable
from driftgate.drift import RULES, Change, Severity
from driftgate.drift.report import from_to
from driftgate.record.record import Record
from driftgate.record.rows import (
    Body,
    RecordedAnswer,
    RecordedExchange,
    RecordedFinding,
    RecordedRequest,
    RecordedVerdict,
)
from driftgate.record.verdict import Exit
from driftgate.report import words
from driftgate.report.declared import Declared, SourceLine
from driftgate.report.evidence import Evidence, sentence
from driftgate.report.result import Result

Object = dict[str, Any]  # of the log

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SPACE = uuid.UUID("6d1f6c0a-3c36-5f0e-9a52-0c8b8f1c7d11")  # under which the digests of records become GUIDs
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_LONGEST = 1024  # characters of a description that GitHub takes
_LONGEST_BODY = 4096  # characters, a multiple of four so that base64 can still be read; the record has more
_LEVELS = {"must": "error", "should": "warning", "may": "note"}
_PIN_LEVELS = {"breaking": "error", "warning": "warning", "info": "note"}
_DRIFTS = {Severity.BREAKING: "error", Severity.WARNING: "warning"}
# shown as findings already
_OF_FINDINGS = {"must-regressed", "should-regressed", "must-revealed", "should-revealed", "violation-changed"}


def render(results: Sequence[Result], directory: Path = Path()) -> str:
    """The log of one run, or several; ``directory`` is where driftgate.toml is."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_Run(result, directory).render() for result in results]}
    # a lone surrogate is in no UTF-8
    return json.dumps(log, indent=2, ensure_ascii=False).encode(errors="replace").decode()


class _Run:
    """One target's result as a run."""

    def __init__(self, result: Result, directory: Path) -> None:
        self._result, self._record = result, result.record
        header = result.record.header
        self._target = header.target.name
        self._declared = Declared(self._target, header.contract.vendor, directory)
        self._exchanges = _Exchanges()
        self._rules: dict[str, Object] = {
            row.requirement: _rule(row, self._declared.address(row.source)) for row in result.record.verdicts
        }

    def render(self) -> Object:
        header = self._record.header
        results = [*self._findings(), *self._absent(), *self._drift()]
        driver: Object = {"name": "driftgate", "version": header.driftgate, "rules": list(self._rules.values())}
        if _SEMANTIC.fullmatch(header.driftgate):
            driver["semanticVersion"] = header.driftgate
        run: Object = {
            "tool": {"driver": driver},
            # what precedes the last slash is GitHub's category: one for each target
            "automationDetails": {"id": f"driftgate/{self._target}/", "guid": _guid(self._record)},
            "invocations": [self._invocation()],
            "originalUriBaseIds": {
                "%SRCROOT%": {"description": _text("the top of the repository")},
                "DRIFTGATE": {"description": _text("where driftgate is installed, or its repository")},
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "target": self._target,
                "baseUrl": header.target.base_url,
                "embeddedEmulator": header.target.embedded,
                "vendor": header.contract.vendor,
                "edition": header.contract.edition,
                "profile": header.profile,
                "status": words.status(self._result),
            },
        }
        if self._result.baseline is not None:
            run["baselineGuid"] = _guid(self._result.baseline)
        return {**run, **self._exchanges.render()}

    def _invocation(self) -> Object:
        result, record = self._result, self._record
        started = datetime.fromisoformat(record.header.started).astimezone(UTC)
        ended = started + timedelta(seconds=record.footer.elapsed_s)
        judged = record.complete and result.exit not in (Exit.INCONCLUSIVE, Exit.INTERNAL_ERROR)
        # a run that was interrupted ended with a code of pytest's
        exit_code = {"exitCode": int(result.exit)} if record.complete else {}
        return {
            **exit_code,
            "executionSuccessful": judged and not record.footer.setup_error,
            "startTimeUtc": _time(started),
            "endTimeUtc": _time(ended),
            "exitCodeDescription": printable(words.status(result)),
            "toolExecutionNotifications": list(self._notifications()),
            "toolConfigurationNotifications": [
                *({"level": "error", "message": _text(problem)} for problem in record.footer.waiver_problems),
                *(
                    {"level": _PIN_LEVELS[change.severity], "message": _text(words.describe_pin_change(change))}
                    for change in record.footer.pin_changes
                ),
                *self._product(),
            ],
        }

    def _product(self) -> Iterator[Object]:
        """Where the run differs from its product."""
        product = self._record.footer.product
        for change in product.changes if product else ():
            if product:
                told = words.describe_product_change(product, change)
                yield {"level": _PIN_LEVELS[change.severity], "message": _text(told)}

    def _notifications(self) -> Iterator[Object]:
        """What has no verdict, and why."""
        footer = self._record.footer
        if footer.setup_error:
            yield {"level": "error", "message": _text(f"{self._target} cannot be judged: {footer.setup_error}")}
        if not self._record.complete:
            yield {"level": "error", "message": _text("the run was interrupted: its verdicts are no result")}
        for problem in footer.not_restored:
            yield {"level": "warning", "message": _text(f"not restored: {problem}")}
        levels = {"error": "error", "inconclusive": "warning", "none": "note"}
        for row in self._record.verdicts:
            if row.verdict in levels:
                word = words.word(row, self._record.gate)
                yield {
                    "level": "warning" if self._result.leaves_open(row) else levels[row.verdict],
                    "message": _text(f"{row.requirement} ({row.level}) {word}: {row.reason}"),
                    "associatedRule": self._reference(row.requirement),
                }

    def _findings(self) -> Iterator[Object]:
        record, baseline = self._record, self._result.baseline
        evidence = Evidence(record.findings, record.exchanges)
        before = _levels(baseline) if baseline else {}
        for verdict in record.verdicts:
            for finding in evidence.findings(verdict):
                proof = evidence.proof(finding)
                result = self._finding(verdict, finding, proof)
                result["suppressions"] = _suppressions(verdict, finding)
                if proof:
                    result.update(self._exchanges.references(proof[-1]))
                if baseline is not None:
                    was = before.get((verdict.requirement, finding.fingerprint))
                    result["baselineState"] = (
                        "new" if was is None else "unchanged" if was == verdict.level else "updated"
                    )
                yield result

    def _absent(self) -> Iterator[Object]:
        """What the baseline has and this run has not, of what this run has judged."""
        baseline = self._result.baseline
        if baseline is None:
            return
        judged = {
            row.requirement: set(row.findings) for row in self._record.verdicts if row.verdict in ("pass", "fail")
        }
        evidence = Evidence(baseline.findings, baseline.exchanges)
        for verdict in baseline.verdicts:
            for finding in evidence.findings(verdict):
                now = judged.get(verdict.requirement)
                if now is not None and finding.fingerprint not in now:
                    result = self._finding(verdict, finding, evidence.proof(finding))
                    yield {**result, "suppressions": [], "baselineState": "absent"}

    def _drift(self) -> Iterator[Object]:
        """Changes that are no findings, and may be what fails the gate."""
        for change in self._result.drift.changes if self._result.drift else ():
            if change.severity in _DRIFTS and change.rule not in _OF_FINDINGS:
                yield self._change(change)

    def _finding(self, verdict: RecordedVerdict, finding: RecordedFinding, proof: Sequence[RecordedExchange]) -> Object:
        role = proof[-1].role if proof else "rename"
        path = "/".join((self._target, role, finding.part)) + finding.pointer
        logical = {
            "name": printable(finding.pointer.rpartition("/")[2] or finding.part),
            "fullyQualifiedName": printable(path),
            "kind": "property" if finding.pointer else "resource",
        }
        reproduction = finding.reproduction.describe() if finding.reproduction else ""
        properties = {"case": finding.case, "requirementLevel": verdict.level, "reproduction": reproduction}
        return {
            **self._reference_of(verdict.requirement),
            "level": "error" if self._record.gate.binds(verdict.level) else _LEVELS[verdict.level],
            "message": _text(f"{self._target}: {verdict.says} {sentence(finding)}."),
            "locations": [_location(self._declared.line(verdict.requirement), logical)],
            **self._fingerprints(finding.fingerprint),
            "occurrenceCount": finding.occurrences,
            "properties": {key: printable(value) for key, value in properties.items() if value},
        }

    def _change(self, change: Change) -> Object:
        says = f"{change.severity!s} drift: {RULES[change.rule].says}"
        rule = f"drift.{change.rule}"
        descriptions = dict.fromkeys(("shortDescription", "fullDescription", "help"), _text(says))
        level = _DRIFTS[change.severity]
        self._rules.setdefault(rule, {"id": rule, **descriptions, "defaultConfiguration": {"level": level}})
        text = "\n".join((change.rule, change.location, change.before, change.after))
        logical = {
            "name": printable(change.location),
            "fullyQualifiedName": printable(f"{self._target}/{change.location}"),
            "kind": "resource",
        }
        return {
            **self._reference_of(rule),
            "level": level,
            "message": _text(f"{self._target}: {says}. {change.location}: {from_to(change)}."),
            "locations": [_location(self._declared.line(change.location.partition(":")[0]), logical)],
            **self._fingerprints(hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]),
            "suppressions": [],
            "baselineState": "new",
        }

    def _fingerprints(self, fingerprint: str) -> Object:
        """The record's own fingerprint, and the target's one by which GitHub distinguishes alerts."""
        of_target = hashlib.sha256(f"{self._target}\n{fingerprint}".encode()).hexdigest()[:16]
        return {
            "fingerprints": {"driftgate/v1": fingerprint},
            "partialFingerprints": {"primaryLocationLineHash": f"{of_target}:1"},
        }

    def _reference_of(self, rule: str) -> Object:
        reference = self._reference(rule)
        return {"ruleId": reference["id"]} | ({"ruleIndex": reference["index"]} if "index" in reference else {})

    def _reference(self, rule: str) -> Object:
        return {"id": rule, "index": list(self._rules).index(rule)} if rule in self._rules else {"id": rule}


class _Exchanges:
    """The requests and answers that prove results: each is listed once in the run, and referred to by its index."""

    def __init__(self) -> None:
        self._indexes: dict[int, int] = {}
        self._requests: list[Object] = []
        self._answers: list[Object] = []

    def references(self, row: RecordedExchange) -> Object:
        """How a result refers to the exchange that proves it."""
        if row.number not in self._indexes:
            self._indexes[row.number] = len(self._requests)
            self._requests.append(_request(row.request))
            self._answers.append(_answer(row.answer))
        index = self._indexes[row.number]
        return {"webRequest": {"index": index}, "webResponse": {"index": index}}

    def render(self) -> Object:
        """All of them, as members of the run."""
        requests, answers = (
            [{"index": index, **each} for index, each in enumerate(rows)] for rows in (self._requests, self._answers)
        )
        return {"webRequests": requests, "webResponses": answers}


def _request(row: RecordedRequest) -> Object:
    return {"protocol": "HTTP", "target": printable(row.url), "method": row.method, **_body(row.body)}


def _answer(row: RecordedAnswer | None) -> Object:
    if row is None:
        return {"noResponseReceived": True}
    headers: dict[str, str] = {}
    for name, value in row.headers:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {"protocol": "HTTP", "statusCode": row.status, "headers": headers, **_body(row.body)}


def _body(body: Body | None) -> Object:
    if body is None:
        return {}
    content: Object = {"text" if body.base64 is None else "binary": body.content[:_LONGEST_BODY]}
    if len(body.content) > _LONGEST_BODY:
        content["properties"] = {"bytes": body.bytes, "cut": True}
    return {"body": content}


def _rule(verdict: RecordedVerdict, address: str | None) -> Object:
    """A requirement as a rule; ``address`` is that of the vendor's page that states it."""
    full = f"{verdict.says} {verdict.impact}"
    source = f"Source: {verdict.source}."
    markdown = f"{_plain(full)}\n\n{_plain(source)}" + (f"\n\n<{address}>" if address else "")
    return {
        "id": verdict.requirement,
        "shortDescription": _text(verdict.says[:_LONGEST]),
        "fullDescription": _text(full[:_LONGEST]),
        "help": {**_text(f"{full} {source}"), "markdown": markdown},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": _LEVELS[verdict.level]},
        "properties": {"tags": [verdict.level, verdict.check]},
    }


def _suppressions(verdict: RecordedVerdict, finding: RecordedFinding) -> list[Object]:
    if not finding.waived:
        return []
    waivers = [each for each in verdict.waivers if each.fingerprint in (None, finding.fingerprint)]
    return [
        {
            "kind": "external",
            "status": "accepted",
            "justification": printable(f"{waiver.reason} ({waiver.link}), until {waiver.expires}"),
            "properties": {
                "link": waiver.link,
                **({"since": waiver.since} if waiver.since else {}),
                "expires": waiver.expires,
            },
        }
        for waiver in waivers
    ]


def _levels(record: Record) -> dict[tuple[str, str], str]:
    return {(row.requirement, each): row.level for row in record.verdicts for each in row.findings}


def _location(line: SourceLine, logical: Object) -> Object:
    region = {"startLine": line.number, "startColumn": 1, "endLine": line.number, "endColumn": line.length + 1}
    artifact = {"uri": line.uri, "uriBaseId": "DRIFTGATE" if line.of_ours else "%SRCROOT%"}
    return {
        "physicalLocation": {"artifactLocation": artifact, "region": region},
        "logicalLocations": [logical],
    }


def _text(text: str) -> Object:
    """A message: braces doubled, as they mark places for arguments, and nothing that would be a link."""
    return {"text": printable(text).replace("](", "] (").replace("{", "{{").replace("}", "}}")}


def _plain(text: str) -> str:
    """A text as Markdown that shows just that text: no link, no markup, no HTML."""
    return re.sub(r"([\\`*_{}\[\]<>#|!~&])", r"\\\1", printable(text).replace("{", "{{").replace("}", "}}"))


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _guid(record: Record) -> str:
    return str(uuid.uuid5(_SPACE, record.footer.digest))
