"""What goes out over the wire, v1. Enumerations are written as their values."""

from datetime import date
from typing import TYPE_CHECKING

from corpus.terms import (
    Basis,
    Determination,
    Kind,
    Line,
    Reliability,
    Status,
    Why,
    Words,
)
from search_api.cards import card, frame
from search_api.query import QuestionKind
from search_api.replies import DiffersBy, Outcome, Reason
from search_api.requests import Wire

if TYPE_CHECKING:
    import pandas


class InterpretedOut(Wire):
    """How the question was understood."""

    kind: QuestionKind
    codes: list[str]
    diagnoses: list[str]
    documents: list[str]
    denials: list[str]
    payer: str | None
    payers: list[str]
    line: Line | None
    plan: str | None
    state: str | None
    as_of: date
    expansions: list[str]


class EvidenceOut(Wire):
    """The deciding words, verbatim from the document's text, and whose they are."""

    text: str
    start: int
    end: int
    of: Words


class SourceOut(Wire):
    """The document that evidence stands in."""

    id: str
    title: str
    kind: Kind
    reliability: Reliability
    url: str
    retrieved: date | None


class SideOut(Wire):
    """What one payer says, or one policy of one use, or in some states.

    jurisdiction: where it binds: state codes, or ["US"]. unmet: as in AnswerOut.
    """

    payer: str
    line: Line | None
    jurisdiction: list[str]
    outcome: Outcome
    unmet: bool
    why: Why | None
    indication: str
    conditions: list[str]
    since: date | None
    ended: date | None
    evidence: EvidenceOut
    source: SourceOut
    hit_ids: list[str]


class AnswerOut(Wire):
    """The coverage answer.

    unmet: the quoted rule covers under its conditions, and the answer is a refusal since the
    question says that one is not met.
    """

    outcome: Outcome
    unmet: bool
    why: Why | None
    differs_by: DiffersBy | None
    text: str
    confidence: float
    conditions: list[str]
    since: date | None
    evidence: EvidenceOut
    source: SourceOut
    sides: list[SideOut]
    remarks: list[str]
    notice: str


class AbstentionOut(Wire):
    """Why there is no answer."""

    reason: Reason
    message: str
    confidence: float
    nearest: list[str]


class DocumentOut(Wire):
    """A document without its text."""

    id: str
    aliases: list[str]
    kind: Kind
    title: str
    payer: str | None
    line: Line | None
    plan: str | None
    jurisdiction: list[str]
    contractors: list[str]
    effective: date | None
    ended: date | None
    status: Status
    reliability: Reliability
    retrieved: date | None
    url: str
    about: list[str]
    related: list[str]


class CoverageOut(Wire):
    """One rule that a passage states."""

    determination: Determination
    why: Why | None
    payer: str
    line: Line | None
    codes: list[str]
    conditions: list[str]
    evidence: EvidenceOut
    since: date | None
    ended: date | None
    basis: Basis


class PassageOut(Wire):
    """A passage with its document and the rules that it states."""

    id: str
    text: str
    heading: str
    start: int
    end: int
    document: DocumentOut
    coverage: list[CoverageOut]


class HitOut(Wire):
    """A ranked passage."""

    id: str
    rank: int
    score: float
    scores: dict[str, float]
    text: str
    heading: str
    highlights: list[tuple[int, int]]
    document: DocumentOut
    coverage: list[CoverageOut]
    also_in: list[str]


class IndexOut(Wire):
    """The snapshot that answered."""

    id: str
    passages: int
    encoder: str


class PointerOut(Wire):
    """A local document that exists, whose text is not in the corpus; never an answer."""

    id: str
    kind: Kind
    title: str
    url: str
    contractors: list[str]
    jurisdiction: list[str]
    effective: date | None
    ended: date | None
    updated: date | None


class SearchOut(Wire):
    """The reply: exactly one of `answer` and `abstention` is null."""

    query: str
    interpreted: InterpretedOut
    answer: AnswerOut | None
    abstention: AbstentionOut | None
    pointers: list[PointerOut]
    hits: list[HitOut]
    index: IndexOut
    took_ms: float

    def _repr_html_(self) -> str:
        return card(self.model_dump(mode="json"))

    def frame(self) -> "pandas.DataFrame":
        """The hits as a table of pandas, a row each. Raises MissingExtra without pandas."""
        return frame(self.model_dump(mode="json")["hits"])


class WrongOut(Wire):
    """What is wrong with a field."""

    field: str
    problem: str


class ProblemOut(Wire):
    """A problem document (RFC 9457); errors only where fields are wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[WrongOut] | None = None


class BatchRowOut(Wire):
    """The reply to one question of a batch, or its problem; the other is null."""

    reply: SearchOut | None
    problem: ProblemOut | None


class BatchOut(Wire):
    """A row for each question, in the order of the questions."""

    results: list[BatchRowOut]


class SuggestionOut(Wire):
    """A text to ask, and what it is: a document's id, or what a code stands for."""

    text: str
    note: str


class SuggestOut(Wire):
    """Titles, questions and codes of the corpus, the likeliest first."""

    suggestions: list[SuggestionOut]


class WholeDocumentOut(Wire):
    """A document with its text and passages."""

    document: DocumentOut
    text: str
    source_note: str
    passages: list[PassageOut]
