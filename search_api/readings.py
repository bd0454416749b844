"""The readings of a pool's statements, and the features by which each is weighed.

A question's *specific* terms are those that neither the document's title nor most of its
statements hold: the asked use. A question without any is *broad*. Where ways to ask are known, each
conditional rule is read twice, as met and as unmet, and the question's likeness to the ways
(search_api.likeness) joins the features.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus.codes import System, recognize
from corpus.records import CoverageStatement, Document, Way
from corpus.terms import Determination
from search_api.backends.protocol import Entry, ScoredStatement
from search_api.likeness import Likeness, likenesses
from search_api.opposites import Named, opposition
from search_api.ranking import Ranked

FEATURES = (
    "cosine",  # of the deciding words with the question
    "passage_cosine",  # of the passage: title, words and conditions
    "overlap",  # share of the question's terms that tell the statements apart and that it holds
    "focus",  # the same as a share of the statement's own telling terms
    "specific",  # share of the question's specific terms that it holds
    "first",  # it is its document's first rule
    "document_gap",  # its document's score less the best document's, 0 or less
    "code",  # the asked code is among the statement's own
    "study_only",
    "restricted",  # it refuses under conditions of its own
    "other",  # it speaks of what the document doesn't name: "any other", "outside", residual
    "residual",
    "other_unnamed",  # the same, times the share of the asked use that no named rule holds
    "unnamed_positive",  # it covers, times the same share
    "covered",
    "not_covered",
    "contractor_discretion",
    "not_addressed",
    "broad_positive",
    "broad_restricted",
    "broad_other",
    "broad_first",
    "broad_discretion",
)
# Of a reading of a rule whose document has ways to ask, beside those above.
ASKED_FEATURES = (
    "asked",  # share of the nearest ways that it fits
    "nearest",  # cosine of its nearest way less that of the nearest of all, 0 or less
    "unmet",  # it is the reading that what the rule asks for is not so
    "asked_unmet",  # share of the nearest ways that say so
    "nearest_unmet",  # cosine of the nearest way that says so less that of the nearest it fits
)
_OTHER = re.compile(
    r"\b(?:any|all|every) (?:\w+ )?other|\botherwise|\boutside|\bnot (?:name|list|specif)|"
    r"\bother (?:than|uses?|indications?|purposes?|conditions?|reasons?|cases?|circumstances?)",
    re.I,
)
# What an exception names is not what the rule is about: "for any use other than X".
_EXCEPTED = re.compile(r"\b(?:other than|outside|except|beyond|apart from)\b[^.;\n]*", re.I)
_READ = 40  # of the nearest ways: held against the question's families of opposites
_COMMON = 0.6  # of a document's statements: a term in so many names the service, not a use

POSITIVE = (Determination.COVERED, Determination.CONDITIONAL)

Terms = Callable[[str], list[str]]
Pool = Sequence[tuple[Ranked, ScoredStatement]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the statements are weighed against.

    weights: the question's analyzed terms, each with its weight. telling: those of them that say
    something of the service, with their inverse document frequency. worded: it says more than
    codes, so that it may be likened to ways to ask. named: what it names of families of opposites.
    """

    weights: Mapping[str, float]
    telling: Mapping[str, float]
    codes: frozenset[str]
    worded: bool
    named: Named


def by_ways(pool: Pool, asked: Asked) -> bool:
    """Whether a question is likened to ways to ask: every document of the pool has some."""
    return asked.worded and all(ranked.entry.ways for ranked, _ in pool)


def read(
    pool: Pool, *, asked: Asked, terms: Terms
) -> tuple[list[tuple[int, bool]], NDArray[np.float64]]:
    """(the readings: a statement's place in the pool, whether it is unmet; a row of features each).

    Rows are [readings, FEATURES], with ASKED_FEATURES and a second reading of each conditional rule
    where the pool has ways to ask.
    """
    readings = [(place, False) for place in range(len(pool))]
    matrix = features(pool, asked=asked, terms=terms)
    if not by_ways(pool, asked):
        return readings, matrix
    readings += [
        (place, True)
        for place, (_, scored) in enumerate(pool)
        if scored.statement.determination is Determination.CONDITIONAL
    ]
    rows = [place for place, _ in readings]
    return readings, np.hstack([matrix[rows], _asked_features(pool, readings, asked)])


def _asked_features(
    pool: Pool, readings: Sequence[tuple[int, bool]], asked: Asked
) -> NDArray[np.float64]:
    """[readings, ASKED_FEATURES] float64, in the readings' order."""
    heard = {id(ranked.entry): ways_heard(ranked.entry, asked) for ranked, _ in pool}
    known = {entry: likenesses(ways) for entry, ways in heard.items()}
    best = {
        entry: max((cosine for _, cosine in ways), default=0.0) for entry, ways in heard.items()
    }
    places = {
        id(scored): place
        for ranked, _ in pool
        for place, scored in enumerate(ranked.entry.statements)
    }
    rows = []
    for row, unmet in readings:
        ranked, scored = pool[row]
        like = known[id(ranked.entry)].get(places[id(scored)], Likeness())
        nearest = max(like.nearest, like.nearest_unmet) if unmet else like.nearest
        rows.append([
            0.0 if unmet else like.fits,
            nearest - best[id(ranked.entry)],
            unmet,
            like.unmet if unmet else 0.0,
            like.nearest_unmet - like.nearest if unmet else 0.0,
        ])  # fmt: skip
    return np.array(rows, dtype=np.float64)


