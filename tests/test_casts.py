"""The page on the terminal shows what a terminal shows."""

from __future__ import annotations

from tests.casts import MOST_LINES, PAGE, page
from tests.docs.page import read_page


def test_the_page_is_as_terminals_show_it():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_each_situation_is_short():
    assert len(read_page(PAGE).blocks) == 5
    assert all(len(block.lines) <= MOST_LINES for block in read_page(PAGE).blocks)
