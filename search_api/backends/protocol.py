"""What the engine asks of a backend, and the records that come back."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.records import CoverageStatement, Document, Passage, Way
from corpus.terms import Relation
from search_api.query import Query

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question as unit vectors.

    text: [dimension], beside the corpus's texts. asking: [spellings, dimension], beside ways to
    ask: the question as it is written, and with what its words stand for.
    """

    text: Vector
    asking: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A document that some lane found, with every lane's raw score of it.

    code: how the asked codes stand to it, None if they don't. named: the question gives its
    number. dense: its best vector's cosine with the question, in [-1, 1]. lexical: BM25 over the
    whole document as a share of the most that the question's terms could score, in [0, 1]. asked:
    the cosine of its nearest way to ask with the question, 0 where it has none. beyond: the same of
    the nearest question that the library is known not to answer, alike for all of a question.
    """

    row: int
    code: Relation | None
    named: bool
    dense: float
    lexical: float
    asked: float = 0.0
    beyond: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredStatement:
    """A statement in its passage, with the cosine of its deciding words with the question."""

    statement: CoverageStatement
    passage: Passage
    cosine: float
    passage_cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A candidate read whole: the document, its passages and ways with cosines, its statements."""

    candidate: Candidate
    document: Document
    passages: tuple[tuple[Passage, float], ...]
    statements: tuple[ScoredStatement, ...]
    ways: tuple[tuple[Way, float], ...] = ()


class Backend(Protocol):
    """A corpus that can be asked; three verbs, so that a new one is soon written."""

    def encode(self, query: Query) -> Encoded:
        """The unit vectors of a question."""

    def candidates(self, query: Query, encoded: Encoded, *, depth: int) -> list[Candidate]:
        """The best documents of every lane within the question's filter, in row order."""

    def read(self, candidate: Candidate, encoded: Encoded) -> Entry:
        """The document of a candidate with what the answer needs of it."""