def features(pool: Pool, *, asked: Asked, terms: Terms) -> NDArray[np.float64]:
    """[statements, FEATURES] float64, in the pool's order."""
    words = [named_terms(ranked.entry, scored, terms) for ranked, scored in pool]
    counts = {term: sum(term in held for held in words) for term in frozenset().union(*words)}
    telling = {
        term: weight * _idf(counts[term], len(words))
        for term, weight in asked.weights.items()
        if term in counts
    }
    best = max(ranked.score for ranked, _ in pool)
    uses = {id(ranked.entry): Use.of(ranked.entry, asked, terms) for ranked, _ in pool}
    rows = []
    for (ranked, scored), held in zip(pool, words, strict=True):
        statement = scored.statement
        use = uses[id(ranked.entry)]
        kind = statement.determination
        other = speaks_of_others(ranked.entry, scored)
        first = scored is ranked.entry.statements[0]
        matched = sum(weight for term, weight in telling.items() if term in held)
        rows.append([
            scored.cosine,
            scored.passage_cosine,
            matched / (sum(telling.values()) or 1.0),
            matched / (sum(_idf(counts[term], len(words)) for term in held) or 1.0),
            use.share(held),
            first,
            ranked.score - best,
            bool(asked.codes & statement.codes),
            statement.study_only,
            kind is Determination.NOT_COVERED and bool(statement.conditions),
            other,
            statement.residual,
            other * (1 - use.named) * (not use.broad),
            (kind in POSITIVE) * (1 - use.named) * (not use.broad),
            kind is Determination.COVERED,
            kind is Determination.NOT_COVERED,
            kind is Determination.CONTRACTOR_DISCRETION,
            kind is Determination.NOT_ADDRESSED,
            use.broad * (kind in POSITIVE),
            use.broad * (kind is Determination.NOT_COVERED and bool(statement.conditions)),
            use.broad * other,
            use.broad * first,
            use.broad * (kind is Determination.CONTRACTOR_DISCRETION),
        ])  # fmt: skip
    return np.array(rows, dtype=np.float64)


def ways_heard(entry: Entry, asked: Asked) -> list[tuple[Way, float]]:
    """The ways to ask for a document, nearest first, without near ones that ask for another use."""
    ways = sorted(entry.ways, key=lambda pair: -pair[1])
    near = [pair for pair in ways[:_READ] if not _of_something_else(pair[0].question, asked)]
    return [*near, *ways[_READ:]]


def _of_something_else(way: str, asked: Asked) -> bool:
    """Whether a way to ask names another member of a family, or only other codes."""
    codes = _codes_of(way) if asked.codes else frozenset()
    another_code = bool(codes) and not codes & asked.codes
    return another_code or opposition(asked.named, way) is not None


@lru_cache(maxsize=65_536)  # ways, which come again
def _codes_of(way: str) -> frozenset[str]:
    """The procedure codes that a way to ask names."""
    return frozenset(each.value for each in recognize(way) if each.system is System.PROCEDURE)


@dataclass(frozen=True, slots=True)
class Use:
    """The asked use as one document sees it: its specific terms, and how much its rules name it."""

    specific: Mapping[str, float]
    named: float

    @property
    def broad(self) -> bool:
        """Whether the question names no use."""
        return not self.specific

    def share(self, held: frozenset[str]) -> float:
        """Share of the specific terms, by weight, among those held."""
        total = sum(self.specific.values())
        return (
            sum(weight for term, weight in self.specific.items() if term in held) / total
            if total
            else 0.0
        )

    @classmethod
    def of(cls, entry: Entry, asked: Asked, terms: Terms) -> "Use":
        """The use that a question asks of a document."""
        held = [named_terms(entry, scored, terms) for scored in entry.statements]
        rules = [
            words
            for words, scored in zip(held, entry.statements, strict=True)
            if not speaks_of_others(entry, scored)
        ]
        counts = {term: sum(term in each for each in rules) for term in frozenset().union(*rules)}
        often = max(2.0, _COMMON * len(rules))
        service = set(terms(entry.document.title)) | {
            term for term, count in counts.items() if count >= often
        }
        use = cls(
            {term: weight for term, weight in asked.telling.items() if term not in service}, 0.0
        )
        named = [use.share(words) for words in rules]
        return cls(use.specific, max(named, default=0.0))


def speaks_of_others(entry: Entry, scored: ScoredStatement) -> bool:
    """Whether a rule is about what its document doesn't name."""
    statement = scored.statement
    return statement.residual or bool(_OTHER.search(statement.evidence.of(entry.document.text)))


def named_terms(entry: Entry, scored: ScoredStatement, terms: Terms) -> frozenset[str]:
    """The terms of a rule's passage, without what its exception names."""
    text = scored.passage.text
    return frozenset(terms(_EXCEPTED.sub(" ", text) if speaks_of_others(entry, scored) else text))


def about(document: Document, statement: CoverageStatement) -> str:
    """A rule's words and conditions, without what an exception names."""
    words = statement.evidence.of(document.text)
    return _EXCEPTED.sub(" ", "; ".join((words, *statement.conditions)))


def _idf(holding: int, of: int) -> float:
    """BM25's inverse document frequency, over the pool's statements."""
    return math.log(1 + (of - holding + 0.5) / (holding + 0.5))
