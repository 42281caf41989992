"""Heat maps of a history: days and runs are in their columns, and what is worst is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from driftgate.history import heat
from driftgate.history.timeline import history
from driftgate.record.reading import read_record
from driftgate.record.rows import json_of
from driftgate.report.html import together
from tests.harness import run_main
from tests.records import copied
from tests.test_html import Page

CLEAN = Path(__file__).parent.parent / "reports" / "baselines" / "coze.jsonl"
BEGIN = datetime(2026, 1, 30, 3, 0, tzinfo=UTC)
BROKEN = "coze.rename.name-at-most-100"


def fails(row):
    if row["record"] == "verdict" and row["requirement"] == BROKEN:
        return {**row, "verdict": "fail"}
    return row


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two targets: the first in order by name is fine; the other fails at one of two runs of its last day."""
    place, clean = tmp_path_factory.mktemp("records"), read_record(CLEAN)
    for name in ("a-fine", "b-broken"):
        target = {"target": {**json_of(clean.header.target), "name": name}}
        for day in (0, 1, 3):
            copied(clean, place / name / f"{day}.jsonl", BEGIN + timedelta(days=day), header=target)
    bad = replace(clean, footer=replace(clean.footer, exit=1))
    copied(bad, place / "b-broken" / "4.jsonl", BEGIN + timedelta(days=3, hours=2), header=target, change=fails)
    return place


def test_failing_targets_come_first(folder):
    assert [each.name for each in history(folder).timelines] == ["b-broken", "a-fine"]


def test_targets_by_day_show_the_worst_run_of_each_and_days_without_one(folder):
    found = heat.by_day(history(folder))
    assert found.months == [("2026-01", 2), ("2026-02", 2)]
    assert [day for day, _, _ in found.dates] == ["30", "31", "01", "02"]
    assert [(row.label, row.words[-2:]) for row in found.rows] == [
        ("b-broken", (heat.NO_RUN, "fail")),
        ("a-fine", (heat.NO_RUN, "pass")),
    ]


def test_requirements_by_run_have_a_column_for_each_run(folder):
    broken, fine = history(folder).timelines
    found = heat.by_run(broken)
    assert [(row.label, row.words) for row in found.rows] == [
        ("rename.name-at-most-100", ("pass", "pass", "pass", "fail"))
    ]
    assert found.dates[-1] == ("02", "2026-02-02", 2)
    assert heat.by_run(fine) is None


def test_of_very_many_columns_the_newest_are_shown(folder, monkeypatch):
    monkeypatch.setattr(heat, "MOST_DAYS", 3)
    monkeypatch.setattr(heat, "MOST_RUNS", 3)
    told = history(folder)
    assert (len(heat.by_day(told).days), heat.by_day(told).older) == (3, 1)
    assert (len(heat.by_run(told.timelines[0]).days), heat.by_run(told.timelines[0]).older) == (3, 1)


def test_the_page_has_both_and_no_time_breaks(folder):
    _, text = run_main(["history", str(folder)])
    page = Page(text)
    assert page.tags.count("table") >= 3
    assert "✗fail" in "".join(page.text)
    assert (
        together("fail since 2026-02-02 05:00 <b>") == 'fail since <span class="time">2026-02-02 05:00</span> &lt;b&gt;'
    )
    assert 'fail since <span class="time">2026-02-02 05:00</span> (1 run)' in text
