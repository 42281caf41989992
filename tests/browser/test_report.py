"""The report in a browser: offline, accessible, readable at two widths, worked by keyboard."""

from __future__ import annotations

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from tests.harness import judge_url, live_options, run_main
from tests.test_html import HOSTILE, SaysHostileThings

WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Pages by name: one target with everything on it, three targets side by side, the drift of two records."""
    folder = tmp_path_factory.mktemp("reports")
    for name, emulator in (
        ("then", EMULATORS["coze"]()),
        ("coze", SaysHostileThings()),
        ("nuwax", faulty("nuwax", ["tid-as-number"])),
    ):
        running = start(emulator)
        options = [*live_options(running), f"--report-dir={folder}/{name}"]
        options += [f"--baseline={folder}/then/coze.jsonl"] if name == "coze" else []
        judge_url(emulator.vendor, running.base_url, options, key=running.api_key)
        running.stop()
    records = {name: str(next((folder / name).glob("*.jsonl"))) for name in ("then", "coze", "nuwax")}
    _, several = run_main(["report", *records.values(), "--format=html"])
    (folder / "several.html").write_text(several, encoding="utf-8")
    _, drift = run_main(["drift", records["then"], records["coze"], "--format=html"])
    (folder / "drift.html").write_text(drift, encoding="utf-8")
    return {
        "one": folder / "coze" / "report.html",
        "several": folder / "several.html",
        "drift": folder / "drift.html",
    }


PAGES = pytest.mark.parametrize("name", ["one", "several", "drift"])


@PAGES
def test_it_opens_offline_without_a_word_on_the_console_and_asks_for_nothing(name, reports, opened):
    shown = opened(reports[name])
    assert shown.said == []
    assert shown.requests == [reports[name].as_uri()]


@PAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_has_no_accessibility_violation(name, scheme, width, reports, opened, axe):
    page = opened(reports[name], width, scheme).page
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.impact, v.nodes[0].html])")
    assert found == []


@PAGES
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_never_wider_than_the_window(name, width, reports, opened):
    page = opened(reports[name], width).page
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_matrix_is_readable(width, reports, opened):
    page = opened(reports["several"], width).page
    table = page.locator("table.matrix")
    heads = table.locator("tbody th")
    assert heads.count() > 60
    for place in (0, heads.count() - 1):
        box = heads.nth(place).bounding_box()
        assert box["width"] <= width * 0.6  # leaves room for at least one target beside it
    cell = table.locator("tbody td a").first
    cell.scroll_into_view_if_needed()
    assert cell.inner_text().split() == ["✓", "pass"]
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('table.matrix .mark')).fontSize)") >= 11


def test_the_first_column_stays_when_the_matrix_is_scrolled(reports, opened):
    page = opened(reports["several"], 390).page
    head = page.locator("table.matrix tbody th").first
    before = head.bounding_box()["x"]
    page.locator(".scroll").first.evaluate("each => each.scrollLeft = 200")
    assert head.bounding_box()["x"] == before


def test_folding_works_by_keyboard(reports, opened):
    page = opened(reports["one"]).page
    details = page.locator("details.requirement:not([open])").first.element_handle()
    details.query_selector("summary").focus()
    page.keyboard.press("Enter")
    assert details.get_attribute("open") is not None
    page.keyboard.press("Space")
    assert details.get_attribute("open") is None


def test_the_tab_key_reaches_the_links_and_the_foldings(reports, opened):
    page = opened(reports["several"]).page
    reached = set()
    for _ in range(250):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY", "DIV"} <= reached


def test_a_name_that_is_markup_shows_as_text(reports, opened):
    page = opened(reports["one"]).page
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.title() == "Contract conformance: coze"
    assert page.locator("script").count() == 0
    assert HOSTILE.split('"')[0] in page.inner_text("main")


def test_the_dark_scheme_is_dark_and_the_light_one_is_light(reports, opened):
    script = "getComputedStyle(document.body).backgroundColor"
    assert opened(reports["one"], scheme="light").page.evaluate(script) == "rgb(255, 255, 255)"
    assert opened(reports["one"], scheme="dark").page.evaluate(script) == "rgb(16, 20, 24)"
