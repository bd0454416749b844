"""A low-rank adapter: what was learnt on top of an encoder's published weights, as a small file.

Each adapted matrix W becomes W + B A, with A [rank, in] and B [out, rank] (LoRA, Hu et al. 2021);
a linear head reads the mean and the maximum of the last layer's states. Less than a megabyte, where
a whole model has ninety, so that it can be shipped and reviewed as data.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from corpus.errors import EncoderError

_DOWN, _UP = "down:", "up:"
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """What was learnt: two thin matrices for each adapted one, and a head.

    down: [rank, in] float32, up: [out, rank] float32, by the adapted module's name. head:
    [labels, 2 * hidden], bias: [labels], in the order of labels. weights_sha256: digest of the
    weights that it sits on. max_tokens: where it cut the texts that it learnt from.
    """

    labels: tuple[str, ...]
    weights_sha256: str
    max_tokens: int
    down: Mapping[str, Matrix]
    up: Mapping[str, Matrix]
    head: Matrix
    bias: Matrix

    def save(self, path: Path) -> None:
        """Write it in half precision, whole or not at all."""
        card = {
            "labels": json.dumps(self.labels),
            "weights_sha256": self.weights_sha256,
            "max_tokens": str(self.max_tokens),
        }
        matrices = {_DOWN + name: matrix for name, matrix in self.down.items()}
        matrices |= {_UP + name: matrix for name, matrix in self.up.items()}
        matrices |= {"head": self.head, "bias": self.bias}
        halves = {name: matrix.astype(np.float16) for name, matrix in matrices.items()}
        part = path.with_suffix(".part")
        save_file(halves, part, metadata=card)
        os.replace(part, path)


def open_adapter(path: Path) -> Adapter:
    """The adapter of a file. Raises EncoderError where it is none."""
    try:
        with safe_open(path, framework="np") as file:
            card = file.metadata()
            matrices = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
        return Adapter(
            labels=tuple(json.loads(card["labels"])),
            weights_sha256=card["weights_sha256"],
            max_tokens=int(card["max_tokens"]),
            down=_named(matrices, _DOWN),
            up=_named(matrices, _UP),
            head=matrices["head"],
            bias=matrices["bias"],
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise EncoderError(f"{path}: the adapter can't be read: {error}") from error


def _named(matrices: Mapping[str, Matrix], kind: str) -> dict[str, Matrix]:
    return {
        name.removeprefix(kind): matrix
        for name, matrix in matrices.items()
        if name.startswith(kind)
    }
