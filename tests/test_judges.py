"""The judges: an adapter's file, what is taught, what is exported; the same numbers all the way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import EncoderError
from indexer import judges
from indexer.adapted import merged
from indexer.adapter import open_adapter
from indexer.judges import Judge
from indexer.models import Models, exported_judge
from indexer.network import Text, tokenizer
from indexer.reference import DEFAULT_SHA256, published_weights
from indexer.teaching import MAX_TOKENS, teach

pytestmark = pytest.mark.encoder

TAUGHT = [
    *((f"{service} is covered under Part B.", "covered") for service in ("Dialysis", "A walker")),
    *((f"{service} is not covered.", "not_covered") for service in ("A face lift", "Massage")),
]


@pytest.fixture(scope="module", params=["sentences", "rules"])
def judge(request: pytest.FixtureRequest, models: Models) -> Judge:
    return Judge(models.sentences if request.param == "sentences" else models.rules)


def test_the_shipped_adapters_sit_on_the_published_weights() -> None:
    for path in (judges.SENTENCES, judges.RULES):
        adapter = open_adapter(path)
        assert adapter.weights_sha256 == DEFAULT_SHA256
        assert adapter.max_tokens == MAX_TOKENS
        assert len(adapter.down) == len(adapter.up) == 36  # six layers of six matrices
        assert adapter.head.shape == (len(adapter.labels), 768)
        assert path.stat().st_size < 1_000_000
    assert open_adapter(judges.RULES).labels == ("fits", "other", "unmet")


def test_chances_are_chances_and_keep_the_order_of_the_texts(judge: Judge) -> None:
    texts: list[Text] = [
        "It is covered.",
        ("Is it paid?", "X. It is covered. A need"),
        "It is not covered. " * 9,
    ]
    together = judge.chances(texts)
    assert together.shape == (3, len(judge.card.labels))
    assert together.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    for row, text in enumerate(texts):
        assert together[row] == pytest.approx(judge.chances([text])[0], abs=1e-4)
    assert judge.chances([]).shape == (0, len(judge.card.labels))


def test_the_export_agrees_with_the_merged_module(models: Models) -> None:
    import torch

    texts: list[Text] = [
        ("Is it covered for a stroke?", "X. It is covered for burns. Burns only"),
        "Paid.",
    ]
    module = merged(published_weights(), open_adapter(judges.RULES))
    cut = tokenizer(published_weights(), max_tokens=MAX_TOKENS)
    judge = Judge(models.rules)
    for text, chances in zip(texts, judge.chances(texts), strict=True):
        ids = torch.tensor([cut.encode_batch([text])[0].ids])
        with torch.inference_mode():
            expected = module(ids, torch.ones_like(ids))[0].numpy()
        assert chances == pytest.approx(expected, abs=1e-4)


def test_what_is_taught_is_learnt_and_kept(tmp_path: Path) -> None:
    texts, labels = zip(*TAUGHT * 4, strict=True)
    said: list[str] = []
    adapter, taught = teach(texts, labels, epochs=6, say=said.append)
    best = [taught.labels[place] for place in taught.chances(texts).argmax(axis=1)]
    assert tuple(best) == labels
    assert len(said) == 6
    adapter.save(tmp_path / "taught.safetensors")
    again = open_adapter(tmp_path / "taught.safetensors")
    assert again.labels == ("covered", "not_covered")
    for name, matrix in adapter.down.items():
        assert again.down[name] == pytest.approx(matrix, rel=1e-3, abs=1e-4)
    folder = exported_judge(tmp_path / "taught.safetensors", cache=tmp_path, say=said.append)
    assert Judge(folder).chances(texts) == pytest.approx(taught.chances(texts), abs=5e-3)


def test_an_adapter_is_taught_further(tmp_path: Path) -> None:
    """What it knew it still knows after one more step; a new label is learnt beside it."""
    texts, labels = zip(*TAUGHT * 4, strict=True)
    first, _ = teach(texts, labels, epochs=6)
    first.save(tmp_path / "first.safetensors")
    begun = open_adapter(tmp_path / "first.safetensors")
    asked = ["Ask the contractor."]
    _, further = teach([*texts, *asked], [*labels, "contractor"], epochs=1, begin=begun)
    assert further.labels == ("contractor", "covered", "not_covered")
    best = [further.labels[place] for place in further.chances(texts).argmax(axis=1)]
    assert tuple(best) == labels
    for other, why in (
        (replace(begun, weights_sha256="0" * 64), "other weights"),
        (replace(begun, down={name: each[:4] for name, each in begun.down.items()}), "rank"),
    ):
        with pytest.raises(EncoderError, match=why):
            teach(texts, labels, epochs=1, begin=other)


def test_a_file_that_is_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(EncoderError, match="can't be read"):
        open_adapter(tmp_path / "x.safetensors")


def test_a_folder_that_is_no_judge(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="can't be loaded"):
        Judge(tmp_path)
    (tmp_path / judges.CARD).write_text('{"labels": ["a"], "max_tokens": 9, "adapter": "x"}')
    with pytest.raises(EncoderError, match="can't be loaded"):
        Judge(tmp_path)
