"""A headless Chromium of the system's, offline, and axe-core from the folder that AXE_CORE names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "these tests want Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core."""
    return (Path(os.environ["AXE_CORE"]) / "axe.min.js").read_text(encoding="utf-8")


class Opened:
    """A page that was opened offline, with all that its console said and all requests that it made."""

    def __init__(self, context, path):
        self.said, self.requests = [], []
        self.page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(chromium):
    """Opens a file at a width in pixels, in the light or the dark scheme."""
    contexts = []

    def opens(path, width=1280, scheme="light"):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        contexts.append(context)
        return Opened(context, path)

    yield opens
    for context in contexts:
        context.close()
