"""Fit the weights of statement choice and of confidence on judged questions.

Both are small convex problems over features that a reader can check; the result is
search_api/calibration.json, reviewed like code. The questions must be used by no evaluation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from corpus.terms import Determination
from search_api.confidence import SIGNS, Calibration, calibration, probability
from search_api.engine import Engine
from search_api.evaluation.judgments import Judgment
from search_api.pools import pools
from search_api.query import Query, QuestionKind
from search_api.ranking import Ranked
from search_api.selection import FEATURES, Pool, features

RIDGE_STATEMENT = 0.05  # chosen among .01 to .3 by cross-validation
RIDGE_CONFIDENCE = 0.05
FOLDS = 5
# Questions made from a template ("X for Y", Y a use that the policy doesn't name) teach one thing
# only: they count less than a person's question, and nothing for the confidence.
TEMPLATED, TEMPLATED_WEIGHT = "templated", 0.12

Matrix = NDArray[np.float64]
# A sign that may only raise, or only lower, the probability: the model stays monotone.
_BOUNDS = {"constant": (None, None), "rarest_missing": (None, 0.0)}


@dataclass(frozen=True, slots=True)
class _Example:
    """One question's features [statements, features] and which statements a reader accepts."""

    judgment: Judgment
    pool: Pool
    features: Matrix
    accepted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A calibration with its cross-validated share of right determinations."""

    calibration: Calibration
    accuracy: float
    examples: int


def calibrate(
    engine: Engine, judgments: Sequence[Judgment], *, for_confidence: Sequence[Judgment] = ()
) -> Fit:
    """Weights fitted on the judgments, with cross-validated accuracy of the statement choice.

    for_confidence: judgments beside them that only the confidence is fitted on: questions that are
    harder than what people ask would bend the choice of statements. What is chosen and not fitted
    (thresholds, bars) is the shipped calibration's.
    """
    asked = [(judgment, *_asked(engine, judgment)) for judgment in judgments]
    beside = [(judgment, *_asked(engine, judgment)) for judgment in for_confidence]
    examples = [each for row in asked if (each := _example(engine, *row)) is not None]
    right = []
    for fold in range(FOLDS):
        weights = _fit_statements(
            [each for place, each in enumerate(examples) if place % FOLDS != fold]
        )
        right += [
            _is_right(each, weights) for place, each in enumerate(examples) if place % FOLDS == fold
        ]
    return Fit(
        calibration=replace(
            calibration(),
            statement=_named(FEATURES, _fit_statements(examples)),
            confidence=_named(SIGNS, _fit_confidence(engine, [*asked, *beside])),
            fitted_on=f"{len(judgments)} judged questions, and for the confidence "
            f"{len(for_confidence)} more",
        ),
        accuracy=float(np.mean(right)),
        examples=len(examples),
    )


def _asked(engine: Engine, judgment: Judgment) -> tuple[Query, list[Ranked]]:
    query = engine.understand(judgment.question)
    return query, engine.retrieve(query)


def _example(
    engine: Engine, judgment: Judgment, query: Query, ranked: Sequence[Ranked]
) -> _Example | None:
    """The choice that a question poses, None where it poses none or lacks the right document."""
    if not judgment.answerable or query.dated or query.kind is not QuestionKind.COVERAGE:
        return None
    own, _ = pools(ranked, query)
    if not own:
        return None
    accepted = np.array([
        scored.statement.determination.value in judgment.outcomes
        and bool({each.entry.document.id, *each.entry.document.aliases} & judgment.documents)
        for each, scored in own[0]
    ])  # fmt: skip
    if not accepted.any():
        return None
    matrix = features(own[0], asked=engine.asked(query), terms=engine.backend.terms)
    return _Example(judgment, own[0], matrix, accepted)


def _fit_statements(examples: Sequence[_Example]) -> Matrix:
    """Ridge maximum likelihood: the chances of the accepted statements of each question, summed."""

    def loss(weights: Matrix) -> float:
        """Negative log likelihood with the ridge's penalty."""
        lost = sum(
            -_weight(each.judgment)
            * np.log(_chances(each.features, weights)[each.accepted].sum() + 1e-9)
            for each in examples
        )
        return float(lost + RIDGE_STATEMENT * weights @ weights)

    return np.asarray(minimize(loss, np.zeros(len(FEATURES)), method="L-BFGS-B").x)


def _weight(judgment: Judgment) -> float:
    return TEMPLATED_WEIGHT if judgment.kind == TEMPLATED else 1.0


def _is_right(example: _Example, weights: Matrix) -> bool:
    """Whether the likeliest determination is an accepted one."""
    shares: dict[Determination, float] = {}
    for (_, scored), chance in zip(example.pool, _chances(example.features, weights), strict=True):
        kind = scored.statement.determination
        shares[kind] = shares.get(kind, 0.0) + float(chance)
    return max(shares, key=lambda kind: shares[kind]).value in example.judgment.outcomes


def _chances(matrix: Matrix, weights: Matrix) -> Matrix:
    logits = matrix @ weights
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def _fit_confidence(
    engine: Engine, asked: Sequence[tuple[Judgment, Query, list[Ranked]]]
) -> Matrix:
    """Ridge logistic regression of answerable against unanswerable, each sign in its direction."""
    clear = [
        (j, q, r)
        for j, q, r in asked
        if (j.answerable or j.unanswerable) and not q.dated and j.kind != TEMPLATED
    ]
    matrix = np.array(
        [engine.signs(query, ranked, engine.reader(query)) for _, query, ranked in clear]
    )
    side = np.array([1.0 if judgment.answerable else -1.0 for judgment, _, _ in clear])
    share = np.where(side > 0, 0.5 / (side > 0).mean(), 0.5 / (side < 0).mean())

    def loss(weights: Matrix) -> float:
        """Logistic loss, both sides weighing the same, with the ridge's penalty."""
        lost = share @ np.logaddexp(0.0, -side * (matrix @ weights))
        return float(lost + RIDGE_CONFIDENCE * weights[1:] @ weights[1:])

    bounds = [_BOUNDS.get(name, (0.0, None)) for name in SIGNS]
    return np.asarray(minimize(loss, np.zeros(len(SIGNS)), method="L-BFGS-B", bounds=bounds).x)


def _named(names: Sequence[str], weights: Matrix) -> Mapping[str, float]:
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def separation(rows: Sequence[tuple[Sequence[float], bool]], weights: Mapping[str, float]) -> float:
    """AUROC of the probability over (signs, answerable) rows.

    It is the chance in [0, 1] that an answerable one is above, ties counting a half.
    """
    above = [probability(row, weights) for row, answerable in rows if answerable]
    below = [probability(row, weights) for row, answerable in rows if not answerable]
    wins = sum((a > b) + (a == b) / 2 for a in above for b in below)
    return wins / (len(above) * len(below))
