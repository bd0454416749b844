"""Judges: an encoder with an adapter and a head, exported; texts in, the chance of each label out.

A judge is a network's folder with `judge.json` beside. `indexer.reference` makes such folders from
the adapters in `indexer/adapters`; torch stays there. Two are shipped: of sentences (what one says
of coverage) and of rules (whether one fits what a question says).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import EncoderError
from indexer.network import Network, Text

ADAPTERS = Path(__file__).parent / "adapters"
SENTENCES, RULES = ADAPTERS / "sentences.safetensors", ADAPTERS / "rules.safetensors"
CARD = "judge.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCard:
    """What a judge is. adapter: sha256 of the adapter's file."""

    labels: tuple[str, ...]
    max_tokens: int
    adapter: str


class Judge:
    """A loaded judge; `chances` may be called from several threads."""

    def __init__(self, folder: Path) -> None:
        """Load the folder's graph. Raises EncoderError where a file is missing or unreadable."""
        try:
            fields = json.loads((folder / CARD).read_text(encoding="utf-8"))
            self.card = JudgeCard(**{**fields, "labels": tuple(fields["labels"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise EncoderError(f"{folder}: the judge can't be loaded: {error}") from error
        self._network = Network(folder, max_tokens=self.card.max_tokens)

    def chances(self, texts: Sequence[Text]) -> NDArray[np.float32]:
        """The chance of each label of the card for each text or pair: [texts, labels] float32."""
        chances = np.zeros((len(texts), len(self.card.labels)), dtype=np.float32)
        for rows, block in self._network.batches(texts):
            chances[rows] = block
        return chances


def write_card(folder: Path, card: JudgeCard) -> None:
    """Write the judge's card into its folder."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
