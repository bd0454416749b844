"""BM25: the formula by hand, filters inside the engine."""

import math
from pathlib import Path

import pytest

from corpus.errors import SnapshotError
from indexer.lexical import LexicalIndex, LexicalRow

TEXTS = [
    "infrared therapy devices",
    "cold laser devices",
    "sleep apnea device",
    "laser laser laser",
]


FIELDS = {"body": 1.0, "title": 2.0}


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    rows = [
        LexicalRow(
            number, {"body": text, "title": ""}, {"payer": ["Aetna" if number % 2 else "Medicare"]}
        )
        for number, text in enumerate(TEXTS)
    ]
    LexicalIndex.build(tmp_path / "bm25", rows, fields=["body", "title"], keywords=["payer"])
    return LexicalIndex(tmp_path / "bm25", fields=["body", "title"], keywords=["payer"])


def test_the_score_is_bm25(index: LexicalIndex) -> None:
    """The formula is idf tf (k1 + 1) / (tf + k1 (1 - b + b length / mean)); three words each."""
    idf = math.log(1 + (4 - 2 + 0.5) / (2 + 0.5))
    assert dict(index.search({"laser": 1.0}, 10, fields=FIELDS)) == pytest.approx(
        {3: idf * 3 * 2.2 / (3 + 1.2), 1: idf * 1 * 2.2 / (1 + 1.2)}, rel=1e-5
    )


def test_a_terms_weight_multiplies_its_score(index: LexicalIndex) -> None:
    whole, half = (
        dict(index.search({"infrar": weight}, 1, fields=FIELDS)) for weight in (1.0, 0.5)
    )
    assert half[0] == pytest.approx(whole[0] / 2)


def test_text_and_question_are_stemmed_alike(index: LexicalIndex) -> None:
    assert index.terms("The DEVICES of a device, Ménière") == ["devic", "menier"]
    assert {
        row
        for row, _ in index.search(dict.fromkeys(index.terms("devices"), 1.0), 10, fields=FIELDS)
    } == {
        0,
        1,
        2,
    }


def test_keywords_and_rows_narrow_the_search(index: LexicalIndex) -> None:
    terms = {"devic": 1.0, "laser": 1.0}
    assert {
        row for row, _ in index.search(terms, 10, fields=FIELDS, where={"payer": ["Aetna"]})
    } == {1, 3}
    assert {row for row, _ in index.search(terms, 10, fields=FIELDS, rows=[0, 1])} == {0, 1}
    assert index.search(terms, 10, fields=FIELDS, where={"payer": ["Nobody"]}) == []


def test_nothing_asked_nothing_found(index: LexicalIndex) -> None:
    assert index.search({}, 10, fields=FIELDS) == []
    assert index.search({"laser": 1.0}, 0, fields=FIELDS) == []
    assert index.document_frequency("laser") == 2
    assert len(index) == 4


def test_another_schema_is_a_snapshot_error(index: LexicalIndex, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="not a BM25 index"):
        LexicalIndex(tmp_path / "bm25", fields=["other"], keywords=[])
