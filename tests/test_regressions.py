"""Regressions of real servers are found with --product, by a requirement or a rule that names them."""

from __future__ import annotations

import pytest

from tests import regressions
from tests.sample import sample
from tests.servers import AS_BUILT

CASES = [(edition, name) for edition, each in AS_BUILT.items() for name in regressions.INJECTED[each.vendor]]


@pytest.mark.parametrize(("edition", "name"), sample(CASES, lambda edition, name: edition))
def test_a_regression_is_found_and_named(edition, name):
    found = regressions.find(edition, name, {})
    assert found.exit in (1, 8)
    assert found.told
