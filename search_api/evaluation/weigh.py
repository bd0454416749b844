"""Fit what the lanes count for on judged sets, with what it is worth on questions held out.

A linear model of four scores that a reader can check (cosine, and the BM25 share of each field),
fitted by the listwise softmax loss (Cao et al., ICML 2007) with weights that can't be negative;
each set counts the same, however many questions it has. The default is search_api/weights.json.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from corpus.errors import EvaluationError
from search_api.backends.local import LocalBackend
from search_api.engine import DEPTH, Engine
from search_api.evaluation import retrieval
from search_api.evaluation.judgments import Judgment, RetrievalSet
from search_api.weights import FIELDS, LANES, Weights

FOLDS = 5
MEASURE = "nDCG@10"
_RIVALS = 60  # documents of a question that the loss looks at: the best of an even mix
_SHARPNESS = 40.0  # of the softmax over scores in [0, 1] from which the search starts
_RIDGE = 1e-5
_SEED = 20261123

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """A judged question and its candidates.

    scores: raw, [documents, LANES], in [0, 1]. grades: [documents], 0 where not relevant.
    """

    question: str
    documents: tuple[str, ...]
    scores: Matrix
    grades: Matrix


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted weights, and MEASURE by set: with them, cross-validated, and with the set left out.

    held_out: each question by weights fitted on the other folds' questions. left_out: each set by
    weights fitted on the other sets, NaN where there is no other. today: by the weights in use.
    """

    weights: Weights
    today: Mapping[str, float]
    fitted: Mapping[str, float]
    held_out: Mapping[str, float]
    left_out: Mapping[str, float]


def judged_set(name: str, engine: Engine, judgments: Sequence[Judgment]) -> RetrievalSet:
    """Coverage judgments as a retrieval set: the listed documents are relevant, by their ids."""
    store = engine.snapshot.store
    qrels = {
        each.id: {
            store.document(row).id: 1
            for document in each.documents
            if (row := store.document_row(document)) is not None
        }
        for each in judgments
    }
    queries = {each.id: each.question for each in judgments if qrels[each.id]}
    if not queries:
        raise EvaluationError(f"{name}: no question names a document of this snapshot")
    return RetrievalSet(
        name=name, corpus={}, queries=queries, qrels={each: qrels[each] for each in queries}
    )


def scenes(engine: Engine, chosen: RetrievalSet) -> list[Scene]:
    """The raw scores of every question's candidates, in the set's order."""
    alone = {
        name: LocalBackend(
            engine.snapshot, Weights(**{lane: float(lane == name) for lane in LANES})
        )
        for name in FIELDS
    }
    found = []
    for question, text in chosen.queries.items():
        query = engine.understand(text)
        encoded = engine.backend.encode(query)
        lanes = {
            name: backend.candidates(query, encoded, depth=DEPTH) for name, backend in alone.items()
        }
        dense = {each.row: max(0.0, each.dense) for lane in lanes.values() for each in lane}
        shares = [{each.row: each.lexical for each in lanes[name]} for name in FIELDS]
        documents = tuple(engine.snapshot.store.document(row).id for row in dense)
        grades = chosen.qrels[question]
        found.append(
            Scene(
                question,
                documents,
                np.array(
                    [[dense[row], *(share.get(row, 0.0) for share in shares)] for row in dense]
                ),
                np.array([float(grades.get(document, 0)) for document in documents]),
            )
        )
    return found


