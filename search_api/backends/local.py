"""One snapshot on this machine as a backend: four lanes, each within the same filter."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from corpus.payers import FAMILIES, MEDICARE
from corpus.records import Document, Passage, Way
from corpus.terms import Relation
from indexer.rows import NOBODY
from indexer.snapshot import ADVANTAGE_AUDIENCE, Snapshot
from indexer.store import Store
from search_api.backends.protocol import Candidate, Encoded, Entry, ScoredStatement, Vector
from search_api.query import Query
from search_api.weights import Weights

_BM25_CEILING = 2.2  # k1 + 1: what one term's tf part tends to as it repeats (k1 = 1.2)
_NEAREST_WAYS = 2_000  # ways to ask that are looked at: those of some fifty documents
_KEPT_DOCUMENTS = 512  # kept as they were read: the same ones come up again and again
_KEPT_TEXTS = 20_000  # analyzed passages kept: the same ones come up again and again
_EXPANSION_WEIGHT = 0.5  # of a synonym beside a word of the question's own; docs/evaluation.md


@dataclass(frozen=True, slots=True)
class _Held:
    """A document as the store has it, with the rows of its vectors.

    passages: each with its row. vectors: (vector row, passage row or None). evidence: statement
    rows. ways: each with its row.
    """

    document: Document
    passages: Sequence[tuple[int, Passage]]
    vectors: Sequence[tuple[int, int | None]]
    evidence: Sequence[int]
    ways: Sequence[tuple[int, Way]]


class LocalBackend:
    """Answers from one opened snapshot; safe to use from several threads."""

    def __init__(self, snapshot: Snapshot, weights: Weights, *, ways: bool = True) -> None:
        """ways: False leaves out the ways to ask."""
        self.snapshot = snapshot
        self.weights = weights
        self._analyzed: dict[str, list[str]] = {}
        self._held = lru_cache(maxsize=_KEPT_DOCUMENTS)(partial(_read_whole, snapshot.store, ways))
        self._owners = np.array(
            [owner.document for owner in snapshot.store.owners()], dtype=np.int64
        )
        owners = snapshot.store.way_owners() if ways else []
        self._way_owners = np.array(owners, dtype=np.int64)
        self._beyond = np.flatnonzero(self._way_owners == NOBODY)

    def encode(self, query: Query) -> Encoded:
        """The unit vectors of a question, as written and with what its words stand for."""
        told = (*query.expansions, *query.meanings)
        meant = " ".join([query.text, *(f"({meaning})" for meaning in told)])
        spellings = list(dict.fromkeys((query.text, meant)))
        text = self.snapshot.encoder.encode([meant])[0]
        if not len(self._way_owners):
            return Encoded(text, np.zeros((0, len(text)), dtype=np.float32))
        return Encoded(text, self.snapshot.asking.encode(spellings))

    def candidates(self, query: Query, encoded: Encoded, *, depth: int) -> list[Candidate]:
        """The best documents of every lane, in row order, scored by all."""
        within = self._within(query)
        admitted = None if within is None else set(within)
        named = {
            row
            for name in query.documents
            for row in self.snapshot.store.document_rows(name)
            if admitted is None or row in admitted
        }
        codes = self._code_lane(query, within)
        dense = self._dense_lane(encoded.text, within, depth)
        asked = self._asked_lane(encoded, within)
        lexical = self._lexical_lane(query, within, depth)
        nearest = sorted(asked, key=lambda row: -asked[row])[:depth]
        beyond = self._nearest_beyond(encoded)
        rows = sorted({*named, *codes, *dense, *lexical, *nearest})
        dense |= self._cosines([row for row in rows if row not in dense], encoded.text)
        return [
            Candidate(
                row=row,
                code=codes.get(row),
                named=row in named,
                dense=dense[row],
                lexical=lexical.get(row, 0.0),
                asked=asked.get(row, 0.0),
                beyond=beyond,
            )
            for row in rows
        ]

    def read(self, candidate: Candidate, encoded: Encoded) -> Entry:
        """The document of a candidate, its passages and statements scored against the question."""
        held = self._held(candidate.row)
        by_passage = self._passage_cosines(held.vectors, encoded.text)
        rows = list(held.evidence)
        evidence = self.snapshot.statement_vectors[rows] @ encoded.text if rows else np.zeros(0)
        placed = [
            (number, passage, each)
            for number, passage in held.passages
            for each in passage.statements
        ]
        return Entry(
            candidate=candidate,
            document=held.document,
            passages=tuple((passage, by_passage[number]) for number, passage in held.passages),
            statements=tuple(
                ScoredStatement(
                    statement=statement,
                    passage=passage,
                    cosine=float(score),
                    passage_cosine=by_passage[number],
                )
                for (number, passage, statement), score in zip(placed, evidence, strict=True)
            ),
            ways=self._way_cosines(held.ways, encoded),
        )

    def _way_cosines(
        self, owned: Sequence[tuple[int, Way]], encoded: Encoded
    ) -> tuple[tuple[Way, float], ...]:
        """The ways to ask for a document's rules, with their cosine with the question."""
        if not owned:
            return ()
        rows = np.array([row for row, _ in owned], dtype=np.int64)
        cosines = (self.snapshot.ways.vectors(rows) @ encoded.asking.T).max(axis=1)
        return tuple((way, float(score)) for (_, way), score in zip(owned, cosines, strict=True))

    def _passage_cosines(
        self, vectors: Sequence[tuple[int, int | None]], vector: Vector
    ) -> dict[int, float]:
        """Cosine with the question by passage row of a document."""
        owned = [(row, passage) for row, passage in vectors if passage is not None]
        rows = np.array([row for row, _ in owned], dtype=np.int64)
        cosines = self.snapshot.dense.vectors(rows) @ vector
        return {passage: float(score) for (_, passage), score in zip(owned, cosines, strict=True)}

    def _within(self, query: Query) -> Sequence[int] | None:
        """Document rows that the question's payers, kinds and state admit; None for all."""
        return self.snapshot.store.documents_where(
            payers=filter_payers(query), kinds=query.kinds, state=query.state
        )

    def _code_lane(self, query: Query, within: Sequence[int] | None) -> dict[int, Relation]:
        allowed = None if within is None else set(within)
        strongest: dict[int, Relation] = {}
        for code in query.codes:
            for row, link in self.snapshot.store.code_links(code):
                if allowed is None or row in allowed:
                    order = list(Relation)
                    strongest[row] = min(
                        strongest.get(row, link.relation), link.relation, key=order.index
                    )
        return strongest

    def _dense_lane(
        self, vector: Vector, within: Sequence[int] | None, depth: int
    ) -> dict[int, float]:
        """Best cosine by document row among the nearest vectors; a document may have several."""
        rows = None if within is None else np.flatnonzero(np.isin(self._owners, np.array(within)))
        if rows is not None and not len(rows):
            return {}
        found, scores = self.snapshot.dense.search(vector, 8 * depth, within=rows)
        best: dict[int, float] = {}
        for row, score in zip(found, scores, strict=True):
            document = int(self._owners[row])
            if document not in best and len(best) < depth:
                best[document] = float(score)
        return best

    def _asked_lane(self, encoded: Encoded, within: Sequence[int] | None) -> dict[int, float]:
        """The cosine of the nearest way to ask, by document row, among the nearest ways."""
        owners = self._way_owners
        rows = None if within is None else np.flatnonzero(np.isin(owners, np.array(within)))
        if not len(owners) or (rows is not None and not len(rows)):
            return {}
        best: dict[int, float] = {}
        for spelling in encoded.asking:
            found, scores = self.snapshot.ways.search(spelling, _NEAREST_WAYS, within=rows)
            documents, first = np.unique(
                owners[found], return_index=True
            )  # the nearest comes first
            for document, score in zip(documents.tolist(), scores[first].tolist(), strict=True):
                best[document] = max(best.get(document, 0.0), score)
        best.pop(NOBODY, None)
        return best

    def _nearest_beyond(self, encoded: Encoded) -> float:
        """The cosine of the nearest question beyond the library, 0 where none is known."""
        if not len(self._beyond):
            return 0.0
        return float((self.snapshot.ways.vectors(self._beyond) @ encoded.asking.T).max())

    def _cosines(self, documents: Sequence[int], vector: Vector) -> dict[int, float]:
        """Best cosine of documents that the dense lane did not reach."""
        best = {}
        for document in documents:
            rows = np.array(
                [row for row, _ in self.snapshot.store.vector_rows(document)], dtype=np.int64
            )
            best[document] = float((self.snapshot.dense.vectors(rows) @ vector).max())
        return best

    def _lexical_lane(
        self, query: Query, within: Sequence[int] | None, depth: int
    ) -> dict[int, float]:
        """Share of the greatest possible BM25 score, by document row."""
        index = self.snapshot.lexical
        terms = weighted_terms(query, self.terms)
        ceiling = sum(weight * self.rarity(term) for term, weight in terms.items())
        ceiling *= _BM25_CEILING * self.weights.lexical
        if not ceiling:
            return {}
        found = index.search(terms, depth, fields=self.weights.fields, where=_keywords(query))
        return {row: min(1.0, score / ceiling) for row, score in found}

    def terms(self, text: str) -> list[str]:
        """The analyzed terms of a text."""
        found = self._analyzed.get(text)
        if found is None:
            if len(self._analyzed) >= _KEPT_TEXTS:
                self._analyzed.clear()
            found = self._analyzed[text] = self.snapshot.lexical.terms(text)
        return found

    def rarity(self, term: str) -> float:
        """How telling an analyzed term is: BM25's inverse document frequency, as tantivy has it.

        Robertson & Zaragoza, The Probabilistic Relevance Framework, 2009.
        """
        rows, holding = len(self.snapshot.lexical), self.snapshot.lexical.document_frequency(term)
        return math.log(1 + (rows - holding + 0.5) / (holding + 0.5))


