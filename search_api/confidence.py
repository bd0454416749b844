"""The calibrated probability that the corpus answers a question, out of raw lane scores.

A logistic model over a handful of monotone signs; the weights are data (calibration.json),
fitted by `coverage-search calibrate` on questions that no evaluation uses. Nothing here looks
at ranks or at fused places.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from search_api.backends.protocol import Entry
from search_api.lexicon import Lexicon, expanded_words, informative
from search_api.query import Query
from search_api.ranking import Ranked
from search_api.readings import Terms

SIGNS = (
    "constant",
    "dense",  # the best document's cosine
    "lexical",  # its share of the greatest possible BM25 score
    "gap",  # its fused score less the next document's
    "found",  # share of the question's telling words that it holds, by weight
    "rarest_missing",  # weight of the most telling word that it doesn't hold, 0 to 1
    "exact",  # a code or a number of the question names it
    "subject",  # chance that its likeliest rule is about the asked service, by the judge of rules
)
# The same where ways to ask for the best document are known: they tell more than the judge.
ASKED_SIGNS = (
    *SIGNS[:-1],
    "asked",  # cosine of its nearest way to ask
    "asked_gap",  # the same less that of the next document's nearest way
    "within",  # the same less that of the nearest question beyond the library
)
Signs = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Fitted weights, and the probability below which the engine abstains.

    statement, confidence: for documents without ways to ask; asked_statement, asked_confidence: for
    those that have some. bars: higher ones, by outcome: a wrong "covered" costs somebody the most.
    fit_weight: what the judge of rules counts for beside a statement's own chance. unmet_bar:
    chance from which a rule's conditions count as unmet.
    """

    statement: Mapping[str, float]
    confidence: Mapping[str, float]
    asked_statement: Mapping[str, float]
    asked_confidence: Mapping[str, float]
    threshold: float
    bars: Mapping[str, float]
    differs_share: float
    fit_weight: float
    unmet_bar: float
    fitted_on: str
    asked_fitted_on: str


@cache
def calibration() -> Calibration:
    """The shipped calibration."""
    text = files("search_api").joinpath("calibration.json").read_text(encoding="utf-8")
    return Calibration(**json.loads(text))


def confidence(signs: Signs, fit: Calibration) -> float:
    """The chance that the corpus answers, by the fit that is made for such signs."""
    return probability(signs, fit.asked_confidence if "asked" in signs else fit.confidence)


def probability(signs: Signs, weights: Mapping[str, float]) -> float:
    """The logistic of the signs' weighted sum, in (0, 1)."""
    total = sum(weights[name] * sign for name, sign in signs.items())
    return 1 / (1 + math.exp(-total))


def signs(
    ranked: Sequence[Ranked],
    query: Query,
    *,
    lexicon: Lexicon,
    terms: Terms,
    subject: Callable[[], float],
) -> Signs:
    """The signs of a ranking: SIGNS, or ASKED_SIGNS where its best document has ways to ask.

    subject: works out the sign of that name, where it is needed. Without a document all are 0 but
    the constant.
    """
    if not ranked:
        return {name: float(name == "constant") for name in SIGNS}
    best = ranked[0]
    rivals = [each for each in ranked[1:] if _rivals(best, each)]
    found, missing = _words_found(best.entry, query, lexicon, terms)
    plain = {
        "constant": 1.0,
        "dense": best.entry.candidate.dense,
        "lexical": best.entry.candidate.lexical,
        "gap": max(0.0, best.score - max((each.score for each in rivals), default=0.0)),
        "found": found,
        "rarest_missing": missing,
        "exact": _exactness(best),
    }
    if not best.entry.ways:
        return {**plain, "subject": subject()}
    asked, beyond = best.entry.candidate.asked, best.entry.candidate.beyond
    next_asked = max((each.entry.candidate.asked for each in rivals), default=0.0)
    within = asked - beyond if beyond else 0.0  # where nothing beyond is known, it tells nothing
    return {**plain, "asked": asked, "asked_gap": asked - next_asked, "within": within}


def _exactness(best: Ranked) -> float:
    """1 where a number or a binding code names the document, a half where a code is related."""
    if best.tier > 0:
        return 1.0
    return 0.0 if best.entry.candidate.code is None else 0.5


def _rivals(best: Ranked, other: Ranked) -> bool:
    """Whether another document answers instead of the best one, not beside it for another payer."""
    one, two = best.entry.document, other.entry.document
    restates = one.id in two.about or two.id in one.about
    return not restates and (one.payer == two.payer or one.payer is None or two.payer is None)


def _words_found(entry: Entry, query: Query, lexicon: Lexicon, terms: Terms) -> tuple[float, float]:
    """(share of the telling words' weight that the document holds, the heaviest missing).

    A lay word whose expansion the document holds is found.
    """
    document = entry.document
    held = set(
        terms(" ".join((document.title, document.text, *document.questions, *document.aliases)))
    )
    explained = _explained(query, held, terms)
    words = informative(query.about)
    weights = {word: lexicon.weight(word) for word in words}
    total = sum(weights.values())
    if not total:
        return 0.0, 0.0
    lost = [
        weight
        for word, weight in weights.items()
        if not set(terms(word)) <= held and word not in explained
    ]
    heaviest = lexicon.weight("\0")  # a word that the corpus doesn't have
    return 1 - sum(lost) / total, max(lost, default=0.0) / heaviest


def _explained(query: Query, held: set[str], terms: Terms) -> set[str]:
    """Words of the question that a synonym explains in words that the document holds."""
    return {
        word
        for words, expansion in expanded_words(query.text)
        if len(set(terms(expansion)) & held) * 2 >= len(set(terms(expansion)))
        for word in words
    }
