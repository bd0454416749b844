"""The page in real Chromium: what a person sees, does with the keyboard, and shares."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from starlette.testclient import TestClient

from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.encoder]
ACUPUNCTURE = "Does Medicare cover acupuncture for low back pain?"
# Policy text that tries to be markup.
HOSTILE = "<img src=x onerror=\"document.title='pwned'\"> & <b>bold</b>"


def ask(page: Page, question: str) -> None:
    page.get_by_role("combobox", name="Question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_be_visible()
    expect(page.locator("#results[aria-busy]")).to_have_count(0)


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_an_answer_with_its_words_source_and_passages(page: Page) -> None:
    ask(page, ACUPUNCTURE)
    card = page.locator("article.answer")
    expect(card.get_by_role("heading")).to_have_text("◐ Covered under conditions")
    expect(card.locator("blockquote")).to_contain_text("chronic low back pain")
    expect(card.get_by_role("link").first).to_have_attribute(
        "href", "https://www.cms.gov/medicare-coverage-database/view/ncd.aspx?ncdid=373"
    )
    first = page.locator("ol.hits > li").first
    expect(first.locator("h3")).to_contain_text("NCD 30.3.3")
    expect(first.locator(".badges")).to_contain_text("national determination")
    expect(page.locator("mark").first).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Covered under conditions. 20 passages")
    picture(page, "answer")


def test_both_sides_where_they_differ(page: Page) -> None:
    ask(page, "Is CPT 97026 covered?")
    expect(page.locator("article.answer h2")).to_contain_text("It differs")
    sides = page.get_by_role("list", name="Who says what").get_by_role("listitem")
    assert sides.count() >= 2
    assert {"not_covered"} < {str(each.get_attribute("class")) for each in sides.all()}
    picture(page, "differs")


def test_no_answer_says_why_and_lists_what_is_near(page: Page) -> None:
    ask(page, "Is a hair transplant covered by Kaiser?")
    expect(page.locator("#outcome")).to_have_text("No answer: no policy of that payer here")
    expect(page.get_by_role("heading", name="Nearest passages, not an answer")).to_be_visible()
    picture(page, "abstention")


def test_a_link_keeps_the_question_behind_the_hash(page: Page, browser: Browser) -> None:
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.url))
    ask(page, ACUPUNCTURE)
    page.get_by_label("Date of service").fill("2019-06-01")
    page.get_by_label("Date of service").dispatch_event("change")
    expect(page).to_have_url(re.compile(r"#q=Does\+Medicare.*as_of=2019-06-01$"))
    expect(page.locator("#results")).to_contain_text("on 2019-06-01")
    assert not any("acupuncture" in url.partition("#")[0].lower() for url in sent)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("combobox", name="Question")).to_have_value(ACUPUNCTURE)
    expect(other.get_by_label("Date of service")).to_have_value("2019-06-01")
    expect(other.locator("#outcome")).to_have_text(page.locator("#outcome").inner_text())
    page.go_back()
    expect(page.get_by_label("Date of service")).to_have_value("")


def test_suggestions_by_keyboard(page: Page) -> None:
    box = page.get_by_role("combobox", name="Question")
    expect(box).to_be_focused()
    page.keyboard.type("acupuncture fib")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Acupuncture for Fibromyalgia")
    expect(page.locator("#outcome")).to_have_text("✕ Not covered: not reasonable and necessary")
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    page.locator("article.answer a").first.focus()
    page.keyboard.press("/")
    expect(box).to_be_focused()


def test_filters_come_with_counts_and_narrow(page: Page) -> None:
    ask(page, "acupuncture")
    kinds = page.locator("#kind option")
    labels = [each.inner_text() for each in kinds.all()]
    assert labels[0] == "any"
    assert all(re.fullmatch(r".+ \(\d+\)", each) for each in labels[1:])
    assert sum(int(each.split("(")[1][:-1]) for each in labels[1:]) == 20
    payers = page.locator("#payers option")
    assert payers.count() >= 1
    assert re.fullmatch(r"Medicare \(\d+\)", str(payers.first.get_attribute("label")))
    page.get_by_label("Kind").select_option("faq")
    expect(page.locator(".badges li:first-child").first).to_have_text("FAQ")
    assert {each.inner_text() for each in page.locator(".hits .badges li:first-child").all()} == {
        "FAQ"
    }
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".badges li:first-child").first).to_have_text("national determination")


def test_states_of_local_policies_come_with_counts(page: Page, client: TestClient) -> None:
    reply = client.post("/v1/search", json={"query": "acupuncture", "k": 3}).json()
    for hit, states in zip(reply["hits"], (["FL", "PR"], ["FL"], ["US"]), strict=True):
        hit["document"]["jurisdiction"] = states
    page.route("**/v1/search", lambda route: route.fulfill(json=reply))
    ask(page, "acupuncture")
    labels = [each.get_attribute("label") for each in page.locator("#states option").all()]
    assert labels == ["FL (2)", "PR (1)"]


def test_a_citation_is_copied(page: Page) -> None:
    ask(page, ACUPUNCTURE)
    page.get_by_role("button", name="Copy as citation").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    cited = str(page.evaluate("navigator.clipboard.readText()"))
    assert cited.startswith("Medicare covers acupuncture for chronic low back pain")
    assert "NCD 30.3.3" in cited
    assert "https://www.cms.gov/" in cited


def test_an_error_is_told_and_can_be_tried_again(page: Page) -> None:
    page.route("**/v1/search", lambda route: route.abort())
    page.get_by_role("combobox", name="Question").fill(ACUPUNCTURE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").get_by_text("The server can't be reached.")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("The server can't be reached.")
    page.unroute("**/v1/search")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#outcome")).to_contain_text("Covered under conditions")


def test_a_filter_that_is_wrong_is_told(page: Page) -> None:
    ask(page, ACUPUNCTURE)
    page.get_by_label("State").fill("Atlantis")
    page.get_by_label("State").dispatch_event("change")
    expect(page.locator("article.answer")).to_contain_text("Atlantis")
    expect(page.get_by_role("heading", name="That did not work")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#outcome")).to_contain_text("Covered under conditions")


def test_skip_link_and_an_emptied_box(page: Page) -> None:
    ask(page, ACUPUNCTURE)
    where = page.url
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_be_focused()
    expect(page.locator("#outcome")).to_contain_text("Covered under conditions")
    assert page.url == where
    page.route("**/v1/search", lambda route: None)
    page.get_by_role("combobox", name="Question").fill("banana bread")
    page.keyboard.press("Enter")
    expect(page.locator("#results[aria-busy]")).to_have_count(1)
    page.get_by_role("combobox", name="Question").fill("")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ask in your own words")).to_be_visible()
    expect(page.locator("#results[aria-busy]")).to_have_count(0)


def test_a_slow_answer_is_told_and_a_newer_question_wins(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/search", lambda route: held.append(route))
    page.get_by_role("combobox", name="Question").fill("banana bread")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Still looking…")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    page.unroute("**/v1/search")
    ask(page, ACUPUNCTURE)
    expect(page.locator("#outcome")).to_contain_text("Covered under conditions")
    assert len(held) == 1


def test_policy_text_is_never_markup(page: Page, client: TestClient) -> None:
    reply = client.post("/v1/search", json={"query": "acupuncture", "k": 1}).json()
    reply["answer"]["evidence"]["text"] = reply["answer"]["text"] = HOSTILE
    reply["hits"][0] |= {"text": "😀 " + HOSTILE, "highlights": [[2, 6]]}
    reply["hits"][0]["document"] |= {"title": HOSTILE, "url": "javascript:alert(1)"}
    page.route("**/v1/search", lambda route: route.fulfill(json=reply))
    ask(page, "acupuncture")
    expect(page.locator("blockquote")).to_contain_text(HOSTILE)
    expect(page.locator("mark")).to_have_text("<img")
    assert page.locator("#results img, #results b").count() == 0
    assert page.locator("#results a[href^=javascript]").count() == 0
    assert "pwned" not in page.title()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1100])
def test_no_accessibility_violations(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        base_url=address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    try:
        page = context.new_page()
        for name, link in (
            ("empty", "/"),
            ("answer", "/#q=Is CPT 97026 covered?"),
            ("abstention", "/#q=Is a hair transplant covered by Kaiser?"),
        ):
            page.goto("about:blank")
            page.goto(link)
            expect(page.locator("article").first).to_be_visible()
            expect(page.locator("#results[aria-busy]")).to_have_count(0)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{name} scrolls sideways at {width}"
            picture(page, f"{name}-{scheme}-{width}")
    finally:
        context.close()


def test_light_and_still(browser: Browser, address: str) -> None:
    """Under 100 kB in all, and nothing moves after it was painted."""
    context = browser.new_context(base_url=address)
    try:
        page = context.new_page()
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver((list) => {"
            " for (const each of list.getEntries())"
            " if (!each.hadRecentInput) window.shift += each.value; })"
            ".observe({ type: 'layout-shift', buffered: true });"
        )
        sizes: list[int] = []
        page.on("response", lambda each: sizes.append(len(each.body())))
        page.goto("/")
        ask(page, ACUPUNCTURE)
        page.wait_for_timeout(300)
        assert sum(sizes) < 100_000
        assert page.evaluate("window.shift") < 0.05
    finally:
        context.close()


def test_printing_leaves_the_answer(page: Page, tmp_path: Path) -> None:
    ask(page, ACUPUNCTURE)
    page.emulate_media(media="print")
    expect(page.locator("form")).to_be_hidden()
    expect(page.locator("blockquote")).to_be_visible()
    page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
