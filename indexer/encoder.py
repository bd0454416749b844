"""Text to unit vectors with ONNX Runtime and tokenizers; it embeds the corpus and the questions.

An encoder is a network's folder with `encoder.json` beside. `indexer.reference` makes such folders
from sentence-transformers models; torch stays there.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError
from indexer.network import Network

CARD = "encoder.json"


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
        except (OSError, ValueError, TypeError) as error:
            raise EncoderError(f"{folder}: the encoder can't be loaded: {error}") from error
        self.folder = folder
        self._network = Network(folder, max_tokens=self.card.max_tokens)

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Where each word piece of each text begins, without special ones and truncation."""
        return self._network.token_starts(texts)

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
        return self._network.batches(texts)


def write_card(folder: Path, card: EncoderCard) -> None:
    """Write the encoder's card into its folder."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
