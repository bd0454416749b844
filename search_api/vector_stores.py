"""The OpenAI-shaped route: a snapshot as a vector store that is searched.

Filters compare a passage's attributes. Those that name one payer or kind narrow the search
itself; the rest is checked on what it finds, at most MOST_HITS passages.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from corpus.errors import QuestionError, UnknownId
from corpus.terms import Kind
from search_api.engine import Engine
from search_api.hits import MOST_HITS
from search_api.query import LONGEST_QUESTION, Filters
from search_api.requests import Wire
from search_api.schemas import HitOut

Value = str | float | bool | list[str | float]
Attributes = Mapping[str, str]
CURRENT = "current"  # the id of whatever snapshot is served

ATTRIBUTES = (
    "document",
    "title",
    "kind",
    "payer",
    "state",
    "status",
    "reliability",
    "effective",
    "ended",
    "url",
    "heading",
    "determination",
)
_LISTS = frozenset({"state", "determination"})  # several values, joined by commas

_ORDERED: Mapping[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Comparison(Wire):
    """An attribute compared with a value; dates as YYYY-MM-DD compare as they should."""

    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: str
    value: Value

    def holds(self, attributes: Attributes) -> bool:
        """Whether a passage's attributes meet it; one that the passage lacks meets only ne, nin."""
        own = attributes.get(self.key)
        if self.key in _LISTS and self.type in ("eq", "ne", "in", "nin"):
            wanted = self.value if isinstance(self.value, list) else [self.value]
            shared = {str(each) for each in wanted} & set((own or "").split(","))
            return bool(shared) is (self.type in ("eq", "in"))
        if isinstance(self.value, list):
            return (own in [str(each) for each in self.value]) is (self.type == "in")
        if own is None:
            return self.type in ("ne", "nin")
        return _ORDERED[self.type](own, str(self.value))

    def asks_list(self) -> bool:
        """Whether its type takes a list of values."""
        return self.type in ("in", "nin")


class Compound(Wire):
    """Comparisons of which all, or any, must hold."""

    type: Literal["and", "or"]
    filters: list["Compound | Comparison"]

    def holds(self, attributes: Attributes) -> bool:
        """Whether a passage's attributes meet it."""
        each = (one.holds(attributes) for one in self.filters)
        return all(each) if self.type == "and" else any(each)


class RankingOptions(Wire):
    """ranker is accepted and has no effect: there is one ranking."""

    ranker: str | None = None
    score_threshold: Annotated[float, Field(ge=0, le=1)] = 0.0


class VectorSearchIn(Wire):
    """A search as OpenAI's clients send it; rewrite_query is accepted and has no effect."""

    query: str | list[str]
    filters: Compound | Comparison | None = None
    max_num_results: Annotated[int, Field(ge=1, le=50)] = 10
    ranking_options: RankingOptions = RankingOptions()
    rewrite_query: bool = False


class ContentOut(Wire):
    """The text of a passage."""

    type: Literal["text"] = "text"
    text: str


class VectorHitOut(Wire):
    """A passage: file_id is its id, filename its document's number and title."""

    file_id: str
    filename: str
    score: float
    attributes: dict[str, str]
    content: list[ContentOut]


class VectorPageOut(Wire):
    """The passages found, best first; always one page."""

    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: list[str]
    data: list[VectorHitOut]
    has_more: bool = False
    next_page: str | None = None


def search_store(engine: Engine, store: str, body: VectorSearchIn) -> VectorPageOut:
    """The passages that a search finds and its filters admit.

    store: CURRENT, or the id of the snapshot. Raises UnknownId for another, QuestionError for a
    question or a filter that can't be used.
    """
    if store not in (CURRENT, engine.snapshot.manifest.id):
        raise UnknownId(f"no vector store {store!r}; there is {CURRENT!r}")
    question = body.query if isinstance(body.query, str) else " ".join(body.query)
    if len(question) > LONGEST_QUESTION:
        raise QuestionError("query", f"longer than {LONGEST_QUESTION} characters")
    for each in _comparisons(body.filters):
        if each.key not in ATTRIBUTES:
            known = ", ".join(ATTRIBUTES)
            raise QuestionError("filters", f"no attribute {each.key!r}; there are {known}")
        if each.asks_list() is not isinstance(each.value, list):
            raise QuestionError("filters", f"{each.type} takes a {_takes(each)} for {each.key!r}")
    limit = MOST_HITS if body.filters else body.max_num_results
    hits = engine.search(question, k=limit, filters=_narrowing(body.filters))
    found = [(each, _attributes(each)) for each in hits]
    kept = [
        VectorHitOut(
            file_id=hit.id,
            filename=f"{hit.document.id} {hit.document.title}",
            score=hit.score,
            attributes=attributes,
            content=[ContentOut(text=hit.text)],
        )
        for hit, attributes in found
        if hit.score >= body.ranking_options.score_threshold
        and (body.filters is None or body.filters.holds(attributes))
    ]
    return VectorPageOut(search_query=[question], data=kept[: body.max_num_results])


def _takes(comparison: Comparison) -> str:
    return "list" if comparison.asks_list() else "single value"


def _attributes(hit: HitOut) -> dict[str, str]:
    """What filters compare and a client sees: facts of the document, and what the passage rules."""
    about = hit.document
    values = (
        about.id,
        about.title,
        about.kind.value,
        about.payer,
        ",".join(about.jurisdiction),
        about.status.value,
        about.reliability.value,
        about.effective,
        about.ended,
        about.url,
        hit.heading,
        ",".join(sorted({each.determination.value for each in hit.coverage})),
    )
    return {name: str(value) for name, value in zip(ATTRIBUTES, values, strict=True) if value}


def _comparisons(filters: Compound | Comparison | None) -> Iterator[Comparison]:
    if isinstance(filters, Comparison):
        yield filters
    elif filters is not None:
        for each in filters.filters:
            yield from _comparisons(each)


def _narrowing(filters: Compound | Comparison | None) -> Filters:
    """What narrows the search itself: an equal payer or kind that must hold."""
    if isinstance(filters, Compound) and filters.type == "or":
        return Filters()
    must = filters.filters if isinstance(filters, Compound) else [filters] if filters else []
    named = {
        each.key: str(each.value)
        for each in must
        if isinstance(each, Comparison) and each.type == "eq"
    }
    kind = named.get("kind")
    return Filters(
        payer=named.get("payer"),
        kinds=(Kind(kind),) if kind in {each.value for each in Kind} else None,
    )
