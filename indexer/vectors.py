"""What a build embeds, and what an earlier build has embedded: nothing is embedded twice."""

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from corpus.errors import SnapshotError
from corpus.records import Way
from indexer.chunking import embedding_text
from indexer.dense import Vectors
from indexer.encoder import Encoder
from indexer.preparing import Prepared
from indexer.rows import NOBODY, VectorOwner
from indexer.snapshot import Snapshot

Progress = Callable[[str, int, int], None]  # (step, done, of)


def vector_owners(prepared: Sequence[Prepared]) -> tuple[list[VectorOwner], list[str]]:
    """What each vector row stands for, and the text that it is made from."""
    owners: list[VectorOwner] = []
    texts: list[str] = []
    for each in prepared:
        named = [
            (number, embedding_text(each.document, passage)) for number, passage in each.passages
        ]
        asked = [(None, question) for question in each.document.questions]
        for passage, text in [*named, *asked]:
            owners.append(VectorOwner(len(owners), each.row, passage, text_hash(text)))
            texts.append(text)
    return owners, texts


def ways_of(prepared: Sequence[Prepared], beyond: Sequence[str]) -> list[tuple[int, Way]]:
    """(document row, way to ask for its rules) of every document, in their order.

    Behind them the questions beyond the library, of no document (row NOBODY) and for no rule.
    """
    asked = [(each.row, way) for each in prepared for way in each.document.ways]
    return [*asked, *((NOBODY, Way(question, ())) for question in beyond)]


def embed(
    texts: Sequence[str], encoder: Encoder, known: Mapping[str, Vectors], progress: Progress
) -> tuple[Vectors, int]:
    """([texts, dimension] vectors, how many distinct texts were embedded now).

    known: vectors of an earlier build by text hash, which are taken as they are.
    """
    places: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        places.setdefault(text, []).append(row)
    vectors = np.zeros((len(texts), encoder.card.dimension), dtype=np.float32)
    missing = []
    for text, rows in places.items():
        vector = known.get(text_hash(text))
        if vector is None:
            missing.append(text)
        else:
            vectors[rows] = vector
    done = 0
    progress("embedding", 0, len(missing))
    for block_rows, block in encoder.batches(missing):
        for line, row in enumerate(block_rows):
            vectors[places[missing[row]]] = block[line]
        done += len(block_rows)
        progress("embedding", done, len(missing))
    return vectors, len(missing)


def known_vectors(previous: Snapshot | None, encoder: Encoder) -> dict[str, Vectors]:
    """Vector by text hash in the previous snapshot, if the same encoder made it."""
    if previous is None:
        return {}
    try:
        if previous.encoder.card != encoder.card:
            return {}
        owners = previous.store.owners()
        vectors = previous.dense.vectors(np.arange(len(owners)))
        known = {owner.text_hash: vectors[owner.row] for owner in owners}
        known.update(
            zip(previous.store.statement_hashes(), previous.statement_vectors, strict=True)
        )
        return known
    except (SnapshotError, sqlite3.Error, OSError, ValueError):  # a damaged cache only costs time
        return {}


def known_ways(previous: Snapshot | None, asking: Encoder) -> dict[str, Vectors]:
    """Vector by text hash of the previous snapshot's ways to ask, as `_known_vectors`."""
    if previous is None:
        return {}
    try:
        if previous.asking.card != asking.card:
            return {}
        questions = previous.store.way_questions()
        vectors = previous.ways.vectors(np.arange(len(questions)))
        return dict(zip(map(text_hash, questions), vectors, strict=True))
    except (SnapshotError, sqlite3.Error, OSError, ValueError):  # a damaged cache only costs time
        return {}


def evidence_of(prepared: Sequence[Prepared]) -> list[str]:
    """The deciding words of every statement, by statement row."""
    return [
        statement.evidence.of(each.document.text)
        for each in prepared
        for _, passage in each.passages
        for statement in passage.statements
    ]


def text_hash(text: str) -> str:
    """The key of a text's vector beside its encoder: 16 bytes of sha256, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
