"""The report in a browser: offline, accessible, readable at two widths, worked by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.record.reading import read_record
from driftgate.record.rows import json_of
from tests.harness import judge_url, live_options, run_main
from tests.records import copied
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


def _shown(page):
    return page.locator("details.requirement:visible").count()


def test_typing_filters_the_requirements(reports, opened):
    page = opened(reports["several"]).page
    everything = _shown(page)
    page.get_by_label("Search").press_sequentially("tid-is-TEXT")
    # a target that is not in view is not laid out, so that it has no inner text yet
    assert page.locator("details.requirement:visible code").all_text_contents()[0] == "nuwax.answer.tid-is-text"
    assert _shown(page) < everything
    assert page.locator("#filter-count").inner_text() == f"{_shown(page)} of {everything} requirements"
    page.get_by_label("Search").fill("")
    assert _shown(page) == everything


def test_verdict_level_class_and_target_can_be_chosen(reports, opened):
    page = opened(reports["several"]).page
    page.get_by_label("Verdict").select_option("fail")
    page.get_by_label("Level").select_option("must")
    page.get_by_label("Target", exact=True).select_option("nuwax")
    rows = page.locator("details.requirement:visible")
    assert rows.count() >= 1
    assert set(rows.evaluate_all("each => each.map(row => row.dataset.verdict + row.dataset.target)")) == {"failnuwax"}
    page.get_by_label("Class").select_option(index=1)
    assert set(rows.evaluate_all("each => each.map(row => row.dataset.class)")) <= {
        page.get_by_label("Class").input_value()
    }


def test_a_deep_link_opens_its_requirement(reports, opened):
    page = opened(reports["several"]).page
    page.get_by_label("Verdict").select_option("fail")
    row = page.locator("details.requirement:not([open])").first.get_attribute("id")
    page.evaluate("id => { location.hash = id }", row)
    page.wait_for_function("id => document.getElementById(id).open", arg=row)
    assert page.locator(f"[id='{row}']").is_visible()


def test_a_command_can_be_copied(reports, opened):
    page = opened(reports["one"]).page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("details.next summary").first.click()
    page.get_by_role("button", name="Copy").first.click()
    page.wait_for_function("[...document.querySelectorAll('button')].some(each => each.textContent === 'Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -sS ")


def test_what_is_wrong_with_three_targets_is_on_two_screens(reports, opened):
    page = opened(reports["several"]).page
    for each in page.locator(".causes > li").all():
        box = each.bounding_box()
        assert box["y"] + box["height"] <= 2 * 900


def test_the_page_is_whole_without_script(reports, chromium):
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(reports["several"].as_uri())
    assert page.locator("#filter").is_hidden()
    assert page.locator("details.requirement").first.is_visible()
    context.close()


def test_a_report_of_thirty_targets_is_small(reports, tmp_path):
    source = read_record(reports["one"].parent / "coze.jsonl")
    records = []
    for number in range(30):
        target = {**json_of(source.header.target), "name": f"target-{number}"}
        records.append(str(copied(source, tmp_path / f"{number}.jsonl", datetime.now(UTC), header={"target": target})))
    _, text = run_main(["report", *records, "--format=html"])
    assert len(text.encode()) < 3_000_000


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
    assert page.locator("script").count() == 1
    assert HOSTILE.split('"')[0] in page.inner_text("main")


def test_the_dark_scheme_is_dark_and_the_light_one_is_light(reports, opened):
    script = "getComputedStyle(document.body).backgroundColor"
    assert opened(reports["one"], scheme="light").page.evaluate(script) == "rgb(255, 255, 255)"
    assert opened(reports["one"], scheme="dark").page.evaluate(script) == "rgb(16, 20, 24)"
