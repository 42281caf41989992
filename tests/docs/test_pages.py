"""What the tutorial and the how-to pages tell to do is done, and prints what they show."""

from __future__ import annotations

import pytest
import yaml

from tests.docs.page import read_page
from tests.docs.play import DOCS, play, told

WANT_A_REAL_SERVER = {"real-products", "submit-product"}  # what they are about is no emulator
HOW_TO = [path for path in sorted((DOCS / "how-to").glob("*.md")) if path.stem not in WANT_A_REAL_SERVER]
EXECUTED = [DOCS / "tutorial.md", *HOW_TO, DOCS / "explanation" / "verdict.md"]


def name_of(path):
    return path.stem


@pytest.mark.parametrize("path", EXECUTED, ids=name_of)
def test_a_page_does_what_it_says(path, tmp_path):
    steps = 0
    for played in play(read_page(path), tmp_path):
        assert played.as_told, f"{path}, {told(played)}"
        steps += 1
    assert steps


@pytest.mark.parametrize("path", EXECUTED, ids=name_of)
def test_all_code_of_an_executed_page_is_executed_or_is_a_file(path):
    for block in read_page(path).blocks:
        shown = block.language == "text" and "─►" in block.text  # the picture of the flow
        assert block.language == "console" or block.title or shown, (
            f"{path}, line {block.line}: nothing checks this block"
        )


@pytest.mark.parametrize("path", EXECUTED, ids=name_of)
def test_what_a_workflow_runs_is_run_on_the_page_too(path):
    page = read_page(path)
    consoles = [block for block in page.blocks if block.language == "console"]
    typed = {command.text for block in consoles for command in block.commands()}
    for block in page.blocks:
        if block.title.startswith(".github/workflows/"):
            jobs = yaml.safe_load(block.text)["jobs"].values()
            assert {step["run"] for job in jobs for step in job["steps"] if "run" in step} <= typed
