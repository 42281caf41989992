"""The page of a history in a browser: offline, accessible, readable at two widths, any two runs compared by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from driftgate.emulator import EMULATORS, start
from driftgate.emulator.faults import faulty
from driftgate.history import timeline
from driftgate.record.reading import read_record
from driftgate.record.rows import json_of
from tests.harness import judge_url, live_options, run_main
from tests.records import copied
from tests.test_html import HOSTILE, SaysHostileThings

WIDTHS = (1280, 390)
MANY = 60


def _records(folder):
    """Records of one target that changes twice and says hostile things, of another that flaps, and what is none."""
    sources = {}
    for name, emulator in (
        ("clean", EMULATORS["coze"]()),
        ("broken", faulty("coze", ["no-limit"])),
        ("hostile", SaysHostileThings()),
    ):
        running = start(emulator)
        judge_url(
            "coze", running.base_url, [*live_options(running), f"--report-dir={folder}/made"], key=running.api_key
        )
        running.stop()
        sources[name] = read_record(folder / "made" / "coze.jsonl")
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for day in range(MANY):
        name = "clean" if day < 20 else "broken" if day < 40 else "hostile"
        later = {"suite": "0123456789abcdef"} if day > 30 else {}
        target = {**json_of(sources["clean"].header.target), "name": HOSTILE}
        place, started = folder / "records" / f"{day:02}", begin + timedelta(days=day)
        copied(sources[name], place / "a.jsonl", started, header={"target": target, **later}, slower=day + 1.0)

        def change(row, day=day):
            return row | {"code": str(day)} if row["record"] == "observation" else row

        copied(sources["broken" if day % 3 else "clean"], place / "b.jsonl", started, change=change)
    (folder / "records" / "<b>cut.jsonl").write_text("{")
    return folder / "records"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    code, output = run_main(["history", str(_records(folder)), f"--output={folder}/history.html"])
    assert code == 0, output
    return folder / "history.html"


def test_it_opens_offline_without_a_word_on_the_console_and_asks_for_nothing(page, opened):
    shown = opened(page)
    assert shown.said == []
    assert shown.requests == [page.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_accessible_and_never_wider_than_the_window(width, scheme, page, opened, axe):
    shown = opened(page, width, scheme).page
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.evaluate(axe)
    found = shown.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.impact, v.nodes[0].html])")
    assert found == []


def test_what_is_markup_shows_as_text(page, opened):
    shown = opened(page).page
    assert shown.title().startswith("History: ")
    assert shown.locator("script").count() == 1
    assert shown.locator("img, main b:text('cut')").count() == 0
    assert HOSTILE.split('"')[0] in shown.inner_text("#t1")
    assert "<b>cut.jsonl: line 1: is cut off" in shown.inner_text(".remarks")


def _rows(region):
    return [row.inner_text().split() for row in region.locator("tr").all()]


def test_any_two_runs_are_compared_by_keyboard_as_the_command_compares_them(page, opened, tmp_path):
    shown = opened(page).page
    chooser = shown.locator(".chooser").first
    before, after = (chooser.locator(f"select.{name}") for name in ("before", "after"))
    before.focus()
    shown.keyboard.press("Home")  # the newest
    after.focus()
    shown.keyboard.press("End")  # the oldest
    for now in ("40", "25", "05", "00"):
        if now != "00":
            after.select_option(index=MANY - 1 - int(now))
        else:
            shown.keyboard.press("End")
        paths = [str(page.parent / "records" / each / "a.jsonl") for each in ("59", now)]
        assert chooser.locator(".command").inner_text() == "driftgate drift " + " ".join(paths)
        (tmp_path / "drift.html").write_text(run_main(["drift", *paths, "--format=html"])[1], encoding="utf-8")
        expected = opened(tmp_path / "drift.html").page
        assert chooser.locator(".headline").inner_text() == expected.inner_text(".headline")
        assert chooser.locator(".latency").inner_text() == expected.inner_text(".headline + p")
        assert _rows(chooser) == _rows(expected.locator("main section").first)


def test_for_two_runs_without_kept_drift_the_command_is_shown(page, opened):
    assert MANY > timeline.MOST_SNAPSHOTS
    shown = opened(page).page
    chooser = shown.locator(".chooser").nth(1)
    chooser.locator("select.before").select_option(index=10)
    chooser.locator("select.after").select_option(index=50)
    assert "not kept on this page" in chooser.locator(".headline").inner_text()
    assert chooser.locator("tr").count() == 0
    chooser.locator("select.after").select_option(index=9)
    assert "code-changed" in chooser.locator(".table").inner_text()


def test_without_javascript_the_page_shows_all_but_the_choice(page, chromium):
    context = chromium.new_context(java_script_enabled=False, offline=True)
    shown = context.new_page()
    shown.goto(page.as_uri())
    assert not shown.locator(".chooser").first.is_visible()
    assert "needs JavaScript" in shown.locator("noscript").first.inner_text()
    assert shown.locator("svg.band").count() > 4
    turn = shown.locator(".transitions details").first
    turn.locator("summary").click()
    assert turn.locator("tbody tr").first.is_visible()
    context.close()
