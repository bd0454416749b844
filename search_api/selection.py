"""Which statement answers: the statements of the deciding documents weighed against the question.

Each statement gets a few features of its own words, its place and its kind of rule; a softmax of
their weighted sum is the chance that it is the one that was asked for. The weights are data
(calibration.json), fitted by `coverage-search calibrate` on questions that no evaluation uses.

A question's *specific* terms are those that neither the document's title nor most of its
statements hold: the asked use. A question without any is *broad*.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.records import CoverageStatement, Document
from corpus.terms import Determination
from search_api.backends.protocol import Entry, ScoredStatement
from search_api.fitting import JUDGED, UNREAD, Fit, Fitting
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
_OTHER = re.compile(
    r"\b(?:any|all|every) (?:\w+ )?other|\botherwise|\boutside|\bnot (?:name|list|specif)|"
    r"\bother (?:than|uses?|indications?|purposes?|conditions?|reasons?|cases?|circumstances?)",
    re.I,
)
# What an exception names is not what the rule is about: "for any use other than X".
_EXCEPTED = re.compile(r"\b(?:other than|outside|except|beyond|apart from)\b[^.;\n]*", re.I)
_COMMON = 0.6  # of a document's statements: a term in so many names the service, not a use

POSITIVE = (Determination.COVERED, Determination.CONDITIONAL)

Terms = Callable[[str], list[str]]
Pool = Sequence[tuple[Ranked, ScoredStatement]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A statement of a ranked document, with the chance in [0, 1] that it is the one asked for.

    broad: the question names no use that would tell the document's statements apart. named: share
    of the asked use that the statement names. other: it speaks of what its document doesn't name.
    fit: whether it fits what the question says. unmet: it covers, under conditions that the
    question says are not met. against: the question's words and the rule's that don't agree, where
    unmet by plain reading.
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

    @property
    def determination(self) -> Determination:
        """What the statement says to the question: a rule whose conditions are unmet refuses."""
        return Determination.NOT_COVERED if self.unmet else self.scored.statement.determination


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the statements are weighed against.

    weights: the question's analyzed terms, each with its weight. telling: those of them that say
    something of the service, with their inverse document frequency.
    """

    weights: Mapping[str, float]
    telling: Mapping[str, float]
    codes: frozenset[str]


def choose(pool: Pool, *, asked: Asked, terms: Terms, weights: Mapping[str, float]) -> list[Choice]:
    """Every statement of the pool with its chance, likeliest first; the chances sum to 1."""
    if not pool:
        return []
    logits = features(pool, asked=asked, terms=terms) @ np.array(
        [weights[name] for name in FEATURES]
    )
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    uses = {id(ranked.entry): _Use.of(ranked.entry, asked, terms) for ranked, _ in pool}
    choices = [
        Choice(
            ranked=ranked,
            scored=scored,
            chance=float(chance),
            broad=uses[id(ranked.entry)].broad,
            named=uses[id(ranked.entry)].share(_named_terms(ranked.entry, scored, terms)),
            other=_speaks_of_others(ranked.entry, scored),
        )
        for (ranked, scored), chance in zip(pool, chances, strict=True)
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


def features(pool: Pool, *, asked: Asked, terms: Terms) -> NDArray[np.float64]:
    """[statements, FEATURES] float64, in the pool's order."""
    words = [_named_terms(ranked.entry, scored, terms) for ranked, scored in pool]
    counts = {term: sum(term in held for held in words) for term in frozenset().union(*words)}
    telling = {
        term: weight * _idf(counts[term], len(words))
        for term, weight in asked.weights.items()
        if term in counts
    }
    best = max(ranked.score for ranked, _ in pool)
    uses = {id(ranked.entry): _Use.of(ranked.entry, asked, terms) for ranked, _ in pool}
    rows = []
    for (ranked, scored), held in zip(pool, words, strict=True):
        statement = scored.statement
        use = uses[id(ranked.entry)]
        kind = statement.determination
        other = _speaks_of_others(ranked.entry, scored)
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


@dataclass(frozen=True, slots=True)
class _Use:
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
    def of(cls, entry: Entry, asked: Asked, terms: Terms) -> "_Use":
        """The use that a question asks of a document."""
        held = [_named_terms(entry, scored, terms) for scored in entry.statements]
        rules = [
            words
            for words, scored in zip(held, entry.statements, strict=True)
            if not _speaks_of_others(entry, scored)
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


def _speaks_of_others(entry: Entry, scored: ScoredStatement) -> bool:
    """Whether a rule is about what its document doesn't name."""
    statement = scored.statement
    return statement.residual or bool(_OTHER.search(statement.evidence.of(entry.document.text)))


def _named_terms(entry: Entry, scored: ScoredStatement, terms: Terms) -> frozenset[str]:
    """The terms of a rule's passage, without what its exception names."""
    text = scored.passage.text
    return frozenset(terms(_EXCEPTED.sub(" ", text) if _speaks_of_others(entry, scored) else text))


def about(document: Document, statement: CoverageStatement) -> str:
    """A rule's words and conditions, without what an exception names."""
    words = statement.evidence.of(document.text)
    return _EXCEPTED.sub(" ", "; ".join((words, *statement.conditions)))


def _idf(holding: int, of: int) -> float:
    """BM25's inverse document frequency, over the pool's statements."""
    return math.log(1 + (of - holding + 0.5) / (holding + 0.5))
