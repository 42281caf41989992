"""The page on the terminal shows what a terminal shows."""

from __future__ import annotations

import pytest

from tests.casts import MOST_LINES, PAGE, page
from tests.docs.page import read_page


@pytest.mark.matrix  # six runs, each a process of its own
def test_the_page_is_as_terminals_show_it():
    assert page() == PAGE.read_text(encoding="utf-8"), "python -m tests.casts writes it anew"


def test_each_situation_is_short():
    assert len(read_page(PAGE).blocks) == 5
    assert all(len(block.lines) <= MOST_LINES for block in read_page(PAGE).blocks)
