"""The page shows the hits that every other door gives (tests/test_doors.py)."""

import pytest
from playwright.sync_api import Page

from search_api.engine import Engine
from tests.test_doors import QUESTIONS, K, told

pytestmark = [pytest.mark.browser, pytest.mark.encoder]


def test_the_page_agrees(page: Page, engine: Engine) -> None:
    for question in QUESTIONS:
        ours = engine.ask(question, k=K)
        with page.expect_response("**/v1/search") as replied:
            page.locator("#question").fill(question)
            page.keyboard.press("Enter")
        page.wait_for_selector("#results:not([aria-busy])")
        reply = replied.value.json()
        assert told(reply) == told(ours.model_dump(mode="json"))
        assert [hit["id"] for hit in reply["hits"]][:K] == [hit.id for hit in ours.hits]
        shown = [each.inner_text() for each in page.locator("ol.hits h3").all()]
        assert [each.split(" · ")[0] for each in shown] == [
            hit["document"]["id"] for hit in reply["hits"]
        ]
