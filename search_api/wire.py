"""Results written out in the wire format; `search_api.schemas` says what it is."""

from corpus.codes import recognize
from corpus.records import CoverageStatement, Document, Passage, Pointer, Span
from search_api.code_rules import CODE_NOTICE, CodeLookup, Finding
from search_api.code_schemas import CodeOut, FindingOut, NamingOut
from search_api.hits import Hit
from search_api.query import Query
from search_api.replies import Abstention, Answer, Evidence, Outcome, Side
from search_api.results import Result
from search_api.schemas import (
    AbstentionOut,
    AnswerOut,
    CoverageOut,
    DocumentOut,
    EvidenceOut,
    HitOut,
    IndexOut,
    InterpretedOut,
    PassageOut,
    PointerOut,
    SearchOut,
    SideOut,
    SourceOut,
    WholeDocumentOut,
)


def search_out(result: Result, *, explain: bool = False) -> SearchOut:
    """A result on the wire; `explain` adds to each hit's scores what ordered it."""
    reply, manifest = result.reply, result.manifest
    return SearchOut(
        query=result.query.text,
        interpreted=_interpreted(result.query),
        answer=_answer(reply, [hit.passage.id for hit in result.hits])
        if isinstance(reply, Answer)
        else None,
        abstention=_abstention(reply) if isinstance(reply, Abstention) else None,
        pointers=[_pointer(each) for each in result.pointers],
        hits=[_hit(hit, explain=explain) for hit in result.hits],
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


def code_out(found: CodeLookup) -> CodeOut:
    """A code with the documents that name it, in their order, and what is said of a diagnosis."""
    return CodeOut(
        code=found.code,
        system=recognize(found.code)[0].system,
        documents=[
            NamingOut(
                document=document_out(document),
                relation=link.relation,
                note=link.note,
                source=link.source,
            )
            for link, document in found.links
        ],
        diagnosis=found.diagnosis,
        state=found.state,
        as_of=found.as_of,
        findings=[_finding(each) for each in found.findings],
        notes=list(found.notes),
        notice=CODE_NOTICE,
    )


def _finding(each: Finding) -> FindingOut:
    rule, document = each.rule, each.document
    return FindingOut(
        support=each.support,
        document=document_out(document),
        group=None if rule is None else rule.group,
        pairing=None if rule is None else rule.pairing,
        procedures=[] if rule is None else sorted(rule.procedures),
        evidence=None if each.evidence is None else _words(document, each.evidence),
        starred=each.starred,
        star_note=None if each.star_note is None else _words(document, each.star_note),
        finer=list(each.finer),
    )


def _pointer(pointer: Pointer) -> PointerOut:
    return PointerOut(
        id=pointer.id,
        kind=pointer.kind,
        title=pointer.title,
        url=pointer.url,
        contractors=list(pointer.contractors),
        jurisdiction=list(pointer.jurisdiction),
        effective=pointer.effective,
        ended=pointer.ended,
        updated=pointer.updated,
    )


def document_out(document: Document) -> DocumentOut:
    """A document's facts on the wire."""
    return DocumentOut(
        id=document.id,
        aliases=list(document.aliases),
        kind=document.kind,
        title=document.title,
        payer=document.payer,
        line=document.line,
        plan=document.plan,
        jurisdiction=list(document.jurisdiction),
        contractors=list(document.contractors),
        effective=document.effective,
        ended=document.ended,
        status=document.status,
        reliability=document.reliability,
        retrieved=document.retrieved,
        url=document.url,
        about=list(document.about),
        related=list(document.related),
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
        unmet=deciding.unmet and answer.outcome is Outcome.NOT_COVERED,
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
        jurisdiction=list(side.evidence.document.jurisdiction),
        outcome=side.outcome,
        unmet=side.unmet,
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
    return EvidenceOut(
        text=span.of(document.text), start=span.start, end=span.end, of=document.words
    )


def _source(document: Document) -> SourceOut:
    return SourceOut(
        id=document.id,
        title=document.title,
        kind=document.kind,
        reliability=document.reliability,
        url=document.url,
        retrieved=document.retrieved,
    )


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


def _hit(hit: Hit, *, explain: bool) -> HitOut:
    ordered = {"tier": float(hit.tier), "standing": round(hit.standing, 4)} if explain else {}
    return HitOut(
        id=hit.passage.id,
        rank=hit.rank,
        score=round(hit.score, 4),
        scores={
            "code": hit.code,
            "dense": round(hit.dense, 4),
            "lexical": round(hit.lexical, 4),
            **ordered,
        },
        text=hit.passage.text,
        heading=hit.passage.heading,
        highlights=[(span.start, span.end) for span in hit.highlights],
        document=document_out(hit.document),
        coverage=[_coverage(each, hit.document) for each in hit.passage.statements],
        also_in=list(hit.also_in),
    )
