"""The lanes' candidates put in one order: pure functions of their raw scores.

Dense and lexical scores are fused by a convex combination (Bruch, Gai & Ingber, TOIS 2023), each
on its own absolute scale: a cosine, and BM25 as a share of the question's ceiling (theoretical
rather than observed extremes, so that a score means the same for every question). Codes and
document numbers are tiers above any similarity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from corpus.payers import FAMILIES, MEDICARE
from corpus.records import Document, in_force, plain_id
from corpus.terms import Determination, Kind, Line, Status
from search_api.backends.protocol import Candidate, Entry
from search_api.query import Query, QuestionKind
from search_api.weights import Weights

_ASKED = 0.6  # of what a score lacks: what a way to ask in the question's very words adds
_UNLIKE = 0.6  # cosine up to which two questions have nothing in common
_SET_BACK = 0.85  # what a score keeps when its document can't be what decides
_MEANING = 0.6  # the same when it only tells what a code means
_RESTATED = 0.4  # of the restatement's standing: the policy that it restates is the asked one
_MOST_CODED = 40  # documents of an asked code that are read whole
NAMED_TIER, CODE_TIER = 3, 2  # asked for by its number; bound to the asked code
_NOT_ASKED = 0.7  # the same when it speaks for another payer than the question names


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry in its place.

    tier: NAMED_TIER, CODE_TIER, or 0 for neither. score: fused, in [0, 1].
    standing: the score after what steps back has stepped back; it orders a tier.
    """

    entry: Entry
    tier: int
    score: float
    standing: float


def fused(candidate: Candidate, weights: Weights) -> float:
    """One score of a candidate's lanes, in [0, 1].

    A convex combination of the dense and the lexical one; what is left to 1 is made smaller by a
    near way to ask, so that a document without ways keeps its score.
    """
    plain = weights.dense * max(0.0, candidate.dense) + weights.lexical * candidate.lexical
    likeness = max(0.0, candidate.asked - _UNLIKE) / (1.0 - _UNLIKE)
    return 1.0 - (1.0 - plain) * (1.0 - _ASKED * likeness)


def shortlist(candidates: Sequence[Candidate], weights: Weights, size: int) -> list[Candidate]:
    """The candidates worth reading: those that a number or a code names, and the best others.

    A common code stands in hundreds of articles: the best of them are read.
    """
    best = sorted(candidates, key=lambda each: (-fused(each, weights), each.row))
    named = [each for each in best if each.named]
    coded = [each for each in best if each.code is not None and each.code.binds]
    chosen = (*named, *coded[:_MOST_CODED], *best[:size])
    return list({each.row: each for each in chosen}.values())


def rank(entries: Sequence[Entry], query: Query, weights: Weights) -> list[Ranked]:
    """Entries in the order in which a reader should see them.

    Tier, then standing, ties to the lower row. On a question about coverage a policy comes directly
    before the FAQ entry that restates it, and a policy that has ended, a code's meaning and an
    FAQ entry step back behind a policy about as near. Of several versions of a document the one
    in force on the asked day comes first.
    """
    placed = [
        Ranked(entry, _tier(entry, query), score, _standing(entry, query, score))
        for entry in entries
        for score in (fused(_heard(entry.candidate, query), weights),)
    ]
    placed = _other_versions_behind(placed, query.as_of)
    placed.sort(key=lambda each: (-each.tier, -each.standing, each.entry.candidate.row))
    return _policies_before_faqs(placed) if query.kind is QuestionKind.COVERAGE else placed


def _heard(candidate: Candidate, query: Query) -> Candidate:
    """A candidate without its ways to ask where they don't count: they ask for rules."""
    return candidate if query.kind is QuestionKind.COVERAGE else replace(candidate, asked=0.0)


def _other_versions_behind(placed: Sequence[Ranked], on: date) -> list[Ranked]:
    """Versions not in force on a day, put behind the one of the same document that is."""
    binding = {
        plain_id(each.entry.document): each.standing
        for each in placed
        if each.entry.document.version and _binds(each.entry.document, on)
    }
    return [
        replace(each, standing=_SET_BACK * min(each.standing, first))
        if first is not None and not _binds(each.entry.document, on)
        else each
        for each in placed
        for first in (binding.get(plain_id(each.entry.document)),)
    ]


