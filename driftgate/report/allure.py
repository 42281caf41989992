"""Allure results: vendor, class, requirement as epic, feature, story; the level as severity; exchanges attached."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import allure

from driftgate.contract import Level, Requirement
from driftgate.report.words import class_of
from driftgate.run import TargetRun
from driftgate.target import Target

_MOST_ATTACHED = 20
_SEVERITIES = {
    Level.MUST: allure.severity_level.CRITICAL,
    Level.SHOULD: allure.severity_level.NORMAL,
    Level.MAY: allure.severity_level.TRIVIAL,
}


def label(target: Target, requirement: Requirement) -> None:
    """Labels the test that is about to run."""
    dynamic: Any = allure.dynamic
    dynamic.epic(target.contract.title)
    dynamic.feature(class_of(requirement.check))
    dynamic.story(requirement.id)
    dynamic.title(f"{requirement.id}: {requirement.says}")
    dynamic.description(f"Impact: {requirement.impact}\n\nSource: {requirement.source}")
    dynamic.severity(_SEVERITIES[requirement.level])
    dynamic.parameter("target", target.name)


def attach(run: TargetRun, numbers: Sequence[int]) -> None:
    """Attaches the exchanges of these numbers to the test that is running."""
    for number in numbers[:_MOST_ATTACHED]:
        row = run.exchanges[number]
        request = {"request": row["request"], "role": row["role"]}
        answer = {key: row[key] for key in ("answer", "trouble", "outcome")}
        for name, part in (("request", request), ("answer", answer)):
            text = json.dumps(part, ensure_ascii=True, indent=2)
            allure.attach(text, f"{name} {number}", allure.attachment_type.JSON)
