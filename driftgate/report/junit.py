"""JUnit: one suite a target, one case a requirement, from the records. It replaces what pytest wrote test by test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from driftgate.report import words
from driftgate.report.case import GATE, Case, cases, legal
from driftgate.report.declared import Declared
from driftgate.report.files import put
from driftgate.report.result import Result

Element = ElementTree.Element

# how a case that is no pass shows; a violation that the gate lets pass is neither a failure nor a pass
_TAGS = {
    "violated": "failure",
    "inconclusive": "error",
    "error": "error",
    "open": "skipped",
    "warned": "skipped",
    "waived": "skipped",
    "untested": "skipped",
}
_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def rewrite(
    path: Path,
    results: Sequence[tuple[Result, Sequence[Case]]],
    prefix: str = "",
    problems: Sequence[str] = (),
    directory: Path = Path(),
) -> None:
    """Puts the suites of these results into a file of pytest's; cases of other tests stay in it.

    ``directory`` is where driftgate.toml is: a case names the line of its target there, or that of its requirement.
    ``problems`` are what kept targets from being judged at all: errors of a suite of their own.
    """
    tree = ElementTree.parse(path)  # noqa: S314  # pytest has just written it
    root = tree.getroot()
    ours = {(case.target, case.name) for _, cases in results for case in cases}
    for suite in root.findall("testsuite"):
        for case in suite.findall("testcase"):
            if _names(case) in ours:
                suite.remove(case)
        if suite.find("testcase") is None:
            root.remove(suite)
        else:
            _count(suite)
    root.extend(_suite(result, cases, prefix, directory) for result, cases in results)
    if problems:
        suite = ElementTree.SubElement(root, "testsuite", name=_named(prefix, "session"))
        for problem in problems:
            suite.append(_case(_named(prefix, "session"), Case("", GATE, "run", "error", legal(problem))))
        _count(suite)
    _total(root)
    put(path, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True).decode())


def render(results: Sequence[Result], directory: Path = Path()) -> str:
    """The suites of records alone, as a file of their own; ``directory`` is where driftgate.toml is."""
    root = Element("testsuites", name="driftgate")
    root.extend(_suite(result, list(cases(result, {})), "", directory) for result in results)
    _total(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _names(case: Element) -> tuple[str | None, str | None]:
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    return properties.get("target"), properties.get("requirement")


def _suite(result: Result, cases: Sequence[Case], prefix: str, directory: Path) -> Element:
    header, footer = result.record.header, result.record.footer
    name = _named(prefix, header.target.name)
    suite = Element("testsuite", name=name, time=f"{footer.elapsed_s:.3f}", timestamp=header.started)
    suite.append(_properties(_facts(result)))
    declared = Declared(header.target.name, header.contract.vendor, directory)
    for case in cases:
        element = _case(name, case)
        if case.verdict:
            line = declared.line(case.verdict.requirement)
            element.set("file", line.path)
            element.set("line", str(line.number))
        suite.append(element)
    _count(suite)
    return suite


def _named(prefix: str, target: str) -> str:
    return ".".join(part for part in (prefix, "driftgate", target) if part)


def _facts(result: Result) -> dict[str, object]:
    header = result.record.header
    return {
        "target": header.target.name,
        "base_url": header.target.base_url,
        "vendor": header.contract.vendor,
        "edition": header.contract.edition,
        "profile": header.profile,
        "seed": header.seed,
        "strict": header.strict,
        "embedded_emulator": header.target.embedded,
        "status": words.status(result),
        "driftgate": header.driftgate,
    }


def _case(suite: str, case: Case) -> Element:
    seconds = case.execution.seconds if case.execution else 0.0
    element = Element("testcase", classname=f"{suite}.{case.title}", name=case.name, time=f"{seconds:.3f}")
    if case.verdict:
        facts = {"requirement": case.verdict.requirement, "level": case.verdict.level, "verdict": case.verdict.verdict}
        element.append(_properties({"target": case.target, **facts}))
    if case.kind in _TAGS:
        reason = ElementTree.SubElement(element, _TAGS[case.kind], message=case.message, type=case.kind)
        reason.text = case.text
    elif case.observation:
        ElementTree.SubElement(element, "system-out").text = f"observed: {case.observation}"
    return element


def _properties(facts: Mapping[str, object]) -> Element:
    properties = Element("properties")
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", name=name, value=legal(str(value)))
    return properties


def _total(root: Element) -> None:
    """The sums of all suites; some readers look nowhere else."""
    for name in ("tests", *_COUNTS):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root.findall("testsuite"))))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root.findall('testsuite')):.3f}")


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    found = Counter(each.tag for case in suite.iter("testcase") for each in case)
    for name, tag in _COUNTS.items():
        suite.set(name, str(found[tag]))
