"""The exported encoder against sentence-transformers, the reference."""

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import EncoderError
from indexer.encoder import Encoder
from indexer.reference import DEFAULT_ENCODER, DEFAULT_SHA256, exported_encoder, sample_texts

pytestmark = pytest.mark.encoder


def test_the_export_agrees_with_the_reference(encoder: Encoder) -> None:
    assert encoder.card.id == "all-MiniLM-L6-v2"
    assert encoder.card.weights_sha256 == DEFAULT_SHA256
    assert encoder.card.cosine >= 0.9999
    assert (encoder.card.dimension, encoder.card.max_tokens) == (384, 256)


def test_canonical_vectors(encoder: Encoder) -> None:
    """The first five numbers of sentence-transformers 6.2.0's own vectors of these texts."""
    vectors = encoder.encode(["Does Medicare pay for CPT 97026?", "hello world"])
    assert vectors[:, :5] == pytest.approx(np.array(CANONICAL, dtype=np.float32), abs=1e-3)


CANONICAL = [
    [
        -0.08099000155925751,
        0.0376800000667572,
        -0.0349700003862381,
        -0.043779999017715454,
        -0.029100000858306885,
    ],
    [
        -0.03448000177741051,
        0.03102000057697296,
        0.006730000022798777,
        0.026110000908374786,
        -0.03936000168323517,
    ],
]


def test_vectors_have_unit_length_and_keep_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = sample_texts(40)
    together = encoder.encode(texts)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    for row in (0, 17, 39):
        assert together[row] == pytest.approx(encoder.encode([texts[row]])[0], abs=1e-4)


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_tokens_are_counted_beyond_the_window(encoder: Encoder) -> None:
    assert encoder.token_starts(["hello, world"]) == [[0, 5, 7]]
    assert len(encoder.token_starts(["hello " * 400])[0]) == 400


def test_a_folder_that_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="can't be loaded"):
        Encoder(tmp_path)


def test_the_export_is_made_once(encoder_folder: Path) -> None:
    said: list[str] = []
    assert (
        exported_encoder(DEFAULT_ENCODER, cache=encoder_folder.parent, say=said.append)
        == encoder_folder
    )
    assert said == []
