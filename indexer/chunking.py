"""Documents cut into passages that fit the encoder, at headings, paragraphs and sentences.

No text is lost: the passages' spans are disjoint, in order, and cover everything but white
space. A section of a structured source (a statement, say) stays whole where it fits.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from corpus.records import Document, Passage, Section, Span
from corpus.terms import Words

# Ends of paragraphs, then lines, then sentences, then words: the first that makes it fit is used.
_BREAKS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?;:])[\"'”’)\]]*\s+"),
    re.compile(r"\s+"),
)
_FEWEST_TOKENS = 48  # room that a passage keeps for its own words, however long the title

# Where each token of each text begins, ascending, special ones left out.
Tokenizer = Callable[[Sequence[str]], Sequence[Sequence[int]]]
_SPECIAL = 2  # tokens that an encoder puts around a text


def chunk(document: Document, *, tokens: Tokenizer, max_tokens: int) -> Iterator[Passage]:
    """The document's passages, in the order of its text, statements attached where they stand.

    max_tokens: the most that the encoder reads, two special ones included; `embedding_text` of
    each passage fits it unless one word alone doesn't. The text is tokenized once: breaks are at
    white space, where no token goes on.
    """
    number = 0
    sections = document.sections or (Section("", Span(0, len(document.text))),)
    starts, *before = tokens(
        [document.text, *(prefix(document, section.heading) for section in sections)]
    )
    for section, tokens_before in zip(sections, before, strict=True):
        taken = len(tokens_before) + _SPECIAL
        fits = partial(_fits, starts=starts, budget=max(_FEWEST_TOKENS, max_tokens - taken))
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


def _fits(span: Span, *, starts: Sequence[int], budget: int) -> bool:
    """Whether a stretch has at most so many tokens."""
    return bisect_left(starts, span.end) - bisect_left(starts, span.start) <= budget


def _split(text: str, span: Span, fits: Callable[[Span], bool], level: int = 0) -> Iterator[Span]:
    """Spans of at most the budget, as long as possible, broken at the coarsest level that fits."""
    span = _trim(text, span)
    if span.start == span.end:
        return
    if fits(span) or level == len(_BREAKS):
        yield span
        return
    held: Span | None = None
    for piece in _pieces(text, span, _BREAKS[level]):
        joined = piece if held is None else Span(held.start, piece.end)
        if fits(joined):
            held = joined
            continue
        if held is not None:
            yield held
            held = None
        if fits(piece):
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
