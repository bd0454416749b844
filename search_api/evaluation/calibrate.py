"""Fit the weights of statement choice and of confidence on judged questions.

Both are small convex problems over features that a reader can check, each solved twice: with the
ways to ask, and without them, as for documents that nobody wrote any for. The result is
search_api/calibration.json, reviewed like code. The questions must be used by no evaluation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from corpus.terms import Determination
from search_api.confidence import (
    ASKED_SIGNS,
    SIGNS,
    Calibration,
    calibration,
)
from search_api.engine import Engine
from search_api.evaluation.judgments import Judgment
from search_api.pools import pools
from search_api.query import Query, QuestionKind
from search_api.ranking import Ranked
from search_api.readings import ASKED_FEATURES, FEATURES, read

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
    """One question's readings: what each says, its features, whether a careful reader accepts it.

    determinations: of each reading; features: [readings, features]; accepted: [readings].
    """

    judgment: Judgment
    determinations: tuple[Determination, ...]
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

    Those for documents with ways to ask, or, by an engine that leaves the ways out, those for
    documents without. for_confidence: judgments beside them that only the confidence is fitted on.
    All else (the other weights; thresholds and bars, which are chosen) stays as it is shipped.
    """
    prefix = "asked_" if engine.ways else ""
    features = (*FEATURES, *ASKED_FEATURES) if engine.ways else FEATURES
    signs = ASKED_SIGNS if engine.ways else SIGNS
    asked = [(judgment, *_asked(engine, judgment)) for judgment in judgments]
    beside = [(judgment, *_asked(engine, judgment)) for judgment in for_confidence]
    found = [each for row in asked if (each := _example(engine, *row)) is not None]
    examples = [each for each in found if each.features.shape[1] == len(features)]
    right = []
    for fold in range(FOLDS):
        weights = _fit_statements(
            [each for place, each in enumerate(examples) if place % FOLDS != fold]
        )
        right += [
            _is_right(each, weights) for place, each in enumerate(examples) if place % FOLDS == fold
        ]
    fitted = {
        f"{prefix}statement": _named(features, _fit_statements(examples)),
        f"{prefix}confidence": _named(signs, _fit_confidence(engine, [*asked, *beside], signs)),
        f"{prefix}fitted_on": f"{len(judgments)} judged questions, and for the confidence "
        f"{len(for_confidence)} more",
    }
    return Fit(
        calibration=Calibration(**{**asdict(calibration()), **fitted}),
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
    readings, matrix = read(own[0], asked=engine.asked(query), terms=engine.backend.terms)
    placed = [(*own[0][place], unmet) for place, unmet in readings]
    says = tuple(
        Determination.NOT_COVERED if unmet else scored.statement.determination
        for _, scored, unmet in placed
    )
    accepted = np.array([
        determination.value in judgment.outcomes
        and bool({each.entry.document.id, *each.entry.document.aliases} & judgment.documents)
        for determination, (each, _, _) in zip(says, placed, strict=True)
    ])  # fmt: skip
    return _Example(judgment, says, matrix, accepted) if accepted.any() else None


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

    size = examples[0].features.shape[1]
    return np.asarray(minimize(loss, np.zeros(size), method="L-BFGS-B").x)


def _weight(judgment: Judgment) -> float:
    return TEMPLATED_WEIGHT if judgment.kind == TEMPLATED else 1.0


def _is_right(example: _Example, weights: Matrix) -> bool:
    """Whether the likeliest determination is an accepted one."""
    shares: dict[Determination, float] = {}
    chances = _chances(example.features, weights)
    for kind, chance in zip(example.determinations, chances, strict=True):
        shares[kind] = shares.get(kind, 0.0) + float(chance)
    return max(shares, key=lambda kind: shares[kind]).value in example.judgment.outcomes


def _chances(matrix: Matrix, weights: Matrix) -> Matrix:
    logits = matrix @ weights
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def _fit_confidence(
    engine: Engine, asked: Sequence[tuple[Judgment, Query, list[Ranked]]], names: Sequence[str]
) -> Matrix:
    """Ridge logistic regression of answerable against unanswerable, each sign in its direction.

    Questions that give a reason themselves not to answer them say nothing about a ranking.
    """
    found = [
        (judgment.answerable, engine.signs(query, ranked, engine.reader(query)))
        for judgment, query, ranked in asked
        if (judgment.answerable or judgment.unanswerable)
        and not query.dated
        and judgment.kind != TEMPLATED
        and engine.refusal(query) is None
    ]
    clear = [(answerable, signs) for answerable, signs in found if signs.keys() == set(names)]
    matrix = np.array([[signs[name] for name in names] for _, signs in clear])
    side = np.array([1.0 if answerable else -1.0 for answerable, _ in clear])
    share = np.where(side > 0, 0.5 / (side > 0).mean(), 0.5 / (side < 0).mean())

    def loss(weights: Matrix) -> float:
        """Logistic loss, both sides weighing the same, with the ridge's penalty."""
        lost = share @ np.logaddexp(0.0, -side * (matrix @ weights))
        return float(lost + RIDGE_CONFIDENCE * weights[1:] @ weights[1:])

    bounds = [_BOUNDS.get(name, (0.0, None)) for name in names]
    return np.asarray(minimize(loss, np.zeros(len(names)), method="L-BFGS-B", bounds=bounds).x)


def _named(names: Sequence[str], weights: Matrix) -> Mapping[str, float]:
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
