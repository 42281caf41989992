"""The registry of checks: one module a kind, and one order for suites and reports."""

from __future__ import annotations

import importlib

import pytest

from driftgate.checks.check import Title
from driftgate.checks.registry import CHECKS, EVERY_ANSWER, check_named, order_of


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_kind_of_check_has_a_module_of_its_name(check):
    name = check.name.replace("-", "_")
    module = importlib.import_module(f"driftgate.checks.{'stateful.check' if name == 'stateful' else name}")
    assert module.CHECK is check
    assert f'check "{check.name}"' in module.__doc__
    assert check.holds.endswith(".")


def test_answers_are_judged_when_all_have_been_seen():
    assert [check.name for check in CHECKS][-1] == "answers"
    assert sorted(map(order_of, EVERY_ANSWER))[-1] == len(CHECKS) - 1
    assert {"answers", "survives"} == EVERY_ANSWER


def test_every_class_of_reports_has_a_kind_of_check():
    assert {check.title for check in CHECKS} == set(Title) - {Title.CLIENT}  # clients are asked for nothing
    assert check_named("either-or").title == "Requests"


def test_the_names_of_kinds_are_unique():
    assert [check_named(check.name) for check in CHECKS] == list(CHECKS)
