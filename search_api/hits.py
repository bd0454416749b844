"""The passages that a result lists: what the answer cites first, then the best of each document."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from corpus.records import Document, Passage, Span
from search_api.query import Query
from search_api.ranking import Ranked
from search_api.readings import Terms
from search_api.replies import Abstention, Answer

MOST_HITS = 100  # a result lists
# Per cent of rapidfuzz's ratio: the same paragraph with another contractor's name in it.
_SAME = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage in its place, with each lane's raw score of its document.

    score: fused, in [0, 1]. tier and standing: what ordered it (search_api.ranking).
    highlights: where the question's words stand in the passage. also_in: ids of passages that
    say the same.
    """

    passage: Passage
    document: Document
    rank: int
    score: float
    code: float
    dense: float
    lexical: float
    tier: int
    standing: float
    highlights: tuple[Span, ...]
    also_in: tuple[str, ...]


def hits(
    ranked: Sequence[Ranked], reply: Answer | Abstention, query: Query, *, k: int, terms: Terms
) -> tuple[Hit, ...]:
    """At most k hits, in the order of the ranking, near-duplicates collapsed into the first."""
    chosen: list[tuple[Ranked, Passage]] = []
    twins: dict[str, list[str]] = {}
    for each, passage in _passages(ranked, reply):
        twin = next((other for _, other in chosen if _same(other, passage)), None)
        if twin is not None:
            twins.setdefault(twin.id, []).append(passage.id)
        elif len(chosen) < k:
            chosen.append((each, passage))
    wanted = frozenset(terms(query.text))
    return tuple(
        Hit(
            passage=passage,
            document=each.entry.document,
            rank=place,
            score=each.score,
            code=float(each.tier > 0),
            dense=each.entry.candidate.dense,
            lexical=each.entry.candidate.lexical,
            tier=each.tier,
            standing=each.standing,
            highlights=tuple(_highlights(passage.text, wanted, terms)),
            also_in=tuple(twins.get(passage.id, ())),
        )
        for place, (each, passage) in enumerate(chosen, start=1)
    )


def _passages(
    ranked: Sequence[Ranked], reply: Answer | Abstention
) -> Iterator[tuple[Ranked, Passage]]:
    """Documents in order, the deciding one first: what the answer cites, or the nearest passage."""
    cited: dict[str, list[Passage]] = {}
    if isinstance(reply, Answer):
        for side in (reply.deciding, *reply.sides):
            passages = cited.setdefault(side.evidence.document.id, [])
            if side.evidence.passage not in passages:
                passages.append(side.evidence.passage)
    deciding = reply.deciding.evidence.document.id if isinstance(reply, Answer) else None
    for each in sorted(ranked, key=lambda each: each.entry.document.id != deciding):
        entry = each.entry
        for passage in cited.get(entry.document.id) or [
            max(entry.passages, key=lambda pair: pair[1])[0]
        ]:
            yield each, passage


def _same(one: Passage, other: Passage) -> bool:
    return (
        one.document_id != other.document_id
        and fuzz.ratio(one.text, other.text, score_cutoff=_SAME) > 0
    )


def _highlights(text: str, wanted: frozenset[str], terms: Terms) -> Iterator[Span]:
    """Words of the text whose analyzed term is among the question's."""
    for match in re.finditer(r"\w+", text):
        if wanted.intersection(terms(match[0])):
            yield Span(*match.span())
