"""The measures of coverage answers, each defined once, with bootstrap intervals.

Answerable: `no_answer` is not accepted. Unanswerable: nothing else is. A hit is a listed document
by id or alias; ranks are over documents and count from 1. False-covered and false-denied are
shares of all questions: the harm that people come to who act on the answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search_api.evaluation.judgments import NO_ANSWER, Judgment

RESAMPLES = 1_000
_SEED = 20261123
_POSITIVE = frozenset({"covered", "conditional"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What a system replied to one judged question.

    documents: ids with their aliases, best first. outcome: of the answer, or `no_answer`. words:
    the deciding words and the deciding passage, lower case. took_ms: the whole question.
    slices: the kind of question, and what sort of wording it has.
    """

    judgment: Judgment
    documents: tuple[frozenset[str], ...]
    outcome: str
    words: str
    confidence: float
    took_ms: float
    slices: tuple[str, ...] = ()

    @property
    def rank(self) -> int | None:
        """Place of the first listed document, None where none came back."""
        places = (
            place
            for place, names in enumerate(self.documents, 1)
            if names & self.judgment.documents
        )
        return next(places, None)

    @property
    def right(self) -> bool:
        """Whether the outcome is an accepted one."""
        return self.outcome in self.judgment.outcomes

    @property
    def false_covered(self) -> bool:
        """Covered or conditional where neither is right."""
        return self.outcome in _POSITIVE and not _POSITIVE & self.judgment.outcomes

    @property
    def plainly_covered(self) -> bool:
        """Covered without criteria where the source sets some."""
        return self.outcome == "covered" and "covered" not in self.judgment.outcomes

    @property
    def false_denied(self) -> bool:
        """Not covered where that isn't right."""
        return self.outcome == "not_covered" and "not_covered" not in self.judgment.outcomes


@dataclass(frozen=True, slots=True)
class Share:
    """A mean over questions with its 95 % bootstrap interval; of: how many questions."""

    value: float
    low: float
    high: float
    of: int


Measure = Callable[[Sequence[Observed]], Sequence[float]]


def _ranked(rows: Sequence[Observed]) -> list[Observed]:
    return [row for row in rows if row.judgment.answerable and row.judgment.documents]


def _hit(at: int) -> Measure:
    return lambda rows: [float(row.rank is not None and row.rank <= at) for row in _ranked(rows)]


MEASURES: Mapping[str, Measure] = {
    "hit@1": _hit(1),
    "hit@3": _hit(3),
    "RR": lambda rows: [1 / row.rank if row.rank else 0.0 for row in _ranked(rows)],
    "outcome": lambda rows: [float(row.right) for row in rows if row.judgment.answerable],
    "outcome, all": lambda rows: [float(row.right) for row in rows],
    "evidence": lambda rows: [
        float(any(phrase in row.words for phrase in row.judgment.evidence))
        for row in rows
        if row.judgment.answerable and row.judgment.evidence
    ],
    "false-covered": lambda rows: [float(row.false_covered) for row in rows],
    "plain covered": lambda rows: [float(row.plainly_covered) for row in rows],
    "false-denied": lambda rows: [float(row.false_denied) for row in rows],
    "answered": lambda rows: [
        float(row.outcome != NO_ANSWER) for row in rows if row.judgment.answerable
    ],
    "abstained": lambda rows: [
        float(row.outcome == NO_ANSWER) for row in rows if row.judgment.unanswerable
    ],
}


def measure(rows: Sequence[Observed]) -> dict[str, Share]:
    """Every measure over the rows; one that no row counts for is left out."""
    shares = {name: share(of(rows)) for name, of in MEASURES.items() if of(rows)}
    above = [row.confidence for row in rows if row.judgment.answerable]
    below = [row.confidence for row in rows if row.judgment.unanswerable]
    if above and below:
        value = auroc(above, below)
        shares["AUROC"] = Share(value, *_auroc_interval(above, below), len(above) + len(below))
    return shares


def share(values: Sequence[float]) -> Share:
    """The mean of the values with its percentile bootstrap interval (Efron 1979)."""
    numbers = np.asarray(values)
    chosen = np.random.default_rng(_SEED).integers(0, len(numbers), (RESAMPLES, len(numbers)))
    low, high = np.quantile(numbers[chosen].mean(axis=1), [0.025, 0.975])
    return Share(float(numbers.mean()), float(low), float(high), len(numbers))


def auroc(above: Sequence[float], below: Sequence[float]) -> float:
    """Chance that a value of `above` exceeds one of `below` (Mann & Whitney 1947), ties a half."""
    wins = np.subtract.outer(np.asarray(above), np.asarray(below))
    return float(((wins > 0) + (wins == 0) / 2).mean())


def _auroc_interval(above: Sequence[float], below: Sequence[float]) -> tuple[float, float]:
    random = np.random.default_rng(_SEED)
    values = [
        auroc(random.choice(above, len(above)).tolist(), random.choice(below, len(below)).tolist())
        for _ in range(RESAMPLES // 4)
    ]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def paired_difference(ours: Sequence[float], theirs: Sequence[float]) -> tuple[Share, float]:
    """(mean of ours less theirs with its interval, two-sided p of a sign-flip permutation test)."""
    differences = np.asarray(ours) - np.asarray(theirs)
    random = np.random.default_rng(_SEED)
    flips = random.choice([-1.0, 1.0], (10 * RESAMPLES, len(differences)))
    extreme = np.abs((flips * differences).mean(axis=1)) >= abs(differences.mean()) - 1e-12
    return share(differences.tolist()), float((extreme.sum() + 1) / (len(extreme) + 1))


def holm(ps: Sequence[float]) -> list[float]:
    """p-values corrected for being several (Holm, Scandinavian Journal of Statistics 1979)."""
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    corrected = [0.0] * len(ps)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - place) * ps[index]))
        corrected[index] = highest
    return corrected
