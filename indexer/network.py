"""Texts through an ONNX graph: tokenized, batched with texts of like length, rows given back.

A network's folder holds `model.onnx`, which takes token ids and their mask, and `tokenizer.json`.
"""

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from corpus.errors import EncoderError

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
Text = str | tuple[str, str]  # a pair is one input: the second text after the first
_BATCH_TOKENS = 4_096  # tokens a batch, padding included: fits two cores' caches well enough


class Network:
    """A loaded graph with its tokenizer; `batches` may be called from several threads."""

    def __init__(self, folder: Path, *, max_tokens: int) -> None:
        """Load the folder's files. Raises EncoderError where one is missing or unreadable.

        max_tokens: a longer text is cut there, special tokens included.
        """
        self._folder = folder
        try:
            self._tokenizer = tokenizer(folder, max_tokens=max_tokens)
            self._session = onnxruntime.InferenceSession(
                folder / MODEL, _options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime and tokenizers raise bare Exception types
            raise EncoderError(f"{folder}: the model can't be loaded: {error}") from error

    @cached_property
    def _counter(self) -> Tokenizer:
        """The tokenizer that cuts nothing: only a build counts tokens."""
        return tokenizer(self._folder, max_tokens=None)

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Where each word piece of each text begins, without special ones and truncation."""
        encodings = self._counter.encode_batch(list(texts), add_special_tokens=False)
        return [[start for start, _ in encoding.offsets] for encoding in encodings]

    def batches(self, texts: Sequence[Text]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """(rows of the texts, the graph's row for each: [rows, numbers]) a batch, longest first."""
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


def tokenizer(folder: Path, *, max_tokens: int | None) -> Tokenizer:
    """The folder's tokenizer, without padding, cutting texts at max_tokens if that is given."""
    read = Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
    read.no_padding()
    read.no_truncation()
    if max_tokens is not None:
        read.enable_truncation(max_tokens)
    return read


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.log_severity_level = 3
    return options
