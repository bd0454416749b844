"""Text to unit vectors with ONNX Runtime and tokenizers; it embeds the corpus and the questions.

An encoder is a folder of three files: `model.onnx`, `tokenizer.json` and `encoder.json`.
`indexer.reference` makes such folders from sentence-transformers models; torch stays there.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from corpus.errors import EncoderError

MODEL, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "encoder.json"
_BATCH_TOKENS = 4_096  # tokens a batch, padding included: fits two cores' caches well enough


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderCard:
    """What an encoder is: part of every vector's key.

    weights_sha256: digest of the weights that were exported. cosine: the smallest cosine to the
    reference implementation over the texts compared at export.
    """

    id: str
    dimension: int
    max_tokens: int
    weights_sha256: str
    exporter: str
    cosine: float


class Encoder:
    """A loaded encoder; `encode` may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load the folder's model. Raises EncoderError where a file is missing or unreadable."""
        try:
            self.card = EncoderCard(**json.loads((folder / CARD).read_text(encoding="utf-8")))
            tokenizer = Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
            self._session = onnxruntime.InferenceSession(
                folder / MODEL, _options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime and tokenizers raise bare Exception types
            raise EncoderError(f"{folder}: the encoder can't be loaded: {error}") from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._counter = Tokenizer.from_str(tokenizer.to_str())
        tokenizer.enable_truncation(self.card.max_tokens)
        self._tokenizer = tokenizer

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Where each word piece of each text begins, without special ones and truncation."""
        encodings = self._counter.encode_batch(list(texts), add_special_tokens=False)
        return [[start for start, _ in encoding.offsets] for encoding in encodings]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of the texts, in their order: [texts, dimension] float32.

        A text longer than the encoder's max_tokens is cut there.
        """
        vectors = np.zeros((len(texts), self.card.dimension), dtype=np.float32)
        for rows, block in self.batches(texts):
            vectors[rows] = block
        return vectors

    def batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """(rows of the texts, their unit vectors) a batch, texts of like length together."""
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda row: -len(encodings[row].ids))
        while order:
            longest = len(encodings[order[0]].ids)
            size = max(1, _BATCH_TOKENS // longest)
            rows, order = order[:size], order[size:]
            ids = np.zeros((len(rows), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for line, row in enumerate(rows):
                tokens = encodings[row].ids
                ids[line, : len(tokens)] = tokens
                mask[line, : len(tokens)] = 1
            (block,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
            yield rows, np.asarray(block, dtype=np.float32)


def write_card(folder: Path, card: EncoderCard) -> None:
    """Write the encoder's card into its folder."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.log_severity_level = 3
    return options
