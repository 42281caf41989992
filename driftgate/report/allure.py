"""Allure results: one a requirement, with its exchanges as steps. They replace what allure-pytest wrote test by test.

Red fails the gate, yellow could not be judged, grey is untested. Purple (unknown) is a violation that the gate lets
pass.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import allure_commons
from allure_commons import model2
from allure_commons.logger import AllureFileLogger

from driftgate.record.rows import Header, RecordedExchange, json_of
from driftgate.report import words
from driftgate.report.case import SHOWN, Case, Execution, legal
from driftgate.report.result import Result

_Files: Any = AllureFileLogger  # it has no types
_MOST_STEPS = 20
_STATUSES = {
    "pass": model2.Status.PASSED,
    "violated": model2.Status.FAILED,
    "inconclusive": model2.Status.BROKEN,
    "open": model2.Status.UNKNOWN,
    "error": model2.Status.BROKEN,
    "untested": model2.Status.SKIPPED,
    "warned": model2.Status.UNKNOWN,
    "waived": model2.Status.UNKNOWN,
}
_SEVERITIES = {"must": "critical", "should": "normal", "may": "trivial"}
_CATEGORIES = {
    "violated": "Violated: fails the gate",
    "warned": "Warned: violated, but the gate passes",
    "waived": "Waived: violated, accepted until a date",
    "inconclusive": "Inconclusive: no answer that can be judged",
    "open": "Inconclusive: no answer that can be judged, but the gate passes",
    "error": "driftgate's own error",
    "untested": "Untested: not asked, or a prerequisite is missing",
}


class Redacting:
    """Takes secrets out of the texts that allure-pytest writes during a run, by a hook of its own."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: Any) -> None:
        self._clean([result])

    @allure_commons.hookimpl(tryfirst=True)
    def report_container(self, container: Any) -> None:
        self._clean([*container.befores, *container.afters])

    def _clean(self, items: Iterable[Any]) -> None:
        for item in items:
            if item.statusDetails:
                for name in ("message", "trace"):
                    text = getattr(item.statusDetails, name) or ""
                    setattr(item.statusDetails, name, legal(self._redact(text)))
            self._clean(item.steps)


class Room:
    """Keeps a full disk from ending a run in the midst of a test; ``problem`` is what allure-pytest could not write."""

    def __init__(self) -> None:
        self.problem: OSError | None = None

    @allure_commons.hookimpl(hookwrapper=True)
    def report_result(self) -> Generator[None, Any, None]:
        self._take((yield))

    @allure_commons.hookimpl(hookwrapper=True)
    def report_container(self) -> Generator[None, Any, None]:
        self._take((yield))

    @allure_commons.hookimpl(hookwrapper=True)
    def report_attached_data(self) -> Generator[None, Any, None]:
        self._take((yield))

    @allure_commons.hookimpl(hookwrapper=True)
    def report_attached_file(self) -> Generator[None, Any, None]:
        self._take((yield))

    def _take(self, outcome: Any) -> None:
        if isinstance(outcome.exception, OSError):
            self.problem = self.problem or outcome.exception
            outcome.force_result([])


def write(folder: Path, results: Sequence[tuple[Result, Sequence[Case]]]) -> None:
    """Writes the results of all targets, what they were judged in, and the categories of what is no pass."""
    _remove_raw(folder)
    _remove_earlier(folder, {result.record.header.target.name for result, _ in results})
    logger = _Files(folder)
    for result, cases in results:
        exchanges = {row.number: row for row in result.record.exchanges}
        for case in cases:
            logger.report_result(_result(case, result, exchanges, logger))
    environment = {name: value for result, _ in results for name, value in _environment(result).items()}
    _write_environment(folder / "environment.properties", environment)
    _write_categories(folder / "categories.json")


def _remove_raw(folder: Path) -> None:
    """Removes what allure-pytest wrote of the suites' tests: it knows nothing of verdicts."""
    removed = set()
    for path in folder.glob("*-result.json"):
        raw = _read(path)
        if any(each["name"] == "driftgate_selection" for each in raw.get("parameters", ())):
            removed.add(raw["uuid"])
            for attachment in raw.get("attachments", ()):
                (folder / attachment["source"]).unlink(missing_ok=True)
            path.unlink()
    for path in folder.glob("*-container.json"):
        children = _read(path).get("children")
        if children and removed.issuperset(children):
            path.unlink()


def _remove_earlier(folder: Path, targets: Collection[str]) -> None:
    """Removes what an earlier run wrote about these targets: Allure would show both as one run."""
    for path in folder.glob("*-result.json"):
        told = _read(path)
        labels = {(each.get("name"), each.get("value")) for each in told.get("labels", ()) if isinstance(each, dict)}
        if ("framework", "driftgate") in labels and any(("parentSuite", target) in labels for target in targets):
            for attachment in (each for step in told.get("steps", ()) for each in step.get("attachments", ())):
                (folder / Path(attachment["source"]).name).unlink(missing_ok=True)
            path.unlink()


