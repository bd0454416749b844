"""The wire format, v1: what comes in is checked here, what goes out is written here.

An unknown field is refused by name. Enumerations are written as their values.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from corpus.records import (
    Basis,
    CoverageStatement,
    Determination,
    Document,
    Kind,
    Line,
    Passage,
    Reliability,
    Span,
    Status,
    Why,
    Words,
)
from search_api.engine import MOST_HITS, Result
from search_api.hits import Hit
from search_api.query import LONGEST_QUESTION, Filters, Query, QuestionKind
from search_api.replies import Abstention, Answer, DiffersBy, Evidence, Outcome, Reason, Side


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


class WholeDocumentOut(_Wire):
    """A document with its text and passages."""

    document: DocumentOut
    text: str
    source_note: str
    passages: list[PassageOut]


def search_out(result: Result) -> SearchOut:
    """A result on the wire."""
    reply, manifest = result.reply, result.manifest
    return SearchOut(
        query=result.query.text,
        interpreted=_interpreted(result.query),
        answer=_answer(reply, [hit.passage.id for hit in result.hits]) if isinstance(reply, Answer) else None,
        abstention=_abstention(reply) if isinstance(reply, Abstention) else None,
        hits=[_hit(hit) for hit in result.hits],
        index=IndexOut(id=manifest.id, passages=manifest.passages, encoder=manifest.encoder),
        took_ms=round(result.took_ms, 3),
    )


def passage_out(document: Document, passage: Passage) -> PassageOut:
    """A passage on the wire."""
    return PassageOut(
        id=passage.id,
        text=passage.text,
        heading=passage.heading,
        start=passage.span.start,
        end=passage.span.end,
        document=document_out(document),
        coverage=[_coverage(each, document) for each in passage.statements],
    )


def whole_document_out(document: Document, passages: list[Passage]) -> WholeDocumentOut:
    """A document with everything that is kept of it."""
    return WholeDocumentOut(
        document=document_out(document),
        text=document.text,
        source_note=document.source_note,
        passages=[passage_out(document, each) for each in passages],
    )


def document_out(document: Document) -> DocumentOut:
    """A document's facts on the wire."""
    names = ("id", "kind", "title", "payer", "line", "effective", "ended", "status", "reliability", "retrieved", "url")
    lists = ("aliases", "jurisdiction", "contractors", "about")
    return DocumentOut(
        **{name: getattr(document, name) for name in names},
        **{name: list(getattr(document, name)) for name in lists},
    )


def _interpreted(query: Query) -> InterpretedOut:
    return InterpretedOut(
        kind=query.kind,
        codes=list(query.codes),
        diagnoses=list(query.diagnoses),
        documents=list(query.documents),
        denials=list(query.denials),
        payer=query.payers[0] if query.payers else None,
        payers=list(query.payers),
        line=query.line,
        plan=query.plan,
        state=query.state,
        as_of=query.as_of,
        expansions=list(query.expansions),
    )


def _answer(answer: Answer, shown: list[str]) -> AnswerOut:
    deciding = answer.deciding
    since = deciding.statement.since if deciding.statement else None
    return AnswerOut(
        outcome=answer.outcome,
        why=deciding.why,
        differs_by=answer.differs_by,
        text=deciding.evidence.text,
        confidence=round(answer.confidence, 4),
        conditions=list(deciding.conditions),
        since=since,
        evidence=_evidence(deciding.evidence),
        source=_source(deciding.evidence.document),
        sides=[_side(side, shown) for side in answer.sides],
        remarks=list(answer.remarks),
        notice=answer.notice,
    )


def _side(side: Side, shown: list[str]) -> SideOut:
    statement = side.statement
    return SideOut(
        payer=side.payer,
        line=side.line,
        outcome=side.outcome,
        why=side.why,
        indication=side.evidence.text,
        conditions=list(side.conditions),
        since=statement.since if statement else None,
        ended=statement.ended if statement else None,
        evidence=_evidence(side.evidence),
        source=_source(side.evidence.document),
        hit_ids=[each for each in shown if each == side.evidence.passage.id],
    )


def _abstention(abstention: Abstention) -> AbstentionOut:
    return AbstentionOut(
        reason=abstention.reason,
        message=abstention.message,
        confidence=round(abstention.confidence, 4),
        nearest=[passage.id for passage in abstention.nearest],
    )


def _evidence(evidence: Evidence) -> EvidenceOut:
    return _words(evidence.document, evidence.span)


def _words(document: Document, span: Span) -> EvidenceOut:
    return EvidenceOut(text=span.of(document.text), start=span.start, end=span.end, of=document.words)


def _source(document: Document) -> SourceOut:
    names = ("id", "title", "kind", "reliability", "url", "retrieved")
    return SourceOut(**{name: getattr(document, name) for name in names})


def _coverage(statement: CoverageStatement, document: Document) -> CoverageOut:
    return CoverageOut(
        determination=statement.determination,
        why=statement.why,
        payer=statement.payer,
        line=statement.line,
        codes=sorted(statement.codes),
        conditions=list(statement.conditions),
        evidence=_words(document, statement.evidence),
        since=statement.since,
        ended=statement.ended,
        basis=statement.basis,
    )


def _hit(hit: Hit) -> HitOut:
    return HitOut(
        id=hit.passage.id,
        rank=hit.rank,
        score=round(hit.score, 4),
        scores={"code": hit.code, "dense": round(hit.dense, 4), "lexical": round(hit.lexical, 4)},
        text=hit.passage.text,
        heading=hit.passage.heading,
        highlights=[(span.start, span.end) for span in hit.highlights],
        document=document_out(hit.document),
        coverage=[_coverage(each, hit.document) for each in hit.passage.statements],
        also_in=list(hit.also_in),
    )
