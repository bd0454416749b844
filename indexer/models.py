"""The exports that a build needs: the encoder, and what adapters make of its weights.

Two judges, and an encoder of questions. Each is made once per adapter and exporter version,
compared with the torch module, and kept in the user's cache folder.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.errors import EncoderError, MissingExtra
from indexer import judges
from indexer.encoder import CARD, Encoder, EncoderCard
from indexer.network import MODEL, TOKENIZER, tokenizer
from indexer.reference import (
    COMPARED_TEXTS,
    DEFAULT_ENCODER,
    EXPORTER,
    export_into,
    exported_encoder,
    published_weights,
    sample_texts,
    seal,
    sha256_of,
    to_onnx,
)

if TYPE_CHECKING:
    import torch

    from indexer.adapter import Adapter

ASKING = judges.ADAPTERS / "asking.safetensors"
MOST_APART = 1e-3  # of a judge's chances


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The folders of what a build needs: the exports of both encoders and of both judges.

    encoder: of all texts. asking: of questions, compared with ways to ask.
    """

    encoder: Path
    asking: Path
    sentences: Path
    rules: Path


def exported_models(name: str, *, cache: Path, say: Callable[[str], None]) -> Models:
    """All exports, made now if the cache doesn't hold them; errors as below."""
    return Models(
        encoder=exported_encoder(name, cache=cache, say=say),
        asking=exported_asking(cache=cache, say=say),
        sentences=exported_judge(judges.SENTENCES, cache=cache, say=say),
        rules=exported_judge(judges.RULES, cache=cache, say=say),
    )


def exported_asking(*, cache: Path, say: Callable[[str], None]) -> Path:
    """The folder of the ONNX export of the encoder of questions; as `exported_judge`."""
    return _exported_adapter(ASKING, CARD, _export_asking, "the encoder of questions", cache, say)


def exported_judge(adapter: Path, *, cache: Path, say: Callable[[str], None]) -> Path:
    """The folder of a judge's ONNX export, made now if the cache doesn't hold it.

    Raises MissingExtra without the extra `index`, EncoderError where the adapter sits on other
    weights than the published ones.
    """
    what = f"the judge of {adapter.stem}"
    return _exported_adapter(adapter, judges.CARD, _export_judge, what, cache, say)


def _exported_adapter(
    adapter: Path,
    card: str,
    export: Callable[["Adapter", str, Path], None],
    what: str,
    cache: Path,
    say: Callable[[str], None],
) -> Path:
    """The folder of what an adapter makes of the published weights; it is whole with its card."""
    if find_spec("torch") is None:
        raise MissingExtra("index", "Reading rules in texts")
    digest = sha256_of(adapter)
    folder = cache / f"{adapter.stem}-{digest[:12]}-{EXPORTER}"
    if not (folder / card).exists():
        say(f"Exporting {what} to ONNX (once; kept in the cache)")
        from indexer.adapter import open_adapter

        opened = open_adapter(adapter)
        if sha256_of(published_weights() / "model.safetensors") != opened.weights_sha256:
            raise EncoderError(f"{adapter.name} was taught on other weights than those installed")
        export_into(folder, partial(export, opened, digest))
    return folder


def _export_judge(adapter: "Adapter", digest: str, folder: Path) -> None:
    from indexer.adapted import merged

    source = published_weights()
    shutil.copyfile(source / TOKENIZER, folder / TOKENIZER)
    merged_module = merged(source, adapter)
    to_onnx(merged_module, folder / MODEL)
    card = judges.JudgeCard(labels=adapter.labels, max_tokens=adapter.max_tokens, adapter=digest)
    judges.write_card(folder, card)
    _compare_judge(merged_module, folder)


def _export_asking(adapter: "Adapter", digest: str, folder: Path) -> None:
    from indexer.adapted import merged_encoder

    source = published_weights()
    shutil.copyfile(source / TOKENIZER, folder / TOKENIZER)
    module = merged_encoder(source, adapter)
    to_onnx(module, folder / MODEL)
    card = EncoderCard(
        id=f"{DEFAULT_ENCODER}, taught on ways to ask",
        dimension=int(json.loads((source / "config.json").read_text())["hidden_size"]),
        max_tokens=adapter.max_tokens,
        weights_sha256=digest,
        exporter=EXPORTER,
        cosine=0.0,
    )
    seal(folder, card, partial(_likeness, module))


def _likeness(module: "torch.nn.Module", encoder: Encoder, texts: list[str]) -> float:
    """The smallest cosine between a module's and its export's vectors of the texts."""
    import torch

    cut = tokenizer(encoder.folder, max_tokens=encoder.card.max_tokens)
    cosines = []
    for text, vector in zip(texts, encoder.encode(texts), strict=True):
        ids = torch.tensor([cut.encode(text).ids])
        with torch.inference_mode():
            cosines.append(float(module(ids, torch.ones_like(ids))[0].numpy() @ vector))
    return min(cosines)


def _compare_judge(module: "torch.nn.Module", folder: Path) -> None:
    """Raise EncoderError where the export's chances are not the module's."""
    import torch

    texts = sample_texts(COMPARED_TEXTS)
    judge = judges.Judge(folder)
    cut = tokenizer(folder, max_tokens=judge.card.max_tokens)
    for text, chances in zip(texts, judge.chances(texts), strict=True):
        ids = torch.tensor([cut.encode(text).ids])
        with torch.inference_mode():
            expected = module(ids, torch.ones_like(ids))[0].numpy()
        apart = float(np.abs(chances - expected).max())
        if apart > MOST_APART:
            raise EncoderError(f"the export of a judge differs from the reference by {apart:.6f}")
