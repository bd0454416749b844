"""Vectors in a FAISS index, searched by cosine, within a set of rows where a filter asks for one.

The only module that imports faiss. Scores are cosines in [-1, 1], higher is better. Up to
100,000 vectors the index is exact; above, it is an HNSW graph, and a filter that leaves few rows
is scored exactly (a graph walked under a selector loses recall: .26 at 1 % of the rows).
"""

from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from corpus.errors import SnapshotError

EXACT_UP_TO = 100_000  # vectors; 384 dimensions take 2.5 ms a question there on two cores
_EXACT_SHARE = 0.2  # of the rows: at or below it, the selected rows are scored one by one
_NEIGHBOURS = 32
_EF_CONSTRUCTION = 200
_EF_SEARCH = 256
# faiss's annotations describe its C++ classes, not the calls that Python takes: left unchecked.
_faiss: Any = faiss

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


class _Index(Protocol):
    """What is used of a FAISS index."""

    d: int  # the vectors' dimension
    ntotal: int  # how many there are

    def add(self, vectors: Vectors) -> None:
        """Append [rows, dimension] vectors."""

    def reconstruct_batch(self, rows: Rows) -> Vectors:
        """The vectors of some rows: [rows, dimension] float32."""

    def search(self, vectors: Vectors, k: int, *, params: object) -> tuple[Vectors, Rows]:
        """(scores, rows), [vectors, k] each, best first; row -1 where there is no more."""


class DenseIndex:
    """Unit vectors by row number, 0 upward in the order in which they were added."""

    def __init__(self, index: _Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "DenseIndex":
        """An index of [rows, dimension] float32 unit vectors."""
        rows, dimension = vectors.shape
        if rows <= EXACT_UP_TO:
            index = _faiss.IndexFlatIP(dimension)
        else:
            index = _faiss.IndexHNSWFlat(dimension, _NEIGHBOURS, _faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = _EF_CONSTRUCTION
        if rows:
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> "DenseIndex":
        """The index that `save` wrote. Raises SnapshotError if the file is none."""
        try:
            return cls(_faiss.read_index(str(path)))
        except RuntimeError as error:
            raise SnapshotError(f"{path}: not a vector index: {error}") from error

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        _faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of some rows, in their order: [rows, dimension] float32."""
        if not len(rows):
            return np.zeros((0, self._index.d), dtype=np.float32)
        return np.asarray(self._index.reconstruct_batch(rows.astype(np.int64)), dtype=np.float32)

    def search(
        self, vector: Vectors, k: int, *, within: Rows | None = None
    ) -> tuple[Rows, NDArray[np.float32]]:
        """(rows, cosines) of the nearest rows, best first, ties to the lower row.

        vector: [dimension] float32, unit length. within: sorted distinct rows to choose from,
        all where None. At most k come back, and all of `within` where it holds no more.
        """
        if within is not None and len(within) <= max(k, _EXACT_SHARE * len(self)):
            scores = self.vectors(within) @ vector
            best = np.argsort(-scores, kind="stable")[:k]
            return within[best], scores[best]
        options = self._options(within)
        scores, rows = self._index.search(
            vector[None, :], min(k, max(1, len(self))), params=options
        )
        found = rows[0] >= 0
        return rows[0][found].astype(np.int64), scores[0][found]

    def _options(self, within: Rows | None) -> object:
        """How faiss is to search, and among which rows."""
        selector = None if within is None else _faiss.IDSelectorBatch(within)
        if isinstance(self._index, _faiss.IndexHNSW):
            return _faiss.SearchParametersHNSW(sel=selector, efSearch=_EF_SEARCH)
        return _faiss.SearchParameters(sel=selector)
