"""Coverage statements read from a document that gives none: its sentences, in their order.

`indexer.judging` reads a sentence. A list takes the rule of the line that introduces it, and what
stands under a heading such as "Nationally noncovered indications" the rule of the heading. What
decides nothing gives no statement.
"""

import re
from collections.abc import Iterator, Mapping

from corpus import payers
from corpus.codes import System, recognize
from corpus.records import CoverageStatement, Document, Section, Span
from corpus.terms import Basis, Determination, Line
from indexer.cues import NOTHING, Decision

_I = re.IGNORECASE
_DIGIT = re.compile(r"\d")  # every code has one
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[A-Z0-9(“\"•-])|\n+")
_LIST_LEAD = re.compile(r":\s*$")
_BULLET = re.compile(r"^\s*(?:[•*–—-]|\(?[a-z0-9]{1,2}[.)])\s+")
# Headings that decide for what stands under them, and those under which nothing is decided.
_HEADS_REFUSAL = re.compile(
    r"\b(?:non-?|not )covered (?:indications|uses|services|conditions)|\bexclusions?\b|\bnot medically necessary\b",
    _I,
)
_HEADS_APPROVAL = re.compile(
    r"(?<!non-)(?<!non)(?<!not )\bcovered (?:indications|uses|services)", _I
)
_NO_POLICY = re.compile(
    r"(?:summary|analysis) of evidence|revision history|bibliography|references|sources of information|background",
    _I,
)
_SHORTEST_RULE = 25  # characters; "N/A" and "None." under a heading are no rules


def sentences_of_rules(document: Document) -> Iterator[str]:
    """The sentences and list items that may decide something, in their order.

    Reviews of evidence, histories and references decide nothing.
    """
    for section in _sections(document):
        for span in sentences(document.text, section.span):
            yield span.of(document.text)


def read_statements(
    document: Document, decisions: Mapping[str, Decision]
) -> Iterator[CoverageStatement]:
    """The statements of a document's text, in its order; evidence is the deciding sentence.

    decisions: what each sentence says, read alone; those missing say nothing. A heading rules the
    sentences under it as a list's first line does: what stands under "Nationally noncovered
    indications" is not covered.
    """
    for section in _sections(document):
        yield from _read_section(document, section, decisions)


def _sections(document: Document) -> Iterator[Section]:
    for section in document.sections or (Section("", Span(0, len(document.text))),):
        if not _NO_POLICY.match(section.heading):
            yield section


def _read_section(
    document: Document, section: Section, decisions: Mapping[str, Decision]
) -> Iterator[CoverageStatement]:
    heading = _heading_reading(section.heading)
    lead: Decision | None = None
    for span in sentences(document.text, section.span):
        sentence = span.of(document.text)
        bullet = _BULLET.match(sentence)
        reading = decisions.get(sentence, NOTHING)
        if reading is NOTHING and bullet and lead is not None:
            reading = lead
        elif reading is NOTHING and heading is not None and len(sentence) >= _SHORTEST_RULE:
            reading = heading
        if not bullet:
            lead = reading if _LIST_LEAD.search(sentence) and reading is not NOTHING else None
        if reading is not NOTHING:
            yield from _statements(document, span, sentence, reading)


def _heading_reading(heading: str) -> Decision | None:
    """What a heading says of everything under it, None where it says nothing."""
    if _HEADS_REFUSAL.search(heading):
        return Decision(Determination.NOT_COVERED)
    if _HEADS_APPROVAL.search(heading):
        return Decision(Determination.CONDITIONAL)
    return None


def _statements(
    document: Document, span: Span, sentence: str, reading: Decision
) -> Iterator[CoverageStatement]:
    """One statement for each payer and line that the sentence speaks for."""
    named = recognize(sentence) if _DIGIT.search(sentence) else ()
    codes = frozenset(each.value for each in named if each.system is System.PROCEDURE)
    for payer, line in _speakers(document, sentence):
        yield CoverageStatement(
            determination=reading.determination,
            payer=payer,
            line=line,
            evidence=span,
            codes=codes,
            why=reading.why,
            basis=Basis.EXTRACTED,
        )


def _speakers(document: Document, sentence: str) -> list[tuple[str, Line | None]]:
    """Who says it: the payers that the sentence names, else the document's own, else its title's."""
    if document.payer is not None:
        return [(document.payer, document.line)]
    for text in (sentence, document.title):
        named = payers.mentions(text)
        speakers = dict.fromkeys(
            (mention.payer, mention.line) for mention in named if mention.payer is not None
        )
        lines = [mention.line for mention in named if mention.payer is None and mention.line]
        if speakers:
            first = next(iter(speakers))[0]
            return [*speakers, *((first, line) for line in lines)]
    return [("", None)]


def sentences(text: str, within: Span) -> Iterator[Span]:
    """Spans of a stretch's sentences and list items, without the white space between them."""
    start = within.start
    for match in [*_SENTENCE.finditer(text, within.start, within.end), None]:
        end = within.end if match is None else match.start()
        words = text[start:end]
        if words.strip():
            left = start + len(words) - len(words.lstrip())
            yield Span(left, start + len(words.rstrip()))
        start = end if match is None else match.end()
