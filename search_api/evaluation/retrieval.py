"""Retrieval sets ranked by the default configuration and by what a user would get without us.

Baselines, on the same vectors and the same index: BM25 alone, dense alone, reciprocal rank
fusion of the two, and a plain convex fusion of per-question min-max scores. ir_measures does the
measuring; a judged query that a run lacks counts 0.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import ir_measures
import numpy as np

from corpus.errors import EvaluationError, SnapshotError
from corpus.records import Document
from corpus.terms import Kind, Words
from indexer.build import build
from indexer.models import Models
from indexer.snapshot import Snapshot, open_snapshot
from search_api.backends.protocol import Candidate
from search_api.engine import DEPTH, Engine
from search_api.evaluation.judgments import RetrievalSet
from search_api.ranking import reciprocal_rank_fusion

MEASURES = ("nDCG@10", "R@10", "R@100", "RR@10", "Success@1")
OURS = "coverage-search"
_PLAIN_WEIGHT = 0.7  # of dense in the plain fusion: the best single weight reported for it

# Query id -> (document id, score), best first.
Run = Mapping[str, Sequence[tuple[str, float]]]
# Measure -> value by query id.
Scores = Mapping[str, Mapping[str, float]]


def snapshot_of(retrieval_set: RetrievalSet, *, home: Path, models: Models) -> Snapshot:
    """A snapshot of the set's corpus, built unless `home` holds one of like texts and models."""
    texts = sorted(retrieval_set.corpus.items())
    made_of = (texts, models.encoder.name, models.sentences.name)
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()[:12]
    folder = home / f"{retrieval_set.name}-{digest}"
    try:
        return open_snapshot(folder)
    except SnapshotError:
        build(
            [_document(name, title, text) for name, (title, text) in retrieval_set.corpus.items()],
            home=folder,
            models=models,
            sources=[retrieval_set.name],
            now=datetime.now(UTC),
        )
        return open_snapshot(folder)


def runs(
    engine: Engine,
    retrieval_set: RetrievalSet,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Run]:
    """Run by system: ours first, then the baselines; 100 documents a query."""
    systems: dict[str, dict[str, list[tuple[str, float]]]] = {}
    names = [
        engine.snapshot.store.document(row).id for row in range(engine.snapshot.manifest.documents)
    ]
    for number, (identifier, text) in enumerate(retrieval_set.queries.items(), start=1):
        query = engine.understand(text)
        ranked = engine.retrieve(query, read=DEPTH)
        ours = [(each.entry.document.id, each.tier + each.standing) for each in ranked]
        systems.setdefault(OURS, {})[identifier] = ours
        for system, scores in _baselines([each.entry.candidate for each in ranked]).items():
            order = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:DEPTH]
            systems.setdefault(system, {})[identifier] = [
                (names[row], score) for row, score in order
            ]
        progress(number, len(retrieval_set.queries))
    return dict(systems)


def score(run: Run, retrieval_set: RetrievalSet) -> Scores:
    """Every measure of a run by judged query, 0 where the run lacks the query."""
    qrels = [
        ir_measures.Qrel(query, document, grade)
        for query, grades in retrieval_set.qrels.items()
        for document, grade in grades.items()
    ]
    listed = [
        ir_measures.ScoredDoc(query, document, float(-place))
        for query, documents in run.items()
        for place, (document, _) in enumerate(documents)
    ]
    scores = {name: dict.fromkeys(retrieval_set.queries, 0.0) for name in MEASURES}
    wanted = {name: ir_measures.parse_measure(name) for name in MEASURES}
    by_measure = {str(measure): name for name, measure in wanted.items()}
    for found in ir_measures.iter_calc(list(wanted.values()), qrels, listed):
        scores[by_measure[str(found.measure)]][found.query_id] = float(found.value)
    return scores


def write_trec(path: Path, run: Run, *, tag: str) -> None:
    """Write a TREC run file: query, Q0, document, rank, score, tag."""
    lines = (
        f"{query} Q0 {document} {place} {value:.6f} {tag}\n"
        for query, documents in run.items()
        for place, (document, value) in enumerate(documents, start=1)
    )
    path.write_text("".join(lines), encoding="utf-8")


def read_trec(path: Path) -> Run:
    """A TREC run file, each query's documents by falling score.

    Raises EvaluationError naming the line.
    """
    run: dict[str, list[tuple[str, float]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            query, _, document, _, value, _ = line.split()
            run.setdefault(query, []).append((document, float(value)))
        except ValueError as error:
            raise EvaluationError(f"{path}:{number}: not a line of a TREC run") from error
    return {query: sorted(found, key=lambda pair: -pair[1]) for query, found in run.items()}


def _document(name: str, title: str, text: str) -> Document:
    return Document(id=name, kind=Kind.PAGE, title=title, text=text, url="", words=Words.SOURCE)


def _baselines(candidates: Sequence[Candidate]) -> dict[str, dict[int, float]]:
    """Score by document row of each baseline, higher is better."""
    dense = {each.row: each.dense for each in candidates}
    lexical = {each.row: each.lexical for each in candidates}
    orders = [sorted(lane, key=lambda row: (-lane[row], row)) for lane in (dense, lexical)]
    scaled = [_min_max(lane) for lane in (dense, lexical)]
    plain = {
        row: _PLAIN_WEIGHT * scaled[0][row] + (1 - _PLAIN_WEIGHT) * scaled[1][row] for row in dense
    }
    return {
        "BM25": lexical,
        "dense": dense,
        "RRF": dict(reciprocal_rank_fusion(orders)),
        "convex, min-max": plain,
    }


def _min_max(lane: Mapping[int, float]) -> dict[int, float]:
    values = np.array(list(lane.values()) or [0.0])
    low, spread = float(values.min()), float(np.ptp(values)) or 1.0
    return {row: (value - low) / spread for row, value in lane.items()}


def means(scores: Scores) -> dict[str, float]:
    """Mean of each measure over the judged queries."""
    return {name: float(np.mean(list(values.values()))) for name, values in scores.items()}


def in_order(values: Mapping[str, float], queries: Iterable[str]) -> list[float]:
    """One measure's values in the order of the queries."""
    return [values[query] for query in queries]
