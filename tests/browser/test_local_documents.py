"""Local documents on the page: where they hold, and those whose text is not here."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from corpus.readers.cms_documents import with_versions
from corpus.records import Reading
from indexer.build import build
from indexer.models import Models
from tests.browser.conftest import SCREENSHOTS
from tests.conftest import TODAY, serving
from tests.test_pointers import PAGE, POINTERS
from tests.test_versions import VERSIONS

pytestmark = [pytest.mark.browser, pytest.mark.encoder]


def test_pointers_and_states(browser: Browser, tmp_path: Path, models: Models) -> None:
    readings: list[Reading] = [PAGE, *POINTERS, *with_versions(VERSIONS, on=TODAY)]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    build(readings, home=tmp_path, models=models, sources=["test"], now=now)
    with serving(tmp_path) as address:
        page = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
        page.goto(f"{address}/#q=vitamin%20D%20assay%20in%20Florida")
        listed = page.get_by_role("region", name="Local documents, not in this corpus")
        expect(listed.get_by_role("listitem")).to_have_count(1)
        expect(listed).to_contain_text("LCD L10002")
        link = listed.get_by_role("link", name="Vitamin D Assay Testing")
        expect(link).to_have_attribute("href", "https://www.cms.gov/L10002")
        expect(page.get_by_role("heading", name="No answer")).to_be_visible()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "pointers.png", full_page=True)
        assert Axe().run(page).violations_count == 0
        page.goto(f"{address}/#q=home%20traction%20for%20neck%20pain%20in%20Florida")
        expect(page.get_by_role("heading", name="Covered under conditions")).to_be_visible()
        badges = page.locator("#hit-1 .badges")
        expect(badges).to_contain_text("FL")
        page.screenshot(path=SCREENSHOTS / "versions.png", full_page=True)
