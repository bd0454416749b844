"""Passages: nothing lost, offsets exact, small enough."""

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from corpus.records import Document, Section, Span
from corpus.terms import Kind, Words
from corpus.text import clean
from indexer.chunking import chunk, embedding_text

TEXTS = st.lists(
    st.sampled_from(
        ["Medicare covers it.", "Not at home!", "a", "covered", "if: x; y", "\n", "\n\n", " "]
    ),
    max_size=120,
).map(lambda words: clean(" ".join(words)))


def words(texts: Sequence[str]) -> list[list[int]]:
    return [[match.start() for match in re.finditer(r"\S+", text)] for text in texts]


def document(text: str, sections: tuple[Section, ...] = (), title: str = "A title") -> Document:
    return Document(
        id="D",
        kind=Kind.PAGE,
        title=title,
        text=text,
        url="",
        words=Words.SOURCE,
        sections=sections,
    )


@given(TEXTS, st.integers(50, 80))
def test_no_text_is_lost_and_every_passage_is_a_slice(text: str, limit: int) -> None:
    source = document(text)
    passages = list(chunk(source, tokens=words, max_tokens=limit))
    assert "".join("".join(each.text for each in passages).split()) == "".join(text.split())
    assert all(each.span.of(text) == each.text for each in passages)
    ends = [0, *(each.span.end for each in passages)]
    assert all(each.span.start >= end for each, end in zip(passages, ends, strict=False))


@given(TEXTS, st.integers(52, 80))
def test_every_passage_fits_the_encoder(text: str, limit: int) -> None:
    source = document(text)
    for each in chunk(source, tokens=words, max_tokens=limit):
        assert len(words([embedding_text(source, each)])[0]) <= limit - 2  # two special tokens


def test_sections_are_kept_apart_and_named() -> None:
    text = "One.\n\nTwo."
    sections = (Section("First", Span(0, 4)), Section("Second", Span(6, 10)))
    passages = list(chunk(document(text, sections), tokens=words, max_tokens=100))
    assert [(each.id, each.heading, each.text) for each in passages] == [
        ("D#1", "First", "One."),
        ("D#2", "Second", "Two."),
    ]
    assert embedding_text(document(text, sections), passages[1]) == "A title. Second. Two."


def test_a_long_section_breaks_at_sentences_before_words() -> None:
    text = " ".join(f"Sentence number {number} is here." for number in range(40))
    passages = list(chunk(document(text), tokens=words, max_tokens=60))
    assert len(passages) > 3
    assert all(each.text.endswith("here.") for each in passages)
