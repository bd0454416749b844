"""An adapter taught: low-rank changes of the published encoder, learnt from labelled sentences.

Imports torch; `coverage-search teach` runs it, a reader of the repository seldom needs to. The
same sentences, seed and library versions give the same adapter to within rounding.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from corpus.errors import EncoderError
from indexer.adapted import SCALE, Adapted
from indexer.adapter import Adapter
from indexer.network import Text, tokenizer
from indexer.reference import DEFAULT_SHA256, published_weights

BATCH, RATE = 16, 1e-3
MAX_TOKENS = 192  # nine rules of ten with their conditions after a question are shorter
_SMOOTHING = 0.05  # of the labels: two careful readers don't always agree
_WARM_UP = 0.1  # of the steps
_BUCKET = 16  # batches drawn together and sorted by length


def teach(
    texts: Sequence[Text],
    labels: Sequence[str],
    *,
    epochs: int,
    seed: int = 0,
    begin: Adapter | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[Adapter, "Taught"]:
    """An adapter learnt from labelled texts, and the model that it makes.

    begin: the adapter that is taught further; a label that it doesn't know is learnt from nothing.
    Raises EncoderError where it was taught on other weights, or has another rank.
    """
    torch.manual_seed(seed)
    folder = published_weights()
    names = tuple(sorted(set(labels)))
    model = Adapted(folder, len(names))
    if begin is not None:
        _begin(model, begin, names)
    taught = Taught(model, folder, names)
    _fit(model, taught.tokens(texts), [names.index(label) for label in labels], epochs, seed, say)
    model.eval()
    pairs = model.pairs.items()
    return Adapter(
        labels=names,
        weights_sha256=DEFAULT_SHA256,
        max_tokens=MAX_TOKENS,
        down={name: as_array(pair.down) for name, pair in pairs},
        up={name: as_array(pair.up * SCALE) for name, pair in pairs},
        head=as_array(model.head.weight),
        bias=as_array(model.head.bias),
    ), taught


def _begin(model: Adapted, adapter: Adapter, names: Sequence[str]) -> None:
    """Sets a model to what an adapter has learnt. Raises EncoderError where it doesn't fit it."""
    shapes = {name: tuple(pair.down.shape) for name, pair in model.pairs.items()}
    if adapter.weights_sha256 != DEFAULT_SHA256:
        raise EncoderError("the adapter to begin with was taught on other weights than these")
    if {name: matrix.shape for name, matrix in adapter.down.items()} != shapes:
        raise EncoderError("the adapter to begin with has another rank or other layers")
    with torch.no_grad():
        for name, pair in model.pairs.items():
            pair.down.copy_(torch.from_numpy(adapter.down[name]))
            pair.up.copy_(torch.from_numpy(adapter.up[name]) / SCALE)
        for row, name in enumerate(names):
            if name in adapter.labels:
                known = adapter.labels.index(name)
                model.head.weight[row] = torch.from_numpy(adapter.head[known])
                model.head.bias[row] = float(adapter.bias[known])


@dataclass(frozen=True, slots=True)
class Taught:
    """A model with its tokenizer and the names of its labels."""

    model: Adapted
    folder: Path
    labels: tuple[str, ...]

    def tokens(self, texts: Sequence[Text]) -> list[list[int]]:
        """Token ids of each text or pair, as the exported graph will get them."""
        encodings = tokenizer(self.folder, max_tokens=MAX_TOKENS).encode_batch(list(texts))
        return [encoding.ids for encoding in encodings]

    def chances(self, texts: Sequence[Text]) -> NDArray[np.float32]:
        """The chance of each label for each text: [texts, labels] float32."""
        ids = self.tokens(texts)
        out = np.zeros((len(ids), len(self.labels)), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        with torch.inference_mode():
            for rows in _chunks(order, 4 * BATCH):
                out[rows] = self.model(*_padded([ids[row] for row in rows])).softmax(1).numpy()
        return out


def _fit(
    model: Adapted,
    ids: Sequence[Sequence[int]],
    wanted: Sequence[int],
    epochs: int,
    seed: int,
    say: Callable[[str], None],
) -> None:
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01)
    steps = epochs * -(-len(ids) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(1.0, step / (_WARM_UP * steps)) * max(0.0, (steps - step) / steps),
    )
    target = torch.tensor(wanted)
    generator = np.random.default_rng(seed)
    model.train()
    for epoch in range(epochs):
        total = 0.0
        for rows in _shuffled(ids, generator):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                model(*_padded([ids[row] for row in rows])),
                target[rows],
                label_smoothing=_SMOOTHING,
            )
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        say(f"epoch {epoch + 1} of {epochs}: loss {total / len(ids):.3f}")


def _shuffled(ids: Sequence[Sequence[int]], generator: np.random.Generator) -> list[list[int]]:
    """Batches of rows in random order, texts of like length together."""
    order = [int(row) for row in generator.permutation(len(ids))]
    batches = [
        batch
        for bucket in _chunks(order, BATCH * _BUCKET)
        for batch in _chunks(sorted(bucket, key=lambda row: len(ids[row])), BATCH)
    ]
    return [batches[place] for place in generator.permutation(len(batches))]


def _chunks(rows: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


def _padded(ids: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask of texts of unequal length, [texts, longest] each."""
    filled = torch.zeros((len(ids), max(map(len, ids))), dtype=torch.long)
    mask = torch.zeros_like(filled)
    for row, tokens in enumerate(ids):
        filled[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return filled, mask


def as_array(parameter: torch.Tensor) -> NDArray[np.float32]:
    """A parameter as an array of its own."""
    array: NDArray[np.float32] = parameter.detach().numpy().astype(np.float32)
    return array
