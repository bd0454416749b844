"""How like a question is to the ways in which people ask for each rule of a document.

The ways are labelled: each names the rules that it fits, and those whose condition it says is not
so. A question is read as its nearest ways are (a kernel over their cosines, by the encoder of
questions): the nearer one is, the more its labels count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.records import Way

_NEAREST = 12  # ways that are heard
_SHARPNESS = 30.0  # a way .033 further off counts for 1/e
_BESIDE = 0.5  # of its weight: an unmet rule where the way fits another one, which answers it


@dataclass(frozen=True, slots=True)
class Likeness:
    """A question's likeness to the ways to ask for one rule.

    fits, unmet: shares in [0, 1] of the nearest ways that it fits, and in which it is unmet.
    nearest, nearest_unmet: cosine of the nearest such way of all; 0 where there is none.
    """

    fits: float = 0.0
    unmet: float = 0.0
    nearest: float = 0.0
    nearest_unmet: float = 0.0


def likenesses(ways: Sequence[tuple[Way, float]]) -> Mapping[int, Likeness]:
    """By a rule's place: its likeness, from every way to ask with its cosine."""
    if not ways:
        return {}
    near = sorted(ways, key=lambda pair: -pair[1])[:_NEAREST]
    raised = [math.exp(_SHARPNESS * (cosine - near[0][1])) for _, cosine in near]
    total = sum(raised)
    fits: dict[int, float] = {}
    unmet: dict[int, float] = {}
    for (way, _), weight in zip(near, raised, strict=True):
        for place in way.fits:
            fits[place] = fits.get(place, 0.0) + weight / total / len(way.fits)
        beside = _BESIDE if way.fits else 1.0
        for place in way.unmet:
            unmet[place] = unmet.get(place, 0.0) + beside * weight / total / len(way.unmet)
    nearest, nearest_unmet = _nearest(ways, "fits"), _nearest(ways, "unmet")
    return {
        place: Likeness(
            fits=fits.get(place, 0.0),
            unmet=unmet.get(place, 0.0),
            nearest=nearest.get(place, 0.0),
            nearest_unmet=nearest_unmet.get(place, 0.0),
        )
        for place in nearest.keys() | nearest_unmet.keys()
    }


def _nearest(ways: Sequence[tuple[Way, float]], label: str) -> dict[int, float]:
    """By a rule's place: the greatest cosine of a way that has it under a label."""
    best: dict[int, float] = {}
    for way, cosine in ways:
        for place in getattr(way, label):
            best[place] = max(best.get(place, 0.0), cosine)
    return best