def _read(path: Path) -> dict[str, Any]:
    """The object in a file; an empty one where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _result(case: Case, result: Result, exchanges: Mapping[int, RecordedExchange], logger: Any) -> Any:
    header = result.record.header
    start, stop = _times(case.execution or Execution(datetime.fromisoformat(header.started).timestamp()))
    details = model2.StatusDetails(message=case.message, trace=case.text) if case.message else None
    verdict = case.verdict
    return model2.TestResult(
        uuid=str(uuid4()),
        historyId=_digest(case.target, case.name),
        testCaseId=_digest(case.name),
        fullName=f"driftgate.{case.target}#{case.name}",
        titlePath=["driftgate", case.target, case.title],
        name=f"{case.name}: {verdict.says}" if verdict else case.name,
        status=_STATUSES[case.kind],
        statusDetails=details,
        description=_description(case),
        parameters=[model2.Parameter(name="target", value=case.target)],
        labels=[model2.Label(name=name, value=value) for name, value in _labels(case, header)],
        links=[
            model2.Link(type="issue", url=waiver.link, name=waiver.link)
            for waiver in (verdict.waivers if verdict else ())
        ],
        steps=_steps(case, exchanges, start, logger),
        start=start,
        stop=stop,
    )


def _times(execution: Execution) -> tuple[int, int]:
    """Beginning and end in milliseconds since 1970."""
    return round(execution.started * 1000), round((execution.started + execution.seconds) * 1000)


def _digest(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]


def _description(case: Case) -> str:
    if not case.verdict:
        return case.message
    parts = {"Impact": case.verdict.impact, "Source": case.verdict.source, "Observed": case.observation}
    return "\n\n".join(f"{name}: {text}" for name, text in parts.items() if text)


def _labels(case: Case, header: Header) -> list[tuple[str, str]]:
    level = case.verdict.level if case.verdict else "must"
    tags = [level] if case.kind == "pass" else [level, case.kind]
    return [
        ("epic", header.contract.title),
        ("feature", case.title),
        ("story", case.name),
        ("severity", _SEVERITIES[level]),
        ("parentSuite", case.target),
        ("suite", case.title),
        ("package", f"driftgate.{case.target}"),
        ("framework", "driftgate"),
        *(("tag", tag) for tag in tags),
    ]


def _steps(case: Case, exchanges: Mapping[int, RecordedExchange], start: int, logger: Any) -> list[Any]:
    """A step for each exchange: what proves a finding first of all, then what the test itself sent."""
    numbers = sorted({*case.proof, *(case.execution.exchanges if case.execution else ())})
    shown = sorted(set(sorted(numbers, key=lambda number: number not in case.proof)[:_MOST_STEPS]))
    steps = []
    for number in shown:
        row = exchanges[number]
        stop = start + round(row.answer.elapsed_ms if row.answer else 0)
        step = model2.TestStepResult(
            name=_describe(row),
            status=_step_status(row, case),
            attachments=_attached(row, logger),
            start=start,
            stop=stop,
        )
        steps.append(step)
        start = stop
    if len(shown) < len(numbers):
        left = f"{len(numbers) - len(shown)} more exchanges are in the record"
        steps.append(model2.TestStepResult(name=left, status=model2.Status.PASSED, start=start, stop=start))
    return steps


def _describe(row: RecordedExchange) -> str:
    """An exchange in a few words."""
    answer = f"HTTP {row.answer.status}" if row.answer else row.transport_error
    code = f", code {row.code}" if row.code else ""
    return f"{row.number} {row.role}: {row.outcome}, {answer}{code}"


def _step_status(row: RecordedExchange, case: Case) -> str:
    if row.number in case.proof:
        return str(_STATUSES[case.kind])
    return str(model2.Status.BROKEN if row.outcome == "unavailable" else model2.Status.PASSED)


def _attached(row: RecordedExchange, logger: Any) -> list[Any]:
    request = {**json_of(row.request), "role": row.role, "conversation": row.conversation}
    answer = {
        "answer": json_of(row.answer),
        "transport_error": row.transport_error,
        "outcome": row.outcome,
        "code": row.code,
    }
    attachments = []
    for name, part in (("request", request), ("answer", answer)):
        source = f"{uuid4()}-attachment.json"
        logger.report_attached_data(json.dumps(part, ensure_ascii=True, indent=2), source)
        attachments.append(model2.Attachment(name=f"{name} {row.number}", source=source, type="application/json"))
    return attachments


def _environment(result: Result) -> dict[str, str]:
    header, footer = result.record.header, result.record.footer
    target, contract = header.target, header.contract
    facts = {
        "base_url": "embedded emulator" if target.embedded else target.base_url,
        "contract": f"{contract.title} {contract.edition}",
        "profile": f"{header.profile}{', strict' if header.strict else ''}",
        "seed": str(header.seed),
        "requests": f"{footer.requests} of at most {header.max_requests}",
        "result": words.status(result),
    }
    return {"driftgate": header.driftgate, **{f"{target.name}.{name}": value for name, value in facts.items()}}


def _write_environment(path: Path, environment: dict[str, str]) -> None:
    """Sets these properties, and keeps others: runs over several targets may share a folder."""
    kept = path.read_text(encoding="latin-1").splitlines() if path.exists() else []
    others = [line for line in kept if line.partition("=")[0].strip() not in environment]
    ours = [f"{name}={_property(value)}" for name, value in environment.items()]
    path.write_text("\n".join([*others, *ours, ""]), encoding="latin-1")


def _property(value: str) -> str:
    r"""A value as a Java properties file holds it: a backslash doubled, what is not ASCII as \uXXXX of UTF-16."""
    units = value.replace("\\", "\\\\").encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[index : index + 2], "big") for index in range(0, len(units), 2)]
    return "".join(chr(code) if 32 <= code < 127 else f"\\u{code:04x}" for code in codes)


def _write_categories(path: Path) -> None:
    """Sets our categories, and keeps others."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    except ValueError:
        raise ValueError(f"{path}: is not JSON: correct or remove it") from None
    ours = [
        {"name": name, "matchedStatuses": [_STATUSES[kind]], "messageRegex": rf"{SHOWN.get(kind, kind)}: [\s\S]*"}
        for kind, name in _CATEGORIES.items()
    ]
    names = set(_CATEGORIES.values())
    others = [row for row in kept if not (isinstance(row, dict) and row.get("name") in names)]
    path.write_text(json.dumps([*ours, *others], indent=2), encoding="utf-8")
