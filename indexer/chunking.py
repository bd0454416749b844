"""Documents cut into passages that fit the encoder, at headings, paragraphs and sentences.

No text is lost: the passages' spans are disjoint, in order, and cover everything but white
space. A section of a structured source (a statement, say) stays whole where it fits.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from corpus.records import Document, Passage, Section, Span, Words

# Ends of paragraphs, then lines, then sentences, then words: the first that makes it fit is used.
_BREAKS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?;:])[\"'”’)\]]*\s+"),
    re.compile(r"\s+"),
)
_FEWEST_TOKENS = 48  # room that a passage keeps for its own words, however long the title

TokenCounter = Callable[[str], int]


def chunk(document: Document, *, count: TokenCounter, max_tokens: int) -> Iterator[Passage]:
    """The document's passages, in the order of its text, statements attached where they stand.

    count: tokens of a text, special ones included. max_tokens: the most that the encoder reads;
    `embedding_text` of each passage fits it unless one word alone doesn't.
    """
    number = 0
    for section in document.sections or (Section("", Span(0, len(document.text))),):
        budget = max(_FEWEST_TOKENS, max_tokens - count(prefix(document, section.heading)))
        fits = partial(_fits, count=count, budget=budget)
        for span in _split(document.text, section.span, fits):
            number += 1
            yield Passage(
                id=f"{document.id}#{number}",
                document_id=document.id,
                heading=section.heading,
                text=span.of(document.text),
                span=span,
                statements=tuple(
                    statement
                    for statement in document.statements
                    if span.start <= statement.evidence.start < span.end
                ),
            )


def prefix(document: Document, heading: str) -> str:
    """What is put before a passage when it is embedded: its document's title, then its heading.

    A summary's headings are labels of ours ("Coverage") and say nothing of the subject.
    """
    heads = document.title, heading if document.words is Words.SOURCE else ""
    return "".join(f"{head}. " for head in heads if head)


def embedding_text(document: Document, passage: Passage) -> str:
    """The text whose vector stands for the passage."""
    return prefix(document, passage.heading) + passage.text


def _fits(text: str, *, count: TokenCounter, budget: int) -> bool:
    return count(text) <= budget


def _split(text: str, span: Span, fits: Callable[[str], bool], level: int = 0) -> Iterator[Span]:
    """Spans of at most the budget, as long as possible, broken at the coarsest level that fits."""
    span = _trim(text, span)
    if span.start == span.end:
        return
    if fits(span.of(text)) or level == len(_BREAKS):
        yield span
        return
    pieces = _pieces(text, span, _BREAKS[level])
    held: Span | None = None
    for piece in pieces:
        joined = piece if held is None else Span(held.start, piece.end)
        if fits(joined.of(text)):
            held = joined
            continue
        if held is not None:
            yield held
            held = None
        if fits(piece.of(text)):
            held = piece
        else:
            yield from _split(text, piece, fits, level + 1)
    if held is not None:
        yield held


def _pieces(text: str, span: Span, pattern: re.Pattern[str]) -> Iterator[Span]:
    start = span.start
    for match in pattern.finditer(text, span.start, span.end):
        if match.start() > start:
            yield Span(start, match.start())
        start = match.end()
    if start < span.end:
        yield Span(start, span.end)


def _trim(text: str, span: Span) -> Span:
    words = span.of(text)
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, max(start, span.start + len(words.rstrip())))
