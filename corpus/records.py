"""The nouns of the project as frozen records: documents, passages, statements and their spans.

Closed sets are plain enums, compared by member; their values are the words of the wire format.
Dates are half-open: a rule binds a day d when since <= d < ended, and None leaves a side open.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum


class Determination(Enum):
    """What a source says of a service: the five determinations of the field."""

    COVERED = "covered"
    CONDITIONAL = "conditional"
    NOT_COVERED = "not_covered"
    CONTRACTOR_DISCRETION = "contractor_discretion"
    NOT_ADDRESSED = "not_addressed"


class Why(Enum):
    """Why a source doesn't cover: it decides who pays."""

    NOT_REASONABLE_AND_NECESSARY = "not_reasonable_and_necessary"
    STATUTORY_EXCLUSION = "statutory_exclusion"
    NO_BENEFIT_CATEGORY = "no_benefit_category"
    BUNDLED = "bundled"
    FREQUENCY = "frequency"
    OUTSIDE_STUDY = "outside_study"
    EXPERIMENTAL = "experimental"


class Line(Enum):
    """Line of business: whose money, under whose rules."""

    ORIGINAL = "original"
    ADVANTAGE = "advantage"
    MEDIGAP = "medigap"
    MEDICAID = "medicaid"
    COMMERCIAL = "commercial"


class Kind(Enum):
    """Kind of document, in falling authority over a Medicare question."""

    STATUTE = "statute"
    NCD = "ncd"
    LCD = "lcd"
    ARTICLE = "article"
    PAYER_POLICY = "payer_policy"
    CODE = "code"
    FAQ = "faq"
    PAGE = "page"

    @property
    def authority(self) -> int:
        """Rank of this kind's word on coverage: 0 binds most."""
        return list(Kind).index(self)

    @property
    def decides(self) -> bool:
        """Whether a document of this kind can itself decide coverage."""
        return self.authority <= Kind.PAYER_POLICY.authority


class Status(Enum):
    """Whether a document's version binds today."""

    IN_FORCE = "in_force"
    RETIRED = "retired"
    PROPOSED = "proposed"


class Reliability(Enum):
    """How near to the source a document was read; `general` is common knowledge, never evidence."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GENERAL = "general"


class Basis(Enum):
    """Where a determination comes from: a structured source stated it, or we read it in text."""

    STATED = "stated"
    EXTRACTED = "extracted"


class Words(Enum):
    """Whose words a text is: the source's own, or our summary of them."""

    SOURCE = "source"
    SUMMARY = "summary"


class Relation(Enum):
    """How a code stands to a policy; `inferred` is related only and never an exact hit."""

    DECIDES = "decides"
    RESTRICTS = "restricts"
    NAMES = "names"
    INFERRED = "inferred"

    @property
    def binds(self) -> bool:
        """Whether a question about the code is a question about the policy."""
        return self is not Relation.INFERRED


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
    """A code that a document names or is lent by the crosswalk; `source` says where it was read."""

    code: str
    relation: Relation
    note: str = ""
    source: str = ""


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
    ask for it (they find it, and are never shown). statements: determinations that a structured
    source gave. sections: disjoint, in order. about: ids of the policies that it restates. payer is
    None where a document speaks for nobody. jurisdiction: state codes, or ("US",).
    """

    id: str
    kind: Kind
    title: str
    text: str
    url: str
    words: Words
    payer: str | None = None
    line: Line | None = None
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
    sections: tuple[Section, ...] = ()
    statements: tuple[CoverageStatement, ...] = ()
    codes: tuple[CodeLink, ...] = ()
    about: tuple[str, ...] = ()


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


def in_force(since: date | None, ended: date | None, *, on: date) -> bool:
    """Whether a rule binds a date of service: half-open [since, ended), None leaves a side open."""
    return (since is None or since <= on) and (ended is None or on < ended)
