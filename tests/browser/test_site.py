"""The documentation in a browser: it asks nobody else for anything, can be searched, and fits a phone."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent.parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Says nothing of requests."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where the site is served, and the paths of its pages."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)]
    subprocess.run([*build, "--config-file", str(HOME / "mkdocs.yml")], check=True, capture_output=True)
    paths = sorted(f"{page.parent.relative_to(folder)}/".removeprefix("./") for page in folder.rglob("index.html"))
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}/", paths
    serving.shutdown()
    thread.join()
    serving.server_close()


@pytest.fixture
def page(chromium):
    """A page, with all that its console said and all requests that it made."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    made = context.new_page()
    made.said, made.asked = [], set()
    made.on("console", lambda message: made.said.append(message.text))
    made.on("pageerror", lambda error: made.said.append(str(error)))
    made.on("request", lambda request: made.asked.add(request.url))
    yield made
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_page_asks_elsewhere_complains_or_is_wider_than_the_window(site, page, width, scheme):
    base, paths = site
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    assert "tutorial/" in paths
    for path in paths:
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert (
            page.locator("body").get_attribute("data-md-color-scheme") == {"light": "default", "dark": "slate"}[scheme]
        )
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(base)] == []


def test_a_search_finds_a_requirement_by_its_id(site, page):
    base, _ = site
    page.goto(base)
    search = page.locator("input.md-search__input")
    search.focus()
    # what is typed before the index is loaded is not searched for, nor is what no key was released for
    page.locator(".md-search-result__meta", has_text="Type to start searching").wait_for(state="attached")
    search.press_sequentially("coze.rename.name-at-most-100")
    page.wait_for_selector(".md-search-result__item")
    links = page.locator(".md-search-result__link").evaluate_all("links => links.map(link => link.href)")
    assert any("requirements-coze/" in link for link in links)


def test_what_is_copied_of_a_terminal_are_the_commands_alone(site, page):
    base, _ = site
    page.goto(f"{base}tutorial/")
    page.locator("[data-clipboard-target], .md-code__button, .md-clipboard").first.click()
    page.wait_for_timeout(200)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split("\n")[:2] == ["python3 -m venv .venv", ". .venv/bin/activate"]
    assert "…" not in copied
