"""Regressions of real servers are found with --product, by a requirement or a rule that names them."""

from __future__ import annotations

import pytest

from tests import regressions
from tests.sample import sample
from tests.servers import AS_BUILT
from tests.vendors import PAGE

CASES = [(edition, name) for edition, each in AS_BUILT.items() for name in regressions.INJECTED[each.vendor]]


@pytest.mark.parametrize(("edition", "name"), sample(CASES, lambda edition, name: edition))
def test_a_regression_is_found_and_named(edition, name):
    found = regressions.find(edition, name, {})
    assert found.exit in (1, 8)
    assert found.told


def test_the_page_names_every_regression_of_every_edition():
    text = PAGE.read_text(encoding="utf-8").partition(regressions.BEGIN)[2].partition(regressions.END)[0]
    rows = {tuple(cell.strip() for cell in line.split("|")[1:3]) for line in text.splitlines() if line.startswith("| ")}
    assert {(name, edition) for edition, name in CASES} <= rows, "python -m tests.regressions"
    assert "| nothing |" not in text