def weigh(today: Weights, sets: Sequence[tuple[RetrievalSet, Sequence[Scene]]]) -> Fit:
    """Weights fitted on every set, and what such a fit reaches on questions and sets it lacks."""
    by_set = [found for _, found in sets]
    weights = fit(by_set)
    folds = _folds(by_set)
    by_fold = [
        fit(
            [
                _where(found, fold, number, kept=False)
                for found, fold in zip(by_set, folds, strict=True)
            ]
        )
        for number in range(FOLDS)
    ]
    held_out = {
        chosen.name: _mean(
            chosen,
            [(each, by_fold[number]) for each, number in zip(found, fold, strict=True)],
        )
        for (chosen, found), fold in zip(sets, folds, strict=True)
    }
    left_out = {}
    for chosen, found in sets:
        others = [scene for other, scene in sets if other is not chosen]
        without = fit(others) if others else None
        left_out[chosen.name] = (
            float("nan") if without is None else _mean(chosen, [(each, without) for each in found])
        )
    return Fit(
        weights=weights,
        today={c.name: _mean(c, [(each, today) for each in found]) for c, found in sets},
        fitted={c.name: _mean(c, [(each, weights) for each in found]) for c, found in sets},
        held_out=held_out,
        left_out=left_out,
    )


def fit(sets: Sequence[Sequence[Scene]]) -> Weights:
    """The weights of least listwise loss over the sets, each counting the same."""
    parts = [
        (scores, target, 1 / len(found))
        for found in sets
        for scores, target in filter(None, map(_rivals, found))
    ]
    if not parts:
        raise EvaluationError("no question has a relevant document among its candidates")
    rows = np.concatenate([scores for scores, _, _ in parts])
    target = np.concatenate([target * weight for _, target, weight in parts])
    starts = np.cumsum([0, *(len(scores) for scores, _, _ in parts[:-1])])
    sizes = np.array([len(scores) for scores, _, _ in parts])
    shares = np.array([weight for _, _, weight in parts])

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        """Cross entropy of each question's softmax against its grades, and the gradient."""
        logits = rows @ weights
        logits = logits - np.repeat(np.maximum.reduceat(logits, starts), sizes)
        raised = np.exp(logits)
        totals = np.repeat(np.add.reduceat(raised, starts), sizes)
        lost = -(target * (logits - np.log(totals))).sum() + _RIDGE * weights @ weights
        slope = rows.T @ (np.repeat(shares, sizes) * raised / totals - target)
        return float(lost), slope + 2 * _RIDGE * weights

    found = minimize(
        loss,
        np.full(len(LANES), _SHARPNESS / len(LANES)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(LANES),
    ).x
    return Weights(
        **{
            name: round(float(each), 4)
            for name, each in zip(LANES, found / found.sum(), strict=True)
        }
    )


def _rivals(scene: Scene) -> tuple[Matrix, Matrix] | None:
    """(scores, grades summing to 1) of the documents that the loss looks at.

    None where no candidate is relevant.
    """
    if not scene.grades.any():
        return None
    best = np.argsort(-(scene.scores @ [0.5, 0.5, 0.0, 0.0]), kind="stable")[:_RIVALS]
    kept = np.union1d(best, np.flatnonzero(scene.grades))
    return scene.scores[kept], scene.grades[kept] / scene.grades[kept].sum()


def _folds(sets: Sequence[Sequence[Scene]]) -> list[list[int]]:
    """A fold number for every question of every set, in equal shares."""
    random = np.random.default_rng(_SEED)
    return [(random.permutation(len(found)) % FOLDS).tolist() for found in sets]


def _where(found: Sequence[Scene], fold: Sequence[int], number: int, *, kept: bool) -> list[Scene]:
    return [each for each, place in zip(found, fold, strict=True) if (place == number) is kept]


def _mean(chosen: RetrievalSet, weighed: Sequence[tuple[Scene, Weights]]) -> float:
    """MEASURE of a set's questions, each ranked by its weights."""
    run = {
        scene.question: sorted(
            zip(scene.documents, (scene.scores @ _vector(weights)).tolist(), strict=True),
            key=lambda pair: -pair[1],
        )[:DEPTH]
        for scene, weights in weighed
    }
    return retrieval.means(retrieval.score(run, chosen))[MEASURE]


def _vector(weights: Weights) -> Matrix:
    return np.array([getattr(weights, name) for name in LANES])
