"""The wire format, v1: what comes in is checked here, what goes out is written here.

An unknown field is refused by name. Enumerations are written as their values.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from corpus.records import (
    Basis,
    Determination,
    Kind,
    Line,
    Reliability,
    Status,
    Why,
    Words,
)
from search_api.hits import MOST_HITS
from search_api.query import LONGEST_QUESTION, Filters, QuestionKind
from search_api.replies import DiffersBy, Outcome, Reason

MOST_QUESTIONS = 100  # of a batch


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FiltersIn(_Wire):
    """What the caller states; each part overrides what the question's words say."""

    payer: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    line: Line | None = None
    state: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    codes: Annotated[list[str], Field(max_length=100)] | None = None
    kinds: list[Kind] | None = None
    as_of: date | None = None

    def filters(self) -> Filters:
        """The filters as the engine takes them."""
        return Filters(
            payer=self.payer,
            line=self.line,
            state=self.state,
            codes=None if self.codes is None else tuple(self.codes),
            kinds=None if self.kinds is None else tuple(self.kinds),
            as_of=self.as_of,
        )


class SearchIn(_Wire):
    """A question, how many hits, and filters."""

    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
    k: Annotated[int, Field(ge=1, le=MOST_HITS)] = 5
    filters: FiltersIn = FiltersIn()
    explain: bool = False


class InterpretedOut(_Wire):
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


class EvidenceOut(_Wire):
    """The deciding words, verbatim from the document's text, and whose they are."""

    text: str
    start: int
    end: int
    of: Words


class SourceOut(_Wire):
    """The document that evidence stands in."""

    id: str
    title: str
    kind: Kind
    reliability: Reliability
    url: str
    retrieved: date | None


class SideOut(_Wire):
    """What one payer says, or one policy of one use."""

    payer: str
    line: Line | None
    outcome: Outcome
    why: Why | None
    indication: str
    conditions: list[str]
    since: date | None
    ended: date | None
    evidence: EvidenceOut
    source: SourceOut
    hit_ids: list[str]


class AnswerOut(_Wire):
    """The coverage answer."""

    outcome: Outcome
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


class AbstentionOut(_Wire):
    """Why there is no answer."""

    reason: Reason
    message: str
    confidence: float
    nearest: list[str]


class DocumentOut(_Wire):
    """A document without its text."""

    id: str
    aliases: list[str]
    kind: Kind
    title: str
    payer: str | None
    line: Line | None
    jurisdiction: list[str]
    contractors: list[str]
    effective: date | None
    ended: date | None
    status: Status
    reliability: Reliability
    retrieved: date | None
    url: str
    about: list[str]


class CoverageOut(_Wire):
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


class PassageOut(_Wire):
    """A passage with its document and the rules that it states."""

    id: str
    text: str
    heading: str
    start: int
    end: int
    document: DocumentOut
    coverage: list[CoverageOut]


class HitOut(_Wire):
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


class IndexOut(_Wire):
    """The snapshot that answered."""

    id: str
    passages: int
    encoder: str


class SearchOut(_Wire):
    """The reply: exactly one of `answer` and `abstention` is null."""

    query: str
    interpreted: InterpretedOut
    answer: AnswerOut | None
    abstention: AbstentionOut | None
    hits: list[HitOut]
    index: IndexOut
    took_ms: float


class BatchIn(_Wire):
    """Questions to ask together; each is checked alone: a wrong one spoils no other."""

    queries: Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=MOST_QUESTIONS)]


class WrongOut(_Wire):
    """What is wrong with a field."""

    field: str
    problem: str


class ProblemOut(_Wire):
    """A problem document (RFC 9457); errors only where fields are wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[WrongOut] | None = None


class BatchRowOut(_Wire):
    """The reply to one question of a batch, or its problem; the other is null."""

    reply: SearchOut | None
    problem: ProblemOut | None


class BatchOut(_Wire):
    """A row for each question, in the order of the questions."""

    results: list[BatchRowOut]


class SuggestIn(_Wire):
    """What is typed so far."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
    k: Annotated[int, Field(ge=1, le=20)] = 8


class SuggestionOut(_Wire):
    """A text to ask, and what it is: a document's id, or what a code stands for."""

    text: str
    note: str


class SuggestOut(_Wire):
    """Titles, questions and codes of the corpus, the likeliest first."""

    suggestions: list[SuggestionOut]


class WholeDocumentOut(_Wire):
    """A document with its text and passages."""

    document: DocumentOut
    text: str
    source_note: str
    passages: list[PassageOut]
