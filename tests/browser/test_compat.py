"""The page of compatible products in a browser: offline, accessible, readable at two widths, without a script."""

from __future__ import annotations

import pytest

from driftgate.products.compat import matrices
from driftgate.report.compat import render_html


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("compat") / "compat.html"
    path.write_text(render_html(matrices(), "../products"), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_opens_offline_without_a_word_and_fits(page, width, scheme, opened):
    shown = opened(page, width, scheme)
    assert shown.said == []
    assert shown.requests == [page.as_uri()]
    shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_has_no_accessibility_violation(page, width, scheme, opened, axe):
    shown = opened(page, width, scheme).page
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown.evaluate(axe)
    found = shown.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.impact, v.nodes[0].html])")
    assert found == []


def test_a_cell_tells_its_proof(page, opened):
    shown = opened(page).page
    cell = shown.locator("section", has_text="Dify").locator("details", has_text="the database refuses null").first
    cell.locator("summary").click()
    assert cell.get_by_text("Proof:").is_visible()


def test_what_no_record_proves_says_what_is_known_from_elsewhere(page, opened):
    shown = opened(page).page
    cell = shown.locator("section", has_text="Dify").locator("details", has_text="5 of 12 standard runs").first
    cell.locator("summary").click()
    assert cell.get_by_text("read: api/migrations/").is_visible()
    assert not cell.get_by_text("Proof:").count()
