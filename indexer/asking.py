"""An encoder of questions taught: those that ask for the same rule lie near one another.

Contrastive, on ways to ask with their labels (supervised contrastive loss, Khosla et al. 2020, and
its easier form that one positive is enough, half and half). The lowest layers stay as published, so
that their states are worked out once. Imports torch; `coverage-search teach asking` runs it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from corpus.records import Way
from indexer.adapted import SCALE, Adapted, unit_mean
from indexer.adapter import Adapter
from indexer.network import tokenizer
from indexer.reference import DEFAULT_SHA256, published_weights
from indexer.teaching import as_array

RANK, ABOVE = 16, 3  # of the changes; the lowest layers that have none
MAX_TOKENS = 64  # a question that is longer is cut: none of the ways is
_RATE, _WARM_UP, _LEAST = 1e-3, 0.05, 0.02
_TEMPERATURE = 0.06
_TOGETHER, _GROUPS = 28, 5  # ways of one document in a batch, and documents
_PARTS = 4  # of a batch, of texts about as long: so that little is padded
_NEVER = -1e9
_CACHED_AT_ONCE = 128

Asked = tuple[str, Way]  # a document's id, and a way to ask for its rules


def teach_asking(
    ways: Sequence[Asked],
    *,
    epochs: int,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Adapter:
    """An adapter without labels, learnt from ways to ask: see `indexer.adapted.merged_encoder`."""
    torch.manual_seed(seed)
    folder = published_weights()
    model = Adapted(folder, 1, rank=RANK, above=ABOVE).eval()
    states = _low_states(model, folder, [way.question for _, way in ways])
    _fit(
        model,
        states,
        [_labels(*way) for way in ways],
        [name for name, _ in ways],
        epochs,
        seed,
        say,
    )
    hidden = model.encoder.config.hidden_size
    return Adapter(
        labels=(),
        weights_sha256=DEFAULT_SHA256,
        max_tokens=MAX_TOKENS,
        down={name: as_array(pair.down) for name, pair in model.pairs.items()},
        up={name: as_array(pair.up * SCALE) for name, pair in model.pairs.items()},
        head=np.zeros((0, 2 * hidden), dtype=np.float32),
        bias=np.zeros(0, dtype=np.float32),
    )


def _labels(document: str, way: Way) -> frozenset[tuple[str, str, int]]:
    """What a way asks for; two that share a label are to lie near one another."""
    return frozenset(
        [(document, "fits", place) for place in way.fits]
        + [(document, "unmet", place) for place in way.unmet]
    )


def _low_states(model: Adapted, folder: Path, texts: Sequence[str]) -> list[torch.Tensor]:
    """The states of each text above the layers that stay as they are: [length, hidden], half."""
    cut = tokenizer(folder, max_tokens=MAX_TOKENS)
    ids = [encoding.ids for encoding in cut.encode_batch(list(texts))]
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    found: dict[int, torch.Tensor] = {}
    with torch.inference_mode():
        for start in range(0, len(order), _CACHED_AT_ONCE):
            rows = order[start : start + _CACHED_AT_ONCE]
            filled = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(ids[row]) for row in rows], batch_first=True
            )
            mask = _mask([len(ids[row]) for row in rows])
            states = model.encoder.embeddings(input_ids=filled)
            states = _through(model.encoder.encoder.layer[:ABOVE], states, mask)
            for line, row in enumerate(rows):
                found[row] = states[line, : len(ids[row])].half().clone()
    return [found[row] for row in range(len(ids))]


def _mask(lengths: Sequence[int]) -> torch.Tensor:
    return (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()


def _through(
    layers: Iterable[torch.nn.Module], states: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """States after some layers, padding unheard."""
    unheard = ((1.0 - mask.float()) * _NEVER)[:, None, None, :]
    for layer in layers:
        out = layer(states, attention_mask=unheard)
        states = out[0] if isinstance(out, tuple) else out
    return states


def _fit(
    model: Adapted,
    states: Sequence[torch.Tensor],
    labels: Sequence[frozenset[tuple[str, str, int]]],
    documents: Sequence[str],
    epochs: int,
    seed: int,
    say: Callable[[str], None],
) -> None:
    generator = np.random.default_rng(seed)
    learnt = [part for pair in model.pairs.values() for part in (pair.down, pair.up)]
    optimizer = torch.optim.AdamW(learnt, lr=_RATE, weight_decay=0.01)
    steps = epochs * len(list(_batches(documents, np.random.default_rng(seed))))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            min(1.0, step / max(1.0, _WARM_UP * steps)) * max(_LEAST, (steps - step) / steps)
        ),
    )
    for epoch in range(epochs):
        losses = []
        for rows in _batches(documents, generator):
            optimizer.zero_grad()
            rows = sorted(rows, key=lambda row: len(states[row]))
            vectors = torch.cat([
                _vectors(model, [states[int(row)] for row in part])
                for part in np.array_split(rows, _PARTS)
                if len(part)
            ])  # fmt: skip
            loss = _contrast(vectors, [labels[row] for row in rows])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        say(f"epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.3f}")


def _vectors(model: Adapted, states: Sequence[torch.Tensor]) -> torch.Tensor:
    """[texts, hidden] unit vectors of texts from their states below the learnt layers."""
    mask = _mask([len(each) for each in states])
    low = torch.nn.utils.rnn.pad_sequence([each.float() for each in states], batch_first=True)
    return unit_mean(_through(model.encoder.encoder.layer[ABOVE:], low, mask), mask)


def _contrast(
    vectors: torch.Tensor, labels: Sequence[frozenset[tuple[str, str, int]]]
) -> torch.Tensor:
    """How far those that share a label are from being each other's nearest: a scalar."""
    alone = torch.eye(len(labels))
    logs = torch.log_softmax(vectors @ vectors.T / _TEMPERATURE + _NEVER * alone, dim=1)
    same = torch.tensor([[float(bool(one & other)) for other in labels] for one in labels]) - alone
    paired = same.sum(1) > 0
    if not paired.any():
        return vectors.sum() * 0.0
    all_near = -(same * logs).sum(1)[paired] / same.sum(1)[paired]
    one_near = -torch.logsumexp(logs.masked_fill(same == 0, _NEVER), 1)[paired]
    return ((all_near + one_near) / 2).mean()


def _batches(documents: Sequence[str], generator: np.random.Generator) -> Iterator[list[int]]:
    """Rows in random order, some of one document together: what must be told apart meets."""
    owned: dict[str, list[int]] = {}
    for row, document in enumerate(documents):
        owned.setdefault(document, []).append(row)
    groups = [
        [int(row) for row in part]
        for rows in owned.values()
        for part in np.array_split(
            generator.permutation(rows), max(1, round(len(rows) / _TOGETHER))
        )
    ]
    order = generator.permutation(len(groups))
    for start in range(0, len(order), _GROUPS):
        yield [row for place in order[start : start + _GROUPS] for row in groups[place]]
