"""Groups the findings of a run by what they probably have in common, so that one mistake is told once.

The rules are data, in ``causes.yaml``. Findings of an answer's form that no rule takes belong together where they are
about the same member, about one within the other, or say the same of members side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from driftgate.base.resource import CONVERSATION, Resource
from driftgate.record.rows import RecordedFinding, RecordedVerdict
from driftgate.report.result import Result

RULES = Path(__file__).with_name("causes.yaml")
_FORM = ("answer", "value")  # kinds of findings that are about a member of an answer


@dataclass(frozen=True)
class Cause:
    """Findings with one probable cause. ``id`` names the rule, or is empty; ``verdicts`` are of their requirements."""

    id: str
    says: str
    verdicts: tuple[RecordedVerdict, ...]
    findings: tuple[RecordedFinding, ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        return tuple(verdict.requirement for verdict in self.verdicts)


@dataclass(frozen=True)
class _Rule:
    id: str
    says: str
    needs: tuple[Mapping[str, str], ...]
    takes: tuple[Mapping[str, str], ...]


class _Facts:
    """What the patterns of the rules are compared with."""

    def __init__(self, findings: Sequence[RecordedFinding], verdicts: Iterable[RecordedVerdict]) -> None:
        self._checks = {verdict.requirement: verdict.check for verdict in verdicts}
        self._findings = findings
        self._names = {
            _last(each.pointer)
            for each in findings
            if each.kind == "value" and self._checks[each.requirement] != "keeps"
        }

    def applies(self, rule: _Rule) -> bool:
        return all(any(self.meets(each, pattern) for each in self._findings) for pattern in rule.needs)

    def takes(self, rule: _Rule, finding: RecordedFinding) -> bool:
        return any(self.meets(finding, pattern) for pattern in rule.takes)

    def meets(self, finding: RecordedFinding, pattern: Mapping[str, str]) -> bool:
        return all(self._is(finding, key, wanted) for key, wanted in pattern.items())

    def _is(self, finding: RecordedFinding, key: str, wanted: str) -> bool:
        if key == "check":
            return self._checks[finding.requirement] == wanted
        if key == "pointer":
            return (_last(finding.pointer) in self._names) is (wanted == "NAME")
        own: str = getattr(finding, key)
        return own.startswith(wanted) if key in ("signature", "case") else own == wanted


def causes_of(result: Result) -> list[Cause]:
    """Why a target violates its contract, probably; what fails the gate comes first. What is waived is left out."""
    record = result.record
    violated = [row for row in record.verdicts if row.verdict == "fail" and not row.waived]
    resource = Resource(record.header.contract.resource or CONVERSATION.one)
    found = causes(violated, [finding for finding in record.findings if not finding.waived], resource)
    return sorted(found, key=lambda cause: not any(record.gate.binds(row.level) for row in cause.verdicts))


def causes(
    verdicts: Sequence[RecordedVerdict], findings: Iterable[RecordedFinding], resource: Resource = CONVERSATION
) -> list[Cause]:
    """The findings of these violated requirements by probable cause, in the order of the rules."""
    by_id = {verdict.requirement: verdict for verdict in verdicts}
    open_findings = [each for each in findings if each.requirement in by_id]
    facts = _Facts(open_findings, verdicts)
    found: list[Cause] = []
    for rule in filter(facts.applies, _rules()):
        taken = [each for each in open_findings if facts.takes(rule, each)]
        open_findings = [each for each in open_findings if each not in taken]
        if taken:
            found.append(_cause(rule.id, resource.worded(rule.says), taken, by_id))
    for group in _by_member(open_findings):
        members = ", ".join(dict.fromkeys(each.pointer for each in group if each.pointer))
        found.append(_cause("", f"The form of {members or 'answers'} is not the documented one.", group, by_id))
    return found


def _cause(rule: str, says: str, findings: Sequence[RecordedFinding], verdicts: Mapping[str, RecordedVerdict]) -> Cause:
    """A cause. One that a single requirement tells of is named by what the requirement says."""
    of = tuple(dict.fromkeys(each.requirement for each in findings))
    return Cause(
        rule, verdicts[of[0]].says if len(of) == 1 else says, tuple(verdicts[each] for each in of), tuple(findings)
    )


def _by_member(findings: Iterable[RecordedFinding]) -> list[list[RecordedFinding]]:
    groups: list[list[RecordedFinding]] = []
    for finding in findings:
        related = [group for group in groups if any(_related(finding, each) for each in group)]
        groups = [group for group in groups if group not in related]
        groups.append([*(each for group in related for each in group), finding])
    return groups


def _related(one: RecordedFinding, other: RecordedFinding) -> bool:
    if one.requirement == other.requirement:
        return True
    if one.kind not in _FORM or other.kind not in _FORM or (one.part, other.part) != ("body", "body"):
        return False
    within = f"{one.pointer}/".startswith(f"{other.pointer}/") or f"{other.pointer}/".startswith(f"{one.pointer}/")
    return within or (_parent(one.pointer) == _parent(other.pointer) and one.signature == other.signature)


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _parent(pointer: str) -> str:
    return pointer.rpartition("/")[0]


@cache
def _rules() -> tuple[_Rule, ...]:
    from driftgate.base import yamlfile  # noqa: PLC0415  # takes a while to load, and most runs violate nothing

    return tuple(_read(cast("list[dict[str, Any]]", yamlfile.read(RULES))))


def _read(rows: Iterable[Mapping[str, Any]]) -> Iterator[_Rule]:
    for row in rows:
        yield _Rule(row["cause"], row["says"], tuple(row.get("needs", ())), tuple(row["takes"]))
