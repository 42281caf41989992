"""The site is built without a warning, and asks nobody else for anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.docs.play import HOME
from tests.test_architecture import WINGS

DRAWINGS = HOME / "docs" / "explanation"

# what makes a browser ask for something when it shows a page; links that a reader follows do not
_ASKS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\ssrc=["']?([^"'\s>]+)"""
    r"""|<link\b(?![^>]*rel=["']?(?:canonical|next|prev|alternate))[^>]*\shref=["']?([^"'\s>]+)"""
)
_IN_CSS = re.compile(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")

# the word on the future of MkDocs is for whoever chooses it
ALONE = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "DRIFTGATE_PICTURES": "none"}


def build(config, to):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(to)]
    return subprocess.run(
        [*command, "--config-file", str(config)], env=ALONE, capture_output=True, encoding="utf-8", check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    built = build(HOME / "mkdocs.yml", folder)
    assert built.returncode == 0, built.stderr
    return folder


def test_the_site_asks_nobody_else_for_anything(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        asked = ["".join(each) for each in _ASKS.findall(page.read_text(encoding="utf-8"))]
        assert asked, page
        assert not [each for each in asked if re.match(r"(https?:)?//", each)], page
    for sheet in site.rglob("*.css"):
        assert not _IN_CSS.findall(sheet.read_text(encoding="utf-8")), sheet


def test_the_site_can_be_searched_for_requirements(site):
    assert "coze.rename.name-required" in (site / "search" / "search_index.json").read_text(encoding="utf-8")


def test_the_page_on_architecture_and_its_drawing_have_every_wing():
    drawing = (DRAWINGS / "wings.svg").read_text(encoding="utf-8")
    page = (DRAWINGS / "architecture.md").read_text(encoding="utf-8")
    assert set(re.findall(r'<text class="wing"[^>]*>([^<]+)</text>', drawing)) == set(WINGS)
    assert re.findall(r"^\| `([a-z_]+)` \| ", page, re.MULTILINE) == list(WINGS)


@pytest.mark.parametrize("name", ["wings.svg", "exchange.svg", "overview.svg"])
def test_a_drawing_describes_itself_and_loads_nothing(name):
    drawing = (DRAWINGS / name).read_text(encoding="utf-8")
    assert re.search(r"<title[^>]*>[^<]+</title>\s*<desc[^>]*>[^<]+</desc>", drawing)
    assert re.findall(r"https?://[^\"]*", drawing) == ["http://www.w3.org/2000/svg"]


def test_a_link_to_nowhere_stops_the_build(tmp_path):
    lies = ["[nowhere](nowhere.md)", "[no heading](index.md#no-such-heading)", "[nothing there](../no-such-file.md)"]
    shutil.copytree(HOME / "docs", tmp_path / "docs")
    shutil.copytree(HOME / "tests" / "docs", tmp_path / "tests" / "docs")
    shutil.copyfile(HOME / "mkdocs.yml", tmp_path / "mkdocs.yml")
    for outside in ("benchmarks", "products", "ci"):
        if (HOME / outside).is_dir():
            shutil.copytree(HOME / outside, tmp_path / outside)
    with (tmp_path / "docs" / "results.md").open("a", encoding="utf-8") as page:
        page.write("\n".join(["", *lies, ""]))
    built = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert built.returncode == 1
    assert built.stderr.count("WARNING - ") == len(lies), built.stderr
