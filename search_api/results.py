"""What a question gets, before it is written out: records, not the wire."""

from dataclasses import dataclass

from corpus.records import Pointer
from indexer.snapshot import Manifest
from search_api.hits import Hit
from search_api.query import Query
from search_api.replies import Abstention, Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a question was understood, an answer or an abstention, and the hits.

    pointers: local documents that may tell more, whose text is not in the corpus.
    """

    query: Query
    reply: Answer | Abstention
    pointers: tuple[Pointer, ...]
    hits: tuple[Hit, ...]
    manifest: Manifest
    took_ms: float