def weighted_terms(query: Query, terms: Callable[[str], list[str]]) -> dict[str, float]:
    """The question's terms at weight 1, those of its expansions a half."""
    weights = dict.fromkeys(terms(query.text), 1.0)
    for told in (*query.expansions, *query.meanings):
        for term in terms(told):
            weights.setdefault(term, _EXPANSION_WEIGHT)
    return weights


def filter_payers(query: Query) -> tuple[str, ...] | None:
    """The payers whose documents may be found: those named, families spelled out; None for all."""
    if not query.payers:
        return None
    return tuple(sorted({member for name in query.payers for member in FAMILIES.get(name, {name})}))


def _keywords(query: Query) -> Mapping[str, Sequence[str]]:
    """The filter as clauses of the BM25 engine; agrees with Store.documents_where."""
    clauses: dict[str, Sequence[str]] = {}
    admitted = filter_payers(query)
    if admitted is not None:
        advantage = [ADVANTAGE_AUDIENCE] if MEDICARE in admitted else []
        clauses["audience"] = [*admitted, "", *advantage]
    if query.kinds is not None:
        clauses["kind"] = [kind.value for kind in query.kinds]
    if query.state is not None:
        clauses["state"] = [query.state, "US"]
    return clauses


def _read_whole(store: Store, ways: bool, row: int) -> _Held:
    """A document of a row; ways: whether its ways to ask are read too."""
    return _Held(
        document=store.document(row),
        passages=store.passages(row),
        vectors=store.vector_rows(row),
        evidence=store.statement_rows(row),
        ways=store.ways(row) if ways else [],
    )
