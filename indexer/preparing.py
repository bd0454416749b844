"""Readings sorted out and made ready: documents with their rules, cut into passages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict

from corpus.codes import System, recognize
from corpus.errors import CorpusError
from corpus.records import (
    Beyond,
    CodeLink,
    CoverageStatement,
    Document,
    Notice,
    Passage,
    Pointer,
    Reading,
    Span,
    UnansweredQuestion,
)
from corpus.terms import Basis, Determination, Kind, Relation, Status, Words
from indexer import cues
from indexer.chunking import chunk
from indexer.encoder import Encoder
from indexer.families import united, with_family_codes
from indexer.statements import read_statements, sentences, sentences_of_rules

# Kinds whose sources list their codes apart: a number in their text is something else.
_CODED = (Kind.NCD, Kind.LCD, Kind.ARTICLE)


class _Times(TypedDict):
    since: date | None
    ended: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the readers gave, each kind apart; pointers without those whose text is here.

    beyond: questions that the library is known not to answer.
    """

    documents: tuple[Document, ...]
    pointers: tuple[Pointer, ...]
    beyond: tuple[str, ...]
    unanswered: tuple[UnansweredQuestion, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document, its statements given or read, with its numbered passages."""

    row: int
    document: Document
    passages: tuple[tuple[int, Passage], ...]


def sort_out(readings: Iterable[Reading]) -> Heard:
    """The readings by kind, each document and pointer once.

    Raises CorpusError for two documents of one id, and where there is no document at all.
    """
    documents: list[Document] = []
    pointers: dict[str, Pointer] = {}
    beyond: list[str] = []
    unanswered: list[UnansweredQuestion] = []
    notices: list[Notice] = []
    for each in readings:
        match each:
            case Document():
                documents.append(each)
            case Pointer():
                pointers.setdefault(each.id, each)
            case Beyond():
                beyond.append(each.question)
            case UnansweredQuestion():
                unanswered.append(each)
            case Notice():
                notices.append(each)
    kept, gave_way = united(documents)
    if not kept:
        raise CorpusError("the sources", None, "hold no document to index")
    names = {name for each in kept for name in (each.id, *each.aliases)}
    return Heard(
        documents=tuple(with_family_codes(kept)),
        pointers=tuple(each for each in pointers.values() if each.id not in names),
        beyond=tuple(dict.fromkeys(beyond)),
        unanswered=tuple(unanswered),
        notices=(*notices, *gave_way),
    )


def to_judge(documents: Iterable[Document]) -> list[str]:
    """The distinct sentences among which rules must be found, of documents that give none."""
    found = (
        sentence
        for document in documents
        if _gives_none(document)
        for sentence in sentences_of_rules(document)
    )
    return list(dict.fromkeys(found))


def prepare(
    documents: Sequence[Document],
    encoder: Encoder,
    decisions: Mapping[str, cues.Decision],
    *,
    on: date,
) -> Iterator[Prepared]:
    """Each document with its passages, rows counted from 0 in the order given.

    decisions: what the sentences of `to_judge` say. on: the day of the build; a version that begins
    later binds from its own day.
    """
    number = 0
    for row, given in enumerate(documents):
        document = _completed(given, decisions, on)
        passages = list(
            chunk(document, tokens=encoder.token_starts, max_tokens=encoder.card.max_tokens)
        )
        yield Prepared(row, document, tuple(enumerate(passages, start=number)))
        number += len(passages)


def _gives_none(document: Document) -> bool:
    """Whether a document's rules must be read in its text."""
    return document.words is Words.SOURCE and not document.statements


def _completed(document: Document, decisions: Mapping[str, cues.Decision], on: date) -> Document:
    """The document with what no structured source gave: rules read in its text, codes it names."""
    if document.words is not Words.SOURCE:
        return document
    if _gives_none(document):
        statements = tuple(_read(document, decisions, on))
        document = replace(document, statements=statements, level=None)
    if not document.codes and document.kind not in _CODED:
        named = recognize(f"{document.title}\n{document.text}")
        codes = dict.fromkeys(each.value for each in named if each.system is System.PROCEDURE)
        links = (CodeLink(code=code, relation=Relation.NAMES) for code in codes)
        document = replace(document, codes=tuple(links))
    return document


def _read(
    document: Document, decisions: Mapping[str, cues.Decision], on: date
) -> Iterator[CoverageStatement]:
    """The rules of a source's text, agreeing with what it says of itself as a whole.

    A version that has been replaced binds in its own time only, one to come from its day on, a
    proposal never.
    Where no sentence decides and the source gives a level, its first words stand for it.
    """
    if document.status is Status.PROPOSED:
        return
    times = _times(document, on)
    found = [each for each in read_statements(document, decisions) if _agrees(each, document.level)]
    for each in found:
        yield replace(each, determination=_limited(each.determination, document.level), **times)
    if not found and document.level is not None and document.payer is not None:
        span = next(sentences(document.text, Span(0, len(document.text))))
        yield CoverageStatement(
            determination=document.level,
            payer=document.payer,
            line=document.line,
            evidence=span,
            basis=Basis.STATED,
            **times,
        )


def _agrees(statement: CoverageStatement, level: Determination | None) -> bool:
    """Whether a reading may stand: none covers what the source as a whole does not."""
    positive = statement.determination in (Determination.COVERED, Determination.CONDITIONAL)
    return not (level is Determination.NOT_COVERED and positive)


def _limited(read: Determination, level: Determination | None) -> Determination:
    """A reading of plain coverage, under criteria where the source as a whole has them."""
    plain = read is Determination.COVERED and level is Determination.CONDITIONAL
    return Determination.CONDITIONAL if plain else read


def _times(document: Document, on: date) -> _Times:
    """When a source's rules bind: today's version's since nobody knows when, another's its time."""
    begun = document.effective is None or document.effective <= on
    if document.status is Status.IN_FORCE and document.ended is None and begun:
        return {"since": None, "ended": None}
    since = document.effective
    if since is not None and document.ended is not None and since >= document.ended:
        since = None  # the version that tells of the end: its rules are older
    return {"since": since, "ended": document.ended}
