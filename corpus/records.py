"""The nouns of the project as frozen records: documents, passages, statements and their spans.

Dates are half-open: a rule binds a day d when since <= d < ended, and None leaves a side open.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from corpus.terms import (
    Basis,
    Determination,
    Kind,
    Line,
    Pairing,
    Relation,
    Reliability,
    Status,
    Support,
    Why,
    Words,
)

# Headings of the sections that a summary record is written out in.
ITEM_HEADING = "What it is"
STATEMENT_HEADING = "Coverage"
RESIDUAL_HEADING = "Other uses"
NOTES_HEADING = "Limits and notes"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range [start, end) of characters in a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def of(self, text: str) -> str:
        """The words that the span covers."""
        return text[self.start : self.end]

    def holds(self, other: "Span") -> bool:
        """Whether the other span lies inside this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageStatement:
    """One rule: who covers what or not, under which conditions, since when, in which words.

    evidence: the deciding words, in the document's text. residual: the rule for every use
    that the document doesn't name. indication: the use that the rule speaks of, where known.
    """

    determination: Determination
    payer: str
    line: Line | None
    evidence: Span
    conditions: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    why: Why | None = None
    study_only: bool = False
    residual: bool = False
    since: date | None = None
    ended: date | None = None
    basis: Basis = Basis.STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLink:
    """A code that a document names or is lent by the crosswalk; `source` says where it was read.

    meaning: what the code stands for, in our own short words.
    """

    code: str
    relation: Relation
    note: str = ""
    source: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """One diagnosis group of an article: what it says of these diagnoses for these procedures.

    support: SUPPORTS or DOES_NOT_SUPPORT. group: its number in the source. evidence: the group's
    paragraph in the document's text, None where the source gives the list alone. diagnoses: in
    the source's order. unlisted: it speaks of every diagnosis that no list of the article names,
    and lists none itself. starred: those with an asterisk, which star_note explains.
    """

    group: int
    support: Support
    procedures: frozenset[str]
    pairing: Pairing
    diagnoses: tuple[str, ...] = ()
    unlisted: bool = False
    evidence: Span | None = None
    starred: frozenset[str] = frozenset()
    star_note: Span | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which people ask, and the rules of its document that answer it.

    Places among the document's statements, from 0. fits: of the rules about the asked use against
    which nothing is said. unmet: of those about it whose condition the question says is not so.
    """

    question: str
    fits: tuple[int, ...]
    unmet: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the part of the document's text that stands under it."""

    heading: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One source document as its reader saw it.

    id: what the field calls it ("NCD 270.6"). aliases: its further names. text: the whole text,
    of which every passage and every evidence span is a slice. questions: ways in which people
    ask for it (they find it, and are never shown). ways: the same, each with the rules that it asks
    for. statements: determinations that a structured source gave; level: what it says of the whole
    document, which readings of its text may not contradict. sections: disjoint, in order. about:
    ids of the policies that it restates; related: names of those of its family, an LCD's articles.
    payer is None where a document speaks for nobody. jurisdiction: state codes, or ("US",).
    version: the source's number of it, 0 for none.
    """

    id: str
    kind: Kind
    title: str
    text: str
    url: str
    words: Words
    payer: str | None = None
    line: Line | None = None
    plan: str | None = None
    aliases: tuple[str, ...] = ()
    jurisdiction: tuple[str, ...] = ("US",)
    contractors: tuple[str, ...] = ()
    effective: date | None = None
    ended: date | None = None
    status: Status = Status.IN_FORCE
    reliability: Reliability = Reliability.PRIMARY
    retrieved: date | None = None
    source_note: str = ""
    questions: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    sections: tuple[Section, ...] = ()
    statements: tuple[CoverageStatement, ...] = ()
    codes: tuple[CodeLink, ...] = ()
    about: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    rules: tuple[CodeRule, ...] = ()
    level: Determination | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A local document that a listing names and whose text may not be here; never an answer.

    updated: the day of its last change as listed, None where the listing doesn't say.
    """

    id: str
    kind: Kind
    title: str
    url: str
    contractors: tuple[str, ...]
    jurisdiction: tuple[str, ...]
    effective: date | None = None
    ended: date | None = None
    updated: date | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a source that its user should know; the reading goes on."""

    text: str
    path: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}{'' if self.line is None else f':{self.line}'}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of a document that fits the encoder; `text` is the span's slice of the document."""

    id: str
    document_id: str
    heading: str
    text: str
    span: Span
    statements: tuple[CoverageStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question that a source asks and leaves without an answer; reported, never indexed."""

    question: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Beyond:
    """A question that a library is known not to answer: of a service near what it has, say."""

    question: str


# What a reader yields: what is indexed, and what is only reported.
Reading = Document | Pointer | Beyond | UnansweredQuestion | Notice


def in_force(since: date | None, ended: date | None, *, on: date) -> bool:
    """Whether a rule binds a date of service: half-open [since, ended), None leaves a side open."""
    return (since is None or since <= on) and (ended is None or on < ended)


def day_after(last: date | None) -> date | None:
    """The first day on which a rule no longer binds, of the last day that a source writes."""
    return None if last is None or last == date.max else last + timedelta(days=1)


def plain_id(document: Document) -> str:
    """What all versions of a document are called: "LCD L33825" of "LCD L33825 version 12"."""
    return document.id.removesuffix(f" version {document.version}")
