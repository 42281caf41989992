"""Looks for a name that a property does not hold for: a combined one first, then special, long and generated ones.

The first name is needed; further ones, and what it is of a name that fails, are asked for where the plan allows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from driftgate.cases import generate
from driftgate.checks.echoes import needs_no_read
from driftgate.checks.expect import Expect, Violation
from driftgate.checks.names import MORE_TRIES, longest_name, needed, packed, single
from driftgate.contract import Profile, Requirement
from driftgate.http.client import OutOfBudget
from driftgate.record.verdict import Finding
from driftgate.session.plan import Rank
from driftgate.session.session import Session

Property = Callable[[str], None]

_TO_REPRODUCE = 2  # requests: a rename and a read
_GENERATED = {Profile.SMOKE: 0, Profile.STANDARD: 2, Profile.DEEP: 100}


class NameSearch:
    """One search. It tries the same names for every requirement, so that later ones are answered from memory."""

    def __init__(self, session: Session, requirement: Requirement, expect: Expect) -> None:
        self._session = session
        self._requirement = requirement
        self._expect = expect
        self._profile = session.profile
        self._longest = longest_name(session.contract)
        self._more = MORE_TRIES[session.free]

    def holds(self, property_: Property) -> None:
        """Raises Violation with the findings of the smallest name found for which the property does not hold."""
        if self._requirement.detail.get("names", "every") != "every":
            for label, name in needed(self._session, self._requirement):
                self._raise_for(property_, label, name)
            return
        for labels in packed(self._longest):
            self._combined(property_, labels)
        # a name that is special in one way says nothing of the others: all are tried before any is reported
        found: list[Finding] = []
        for label, name in single(self._session, self._requirement):
            found += _of(label, self._further(property_, label, name))
        try:
            self._generated(property_)
        except Violation as violation:
            found += violation.findings
        if found:
            raise Violation(found)

    def _combined(self, property_: Property, labels: Sequence[str]) -> None:
        whole = self._findings(property_, "many kinds of characters in one name", generate.combined(labels))
        if not whole:
            self._expect.judged("any name", *labels)  # one name stood for all of them
            return
        plain = self._optional(property_, "any name", self._session.plain_name("any"), Rank.SMALLER)
        if plain:
            raise Violation(_of("any name", plain))
        smaller: dict[str, list[Finding]] = {}

        def fails(part: Sequence[str]) -> bool | None:
            found = self._optional(property_, ", ".join(part), generate.combined(part), Rank.SMALLER)
            smaller[" with ".join(part)] = found or []
            return None if found is None else bool(found)

        culprits = [label for label in _changed(labels, whole)[: self._more] if fails([label])]
        culprits = culprits or bisect(labels, fails, self._more)
        found = next((smaller[culprit] for culprit in culprits if smaller.get(culprit)), whole)
        raise Violation(_of(", ".join(culprits), found))

    def _generated(self, property_: Property) -> None:
        if self._profile is Profile.DEEP:
            # Hypothesis takes long to import, and no smaller profile needs it
            from driftgate.checks.property import falsify, names  # noqa: PLC0415

            falsify(
                names(self._longest),
                lambda name: self._findings_of_generated(property_, name),
                examples=_GENERATED[Profile.DEEP],
                seed=self._session.seed,
                shrink=self._more,
            )
            return
        for name in islice(generate.names(self._session.seed, self._longest), _GENERATED[self._profile]):
            found = self._optional(property_, "a generated name", name, Rank.GENERATED)
            if found:
                raise Violation(self._of_smaller(property_, name, _of("a generated name", found)))

    def _of_smaller(self, property_: Property, name: str, found: list[Finding]) -> list[Finding]:
        """The findings of the smallest part of a failing name that halving finds within the bound."""
        findings = {name: found}

        def fails(part: str) -> bool | None:
            try:
                smaller = self._optional(property_, "a generated name", part, Rank.SMALLER)
            except OutOfBudget:
                return None  # what was found is enough
            findings[part] = _of("a generated name", smaller or [])
            return None if smaller is None else bool(smaller)

        return findings[halved(name, fails, self._more, self._longest)]

    def _findings_of_generated(self, property_: Property, name: str) -> list[Finding]:
        return _of("a generated name", self._findings(property_, "a generated name", name))

    def _raise_for(self, property_: Property, label: str, name: str) -> None:
        found = self._findings(property_, label, name)
        if found:
            raise Violation(_of(label, found))

    def _further(self, property_: Property, label: str, name: str) -> list[Finding]:
        """The findings of a further name; of its answer alone where the plan has no room for the read after it."""
        session, plan = self._session, self._session.plan
        body = session.body(self._requirement.detail.get("body"), name)
        answer, read = session.question(body, Rank.NAME), session.question(body, Rank.READ, read=True)
        # the plan holds a request for the answer, and those for a name to give again, which this name then is
        held = not answer.answered()
        plain = generate.is_plain(name, self._longest)
        again = sum(map(plan.holds, session.questions_of_former_name())) if plain else 0
        # such a name saves a rename later on, and so comes before other names
        free = again > 0 and plan.allows(read.cost - again, Rank.NAME)
        if read.answered() or free or plan.allows(read.cost - held - again, Rank.READ):
            return self._findings(property_, label, name)
        if needs_no_read(self._requirement) and (answer.answered() or plan.allows(answer.cost, Rank.NAME)):
            with session.answers_only():
                return self._findings(property_, label, name)
        plan.omit(self._requirement.id, label)
        return []

    def _optional(self, property_: Property, label: str, name: str, rank: Rank) -> list[Finding] | None:
        """The findings of a name that need not be asked; None where the plan does not allow it."""
        session = self._session
        question = session.question(session.body(self._requirement.detail.get("body"), name), rank, read=True)
        what = label
        if rank is Rank.SMALLER:
            # what was found is not in the ledger yet, and is to be reproduced all the same
            question = replace(question, cost=question.cost + _TO_REPRODUCE)
            what = "what it is of a failing name that fails"
        if not session.affords(self._requirement, what, question):
            return None
        return self._findings(property_, label, name)

    def _findings(self, property_: Property, label: str, name: str) -> list[Finding]:
        return self._expect.findings_of(label, lambda: property_(name))


def _of(label: str, findings: Sequence[Finding]) -> list[Finding]:
    """The findings as those of one kind of name: that one kind is damaged says nothing of the others."""
    return [replace(finding, case=label, signature=f"{finding.signature} of {label}") for finding in findings]


def _changed(labels: Sequence[str], findings: Sequence[Finding]) -> list[str]:
    """The ingredients that are not to be found in what came back: likely culprits, known without a further request."""
    came_back = [value for value in map(_text, findings) if value]
    return [label for label in labels if any(generate.INGREDIENTS[label] not in text for text in came_back)]


def _text(finding: Finding) -> str:
    try:
        value = json.loads(finding.actual)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def halved(name: str, fails: Callable[[str], bool | None], most: int, longest: int) -> str:
    """The smallest part of a failing name that halving finds with at most ``most`` more tries.

    It ends when ``fails`` gives None.
    """
    tries = 0
    while True:
        middle = len(name) // 2
        parts = [part.strip() for part in (name[:middle], name[middle:])] if middle else []
        for part in parts:
            if tries >= most:
                return name
            if generate.is_plain(part, longest):
                tries += 1
                failed = fails(part)
                if failed is None:
                    return name
                if failed:
                    name = part
                    break
        else:
            return name


def bisect(labels: Sequence[str], fails: Callable[[Sequence[str]], bool | None], most: int) -> list[str]:
    """The smallest parts of ``labels`` that fail by themselves, found with at most ``most`` more tries.

    ``labels`` as a whole is known to fail. When no half fails by itself, the result is the whole. It ends when
    ``fails`` gives None.
    """
    tries = 0
    found: list[str] = []
    waiting = [list(labels)]
    while waiting:
        group = waiting.pop(0)
        if len(group) == 1:
            found += group
            continue
        failing: list[list[str]] = []
        for half in (group[: len(group) // 2], group[len(group) // 2 :]):
            if tries >= most:
                return [*found, " with ".join(group)]
            tries += 1
            failed = fails(half)
            if failed is None:
                return [*found, " with ".join(group)]
            if failed:
                failing.append(half)
        if not failing:
            found.append(" with ".join(group))
        waiting += failing
    return found
