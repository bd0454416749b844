"""FAQ pages: the plain page as found, and the library's Markdown."""

from pathlib import Path

import pytest

from corpus.errors import CorpusError
from corpus.readers.faq import read_faq
from corpus.records import Document, UnansweredQuestion
from corpus.terms import Kind, Reliability, Words
from tests.conftest import SHARED

SEED = SHARED / "seeds/000_8fd3875bd901e275.txt"
PAGE = """Is a widget covered?

Yes, since 2020.
More about the widget – “quoted”.

What are its risks?


  • Redness. May itch.
  • Scars.

Who pays for gadgets?"""


def read(path: Path) -> tuple[list[Document], list[UnansweredQuestion]]:
    readings = list(read_faq(path, words=Words.SOURCE))
    answered = [each for each in readings if isinstance(each, Document)]
    return answered, [each for each in readings if isinstance(each, UnansweredQuestion)]


def test_a_plain_page(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(PAGE)
    answered, unanswered = read(path)
    assert [(each.title, each.text) for each in answered] == [
        ("Is a widget covered?", "Yes, since 2020.\nMore about the widget – “quoted”."),
        ("What are its risks?", "• Redness. May itch.\n• Scars."),
    ]
    assert answered[0].id == "FAQ page/is-a-widget-covered"
    assert unanswered == [UnansweredQuestion("Who pays for gadgets?", str(path), 12)]


@pytest.mark.skipif(
    not SEED.exists(), reason="the page that the project began from is not beside it"
)
def test_the_seed_page_has_eight_answers_and_one_open_question() -> None:
    answered, unanswered = read(SEED)
    assert len(answered) == 8
    assert [each.question for each in unanswered] == [
        "Is deep tissue laser therapy covered by insurance?"
    ]
    assert answered[4].text.startswith(
        "neuromuscular reeducation of movement\nCPT 97112 means “neuro"
    )
    assert answered[7].text.count("•") == 6


def test_a_markdown_page_with_headers(tmp_path: Path) -> None:
    path = tmp_path / "devices.md"
    path.write_text(
        "# Devices\n\n## Is a pad covered?\n- about: NCD 1.1 | CPB 0001\n"
        "- asked: pad paid?; a pad\n"
        "- source: https://example.org/pad\n- reliability: primary\n\nNo.\n\n* not at home\n"
    )
    (entry,), _ = read(path)
    assert (entry.kind, entry.about, entry.questions) == (
        Kind.FAQ,
        ("NCD 1.1", "CPB 0001"),
        ("pad paid?", "a pad"),
    )
    assert (entry.url, entry.reliability) == ("https://example.org/pad", Reliability.PRIMARY)
    assert entry.text == "No.\n\n* not at home"


def test_general_knowledge_has_no_link_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("## What is a widget?\n- source: general knowledge\n\nA thing.\n")
    (entry,), _ = read(path)
    assert (entry.url, entry.reliability) == ("", Reliability.GENERAL)


def test_an_unknown_header_is_an_error_in_the_library_alone(tmp_path: Path) -> None:
    """In a user's page the line begins the answer."""
    (tmp_path / "d.md").write_text("## Why?\n- colour: red\n\nSo.")
    with pytest.raises(CorpusError, match=r"d\.md:2: unknown header 'colour'"):
        list(read_faq(tmp_path / "d.md", words=Words.SUMMARY))
    (entry,) = read_faq(tmp_path / "d.md", words=Words.SOURCE)
    assert isinstance(entry, Document)
    assert entry.text == "- colour: red\n\nSo."


@pytest.mark.parametrize(
    ("name", "content", "place", "problem"),
    [
        ("a.txt", b"Nothing is asked here.", "a.txt", "no question found"),
        ("b.txt", b"\xff\xfe", "b.txt", "not UTF-8 at byte 0"),
        ("c.txt", b"Why?\n\nSo.\n\nWhy?\n\nThus.", "c.txt:5", "asked already on line 1"),
        ("e.md", b"## Why?\n- reliability: high\n\nSo.", "e.md:1", "reliability 'high'"),
    ],
)
def test_a_broken_page_is_an_error_with_its_place(
    tmp_path: Path, name: str, content: bytes, place: str, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=problem) as raised:
        read(tmp_path / name)
    assert place in str(raised.value)