def _binds(document: Document, on: date) -> bool:
    return in_force(document.effective, document.ended, on=on)


def _tier(entry: Entry, query: Query) -> int:
    candidate, document = entry.candidate, entry.document
    if candidate.named:
        return NAMED_TIER
    if candidate.code is None or not candidate.code.binds:
        return 0
    if document.kind is Kind.CODE:
        return NAMED_TIER if query.kind is QuestionKind.CODE else 0
    return CODE_TIER


def _standing(entry: Entry, query: Query, score: float) -> float:
    if query.kind is QuestionKind.COVERAGE and steps_back(entry.document, on=query.as_of):
        score *= _MEANING if entry.document.kind is Kind.CODE else _SET_BACK
    if query.kind is QuestionKind.COVERAGE and not any(
        asked_of(*who, query) for who in speakers(entry.document)
    ):
        score *= _NOT_ASKED
    return score


def speakers(document: Document) -> set[tuple[str, bool]]:
    """(payer, whether for its Medicare Advantage members) of everyone a document speaks for."""
    lines = [
        (document.payer or "", document.line),
        *((each.payer, each.line) for each in document.statements),
    ]
    return {(payer, line is Line.ADVANTAGE) for payer, line in lines}


def asked_of(payer: str, advantage: bool, query: Query) -> bool:
    """Whether a question is put to a speaker; one that names nobody is put to all.

    An Advantage plan's policy never answers for original Medicare; Medicare's own answers for an
    Advantage plan, as a floor.
    """
    wanted = {member for name in query.payers for member in FAMILIES.get(name, {name})}
    if not payer:
        return True
    if query.line is Line.ADVANTAGE:
        named = not wanted - {MEDICARE} or payer in wanted
        return payer == MEDICARE or (advantage and named)
    if query.line in (Line.COMMERCIAL, Line.MEDICAID) and payer == MEDICARE:
        return MEDICARE in wanted
    if advantage and not wanted - {MEDICARE}:
        return not wanted and query.line is None
    return not wanted or payer in wanted


def steps_back(document: Document, *, on: date) -> bool:
    """Whether a document can't be what decides coverage on a day."""
    if document.kind in (Kind.CODE, Kind.FAQ, Kind.PAGE):
        return True
    ended = document.status is Status.RETIRED and (document.ended is None or document.ended <= on)
    undecided = all(
        each.determination is Determination.NOT_ADDRESSED for each in document.statements
    )
    return ended and undecided


def _policies_before_faqs(placed: Sequence[Ranked]) -> list[Ranked]:
    by_name = {
        name: each
        for each in placed
        for name in (each.entry.document.id, *each.entry.document.aliases)
    }
    by_name |= {each.entry.document.id: each for each in placed}
    ordered: dict[int, Ranked] = {}
    for each in placed:
        for name in each.entry.document.about:
            policy = by_name.get(name)
            if policy is not None and _outweighs(policy, each):
                row = policy.entry.candidate.row
                ordered.setdefault(
                    row, replace(policy, standing=max(policy.standing, each.standing))
                )
        ordered.setdefault(each.entry.candidate.row, each)
    return list(ordered.values())


def _outweighs(policy: Ranked, restatement: Ranked) -> bool:
    """Whether a policy that another document restates is near enough to stand before it."""
    decides = policy.entry.document.kind.decides and policy is not restatement
    return decides and policy.standing >= _RESTATED * restatement.standing


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[int]], *, k: int = 60
) -> Mapping[int, float]:
    """Sum of 1 / (k + rank) over the rankings (Cormack, Clarke & Buettcher, SIGIR 2009).

    Not used to answer: a baseline of the evaluation. Ranks count from 1.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, row in enumerate(ranking, start=1):
            scores[row] = scores.get(row, 0.0) + 1 / (k + place)
    return scores
