"""A real Chromium and the page in it; both are stopped at the end."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import CACHE

SCREENSHOTS = CACHE / "screenshots"
# Headless in a container, and no traffic of the browser's own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for a module: Playwright's event loop must not outlive it into other tests."""
    found = shutil.which("chromium")
    if found is None:
        assert "CI" not in os.environ, "CI has no Chromium: install Debian's package chromium"
        pytest.skip("Chromium is not installed (Debian's package chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, opened; a console error, a script error or a request elsewhere fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, base_url=address)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on(
        "console",
        # The browser notes a request that failed or was refused; the page tells it.
        lambda each: (
            wrong.append(each.text)
            if each.type == "error" and "Failed to load resource" not in each.text
            else None
        ),
    )
    opened.on("pageerror", lambda each: wrong.append(str(each)))
    opened.on(
        "request", lambda each: None if each.url.startswith(address) else wrong.append(each.url)
    )
    opened.goto("/")
    yield opened
    context.close()
    assert wrong == []
