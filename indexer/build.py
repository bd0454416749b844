"""The build: documents in, one snapshot out, in the order in which the steps are written.

Nothing is embedded twice: a text's vector is taken from the previous snapshot where that has it
(same encoder, same text), and equal texts of one build share one vector.
"""

import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from corpus.errors import SnapshotError
from corpus.records import Document, Notice, Pointer, Reading, UnansweredQuestion
from corpus.terms import Determination, Line, Words
from corpus.text import fold
from indexer import snapshot as snapshots
from indexer.cues import Decision
from indexer.dense import DenseIndex
from indexer.encoder import Encoder
from indexer.judges import Judge
from indexer.judging import READING, decision, decisions
from indexer.lexical import LexicalIndex, LexicalRow
from indexer.models import Models
from indexer.preparing import Heard, Prepared, prepare, sort_out, to_judge
from indexer.rows import VectorOwner
from indexer.snapshot import (
    ASKING,
    DENSE,
    ENCODER,
    LEXICAL,
    POINTERS,
    RULES,
    STATEMENTS,
    STORE,
    WAYS,
    Snapshot,
)
from indexer.store_writer import StoreWriter
from indexer.vectors import (
    Progress,
    embed,
    evidence_of,
    known_vectors,
    known_ways,
    text_hash,
    vector_owners,
    ways_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build did."""

    folder: Path
    documents: int
    passages: int
    statements: int
    vectors: int
    ways: int
    embedded: int
    reused: int
    pointers: int
    unanswered: tuple[UnansweredQuestion, ...]
    notices: tuple[Notice, ...]


def build(
    readings: Iterable[Reading],
    *,
    home: Path,
    models: Models,
    sources: Sequence[str],
    now: datetime,
    previous: Snapshot | None = None,
    progress: Progress = lambda step, done, of: None,
) -> BuildReport:
    """Build a snapshot of the documents in `home` and make it the current one.

    Raises CorpusError for two documents of one id or a corpus without documents; the home is
    then as it was before.
    """
    encoder = Encoder(models.encoder)
    heard = sort_out(readings)
    judged = _judge(to_judge(heard.documents), models.sentences, previous, progress)
    prepared = list(prepare(heard.documents, encoder, judged, on=now.date()))
    owners, texts = vector_owners(prepared)
    evidence = evidence_of(prepared)
    vectors, embedded = embed(
        [*texts, *evidence], encoder, known_vectors(previous, encoder), progress
    )
    asking = Encoder(models.asking)
    questions = [way.question for _, way in ways_of(prepared, heard.beyond)]
    asked, asked_now = embed(questions, asking, known_ways(previous, asking), progress)
    with snapshots.draft(home) as draft:
        DenseIndex.build(vectors[: len(texts)]).save(draft / DENSE)
        np.save(draft / STATEMENTS, vectors[len(texts) :], allow_pickle=False)
        DenseIndex.build(asked).save(draft / WAYS)
        write_tables(draft, prepared, heard, owners, judged)
        shutil.copytree(models.encoder, draft / ENCODER)
        shutil.copytree(models.asking, draft / ASKING)
        shutil.copytree(models.rules, draft / RULES)
        facts = {
            "documents": len(prepared),
            "passages": sum(len(each.passages) for each in prepared),
            "statements": len(evidence),
            "vectors": len(owners),
            "ways": len(questions),
        }
        folder = snapshots.publish(
            draft, home, now=now, encoder=encoder.card.id, sources=tuple(sources),
            judge=_reader(models.sentences), unanswered=len(heard.unanswered),
            pointers=len(heard.pointers), **facts,
        )  # fmt: skip
    return BuildReport(
        folder=folder,
        embedded=embedded + asked_now,
        reused=len({*texts, *evidence}) + len(set(questions)) - embedded - asked_now,
        pointers=len(heard.pointers),
        unanswered=heard.unanswered,
        notices=heard.notices,
        **facts,
    )


def _judge(
    sentences: Sequence[str], folder: Path, previous: Snapshot | None, progress: Progress
) -> dict[str, Decision]:
    """What each sentence says; those that the previous snapshot's build read are not read again."""
    known = _known_decisions(previous, _reader(folder))
    hashes = {sentence: text_hash(sentence) for sentence in sentences}
    judged = {
        sentence: decision(sentence, known[key]) for sentence, key in hashes.items() if key in known
    }
    missing = [sentence for sentence in sentences if sentence not in judged]
    progress("reading rules", len(judged), len(sentences))
    for sentence, says in decisions(missing, Judge(folder)) if missing else ():
        judged[sentence] = says
        progress("reading rules", len(judged), len(sentences))
    return judged


def _reader(judge: Path) -> str:
    """The judge of sentences by its export's folder, with how its chances are read."""
    return f"{judge.name}-{READING}"


def _known_decisions(previous: Snapshot | None, judge: str) -> dict[str, Determination]:
    """What each sentence says, by text hash, in the previous snapshot, if this judge read it."""
    if previous is None or previous.manifest.judge != judge:
        return {}
    try:
        return previous.store.decisions()
    except (SnapshotError, sqlite3.Error, ValueError):  # a damaged cache only costs time
        return {}


def write_tables(
    folder: Path,
    prepared: Sequence[Prepared],
    heard: Heard,
    owners: Sequence[VectorOwner],
    judged: Mapping[str, Decision],
) -> None:
    """Write everything of a snapshot but vectors and encoder: BM25, the store, the pointers."""
    LexicalIndex.build(
        folder / LEXICAL,
        map(_document_row, prepared),
        fields=snapshots.DOCUMENT_FIELDS,
        keywords=snapshots.DOCUMENT_KEYWORDS,
    )
    LexicalIndex.build(
        folder / POINTERS,
        map(_pointer_row, range(len(heard.pointers)), heard.pointers),
        fields=snapshots.POINTER_FIELDS,
        keywords=snapshots.POINTER_KEYWORDS,
    )
    _write_store(folder / STORE, prepared, heard, owners, judged)


def _pointer_row(row: int, pointer: Pointer) -> LexicalRow:
    return LexicalRow(row, {"title": pointer.title}, {"state": pointer.jurisdiction})


def _document_row(each: Prepared) -> LexicalRow:
    document = each.document
    title = " ".join((document.title, document.id, *document.aliases))
    audiences = [(document.payer, document.line), *((s.payer, s.line) for s in document.statements)]
    return LexicalRow(
        each.row,
        {
            "whole": "\n".join((title, *document.questions, *_headings(document), document.text)),
            "title": title,
            "questions": "\n".join(document.questions),
        },
        {
            "audience": sorted(
                {_audience(payer, line) for payer, line in audiences}
                | {p or "" for p, _ in audiences}
            ),
            "kind": [document.kind.value],
            "state": document.jurisdiction,
        },
    )


def _write_store(
    path: Path,
    prepared: Sequence[Prepared],
    heard: Heard,
    owners: Sequence[VectorOwner],
    judged: Mapping[str, Decision],
) -> None:
    words: Counter[str] = Counter()
    with StoreWriter(path) as store:
        for each in prepared:
            store.add_document(each.row, each.document, each.passages)
            words.update(_words(each.document))
        store.add_vectors(owners)
        store.add_ways(ways_of(prepared, heard.beyond))
        store.add_statement_hashes(map(text_hash, evidence_of(prepared)))
        store.add_decisions((text_hash(text), says.determination) for text, says in judged.items())
        store.add_vocabulary(words)
        store.add_unanswered(heard.unanswered)
        store.add_pointers(heard.pointers)


def _headings(document: Document) -> list[str]:
    """A source's own headings; a summary's are labels of ours."""
    return [each.heading for each in document.sections if document.words is Words.SOURCE]


def _audience(payer: str | None, line: Line | None) -> str:
    return snapshots.ADVANTAGE_AUDIENCE if line is Line.ADVANTAGE else payer or ""


def _words(document: Document) -> set[str]:
    text = fold("\n".join((document.title, document.text, *document.questions)))
    return set(re.findall(r"[a-z][a-z0-9]{2,}", text))
