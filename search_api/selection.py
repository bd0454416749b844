"""Which statement answers: the statements of the deciding documents weighed against the question.

Each reading of a statement has a few features (search_api.readings); a softmax of their weighted
sum is the chance that it is the one that was asked for. The weights are data (calibration.json),
fitted by `coverage-search calibrate` on questions that no evaluation uses. Where no ways to ask are
known, the judge of rules reads the likeliest few beside the question (`refit`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.terms import Determination
from search_api.backends.protocol import ScoredStatement
from search_api.fitting import JUDGED, UNREAD, Fit, Fitting
from search_api.ranking import Ranked
from search_api.readings import (
    ASKED_FEATURES,
    FEATURES,
    Asked,
    Pool,
    Terms,
    Use,
    named_terms,
    read,
    speaks_of_others,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A statement of a ranked document, with the chance in [0, 1] that it is the one asked for.

    broad: the question names no use that would tell the document's statements apart. named: share
    of the asked use that the statement names. other: it speaks of what its document doesn't name.
    fit: whether it fits what the question says. unmet: it covers, under conditions that the
    question says are not met. against: the question's words and the rule's that don't agree, where
    unmet by plain reading. sure: of the chosen one, the chance in [0, 1] that a rule with its
    determination is the one asked for; 1 where the day or a code chose it, and without ways to
    ask, where chances tell little of being right.
    """

    ranked: Ranked
    scored: ScoredStatement
    chance: float
    broad: bool
    named: float
    other: bool
    fit: Fit = UNREAD
    unmet: bool = False
    against: tuple[str, str] | None = None
    sure: float = 1.0

    @property
    def determination(self) -> Determination:
        """What the statement says to the question: a rule whose conditions are unmet refuses."""
        return Determination.NOT_COVERED if self.unmet else self.scored.statement.determination


def choose(
    pool: Pool,
    *,
    asked: Asked,
    terms: Terms,
    weights: Mapping[str, float],
    asked_weights: Mapping[str, float],
) -> list[Choice]:
    """Every reading of the pool's statements with its chance, likeliest first; they sum to 1.

    weights: of FEATURES. asked_weights: of FEATURES and ASKED_FEATURES, where all have ways.
    """
    if not pool:
        return []
    readings, matrix = read(pool, asked=asked, terms=terms)
    names = FEATURES if matrix.shape[1] == len(FEATURES) else (*FEATURES, *ASKED_FEATURES)
    chosen = weights if names is FEATURES else asked_weights
    logits = matrix @ np.array([chosen[name] for name in names])
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    uses = {id(ranked.entry): Use.of(ranked.entry, asked, terms) for ranked, _ in pool}
    choices = [
        Choice(
            ranked=ranked,
            scored=scored,
            chance=float(chance),
            broad=uses[id(ranked.entry)].broad,
            named=uses[id(ranked.entry)].share(named_terms(ranked.entry, scored, terms)),
            other=speaks_of_others(ranked.entry, scored),
            unmet=unmet,
        )
        for (place, unmet), chance in zip(readings, chances, strict=True)
        for ranked, scored in (pool[place],)
    ]
    return sorted(choices, key=lambda choice: -choice.chance)


def refit(choices: Sequence[Choice], fitting: Fitting, weight: float) -> list[Choice]:
    """The choices weighed again by how they fit the question, likeliest first.

    Only the likeliest few are read. A chance is multiplied by fits ** weight.
    """
    read = fitting.of([(choice.ranked, choice.scored) for choice in choices[:JUDGED]])
    fits = [*read, *[UNREAD] * (len(choices) - len(read))]
    raised = [each.chance * fit.fits**weight for each, fit in zip(choices, fits, strict=True)]
    total = sum(raised) or 1.0
    weighed = [
        replace(each, fit=fit, chance=chance / total)
        for each, fit, chance in zip(choices, fits, raised, strict=True)
    ]
    return sorted(weighed, key=lambda choice: -choice.chance)
