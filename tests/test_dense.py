"""FAISS against brute force: the rows, and the score values."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexer.dense
from corpus.errors import SnapshotError
from indexer.dense import DenseIndex


def unit(
    rows: int, seed: int, dimension: int = 16
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def test_the_cosine_of_known_vectors() -> None:
    index = DenseIndex.build(np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32))
    rows, scores = index.search(np.array([1, 0], dtype=np.float32), 3)
    assert rows.tolist() == [0, 2, 1]
    assert scores.tolist() == pytest.approx([1.0, 0.6, 0.0])


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 5))
def test_search_agrees_with_brute_force(rows: int, k: int, seed: int) -> None:
    vectors, query = unit(rows, seed), unit(1, seed + 100)[0]
    found, scores = DenseIndex.build(vectors).search(query, k)
    exact = vectors @ query
    assert found.tolist() == np.argsort(-exact, kind="stable")[:k].tolist()
    assert scores == pytest.approx(exact[found], abs=1e-5)


@given(st.sets(st.integers(0, 59), min_size=1), st.integers(1, 20))
def test_a_filter_never_empties_a_result_that_exists(within: set[int], k: int) -> None:
    vectors, query = unit(60, 1), unit(1, 2)[0]
    allowed = np.array(sorted(within))
    found, _ = DenseIndex.build(vectors).search(query, k, within=allowed)
    exact = allowed[np.argsort(-(vectors[allowed] @ query), kind="stable")][:k]
    assert found.tolist() == exact.tolist()


def test_above_the_limit_a_graph_finds_nearly_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer.dense, "EXACT_UP_TO", 100)
    vectors, queries = unit(3_000, 3), unit(20, 4)
    index = DenseIndex.build(vectors)
    hits = 0
    for query in queries:
        found, _ = index.search(query, 10)
        hits += len(set(found.tolist()) & set(np.argsort(-(vectors @ query))[:10].tolist()))
        few, _ = index.search(query, 10, within=np.arange(0, 3_000, 100))
        exact = np.arange(0, 3_000, 100)[np.argsort(-(vectors[::100] @ query))][:10]
        assert few.tolist() == exact.tolist()
    assert hits >= 0.95 * 200


def test_saved_and_opened_it_is_the_same(tmp_path: Path) -> None:
    vectors = unit(5, 7)
    DenseIndex.build(vectors).save(tmp_path / "index")
    opened = DenseIndex.open(tmp_path / "index")
    assert len(opened) == 5
    assert np.array_equal(opened.vectors(np.array([3, 1])), vectors[[3, 1]])
    assert opened.vectors(np.array([], dtype=np.int64)).shape == (0, 16)


def test_a_damaged_file_is_a_snapshot_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"not an index")
    with pytest.raises(SnapshotError, match="not a vector index"):
        DenseIndex.open(tmp_path / "index")
