"""An encoder with an adapter on its linear layers, and a head over its last states, in torch.

To be taught (`indexer.teaching`, `indexer.likeness`), and merged to be exported
(`indexer.reference`).
"""

from pathlib import Path

import torch
from transformers import AutoModel
from transformers.utils import logging

from indexer.adapter import Adapter

RANK, SCALE = 8, 2.0
_HALVES = torch.cpu._is_avx512_bf16_supported()


class Adapted(torch.nn.Module):
    """An encoder with adapters on linear layers, and a head over its last states."""

    def __init__(self, folder: Path, labels: int, *, rank: int = RANK, above: int = 0) -> None:
        """labels: of the head. above: how many of the lowest layers stay as they were published."""
        super().__init__()
        logging.disable_progress_bar()
        self.encoder = AutoModel.from_pretrained(folder)
        for parameter in self.encoder.parameters():
            parameter.requires_grad = False
        self.pairs = {
            name: _LowRank(module, rank)
            for name, module in list(self.encoder.encoder.named_modules())
            if isinstance(module, torch.nn.Linear) and int(name.split(".")[1]) >= above
        }
        for name, pair in self.pairs.items():
            parent, _, last = name.rpartition(".")
            setattr(self.encoder.encoder.get_submodule(parent), last, pair)
        self.dropout = torch.nn.Dropout(0.2)
        self.head = torch.nn.Linear(2 * self.encoder.config.hidden_size, labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Scores [texts, labels] of [texts, length] ids and mask."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        scores: torch.Tensor = self.head(self.dropout(pooled(states, attention_mask)))
        return scores

    def vectors(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Unit vectors [texts, hidden] of [texts, length] ids and mask: the mean of real states."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return unit_mean(states, attention_mask)


def unit_mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of the states of real tokens at length 1: [texts, hidden]."""
    real = mask.unsqueeze(-1)
    return torch.nn.functional.normalize((states * real).sum(1) / real.sum(1), dim=1)


def pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean and maximum of the states of real tokens: [texts, 2 * hidden]."""
    real = mask.unsqueeze(-1)
    mean = (states * real).sum(1) / real.sum(1)
    highest = states.masked_fill(real == 0, -1e4).max(1).values
    return torch.cat([mean, highest], dim=1)


class _LowRank(torch.nn.Module):
    """A linear layer with its change of low rank, which begins at nothing.

    While it is taught, the frozen product is taken in bfloat16 where the processor multiplies in
    it: half as fast again, and gradients point the same way (cosine .9998 with those in float32).
    Elsewhere bfloat16 is emulated, and many times slower.
    """

    def __init__(self, linear: torch.nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self._halved = linear.weight.detach().to(torch.bfloat16) if _HALVES else None
        self.down = torch.nn.Parameter(
            torch.randn(rank, linear.in_features) / linear.in_features**0.5
        )
        self.up = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """The layer's output and the change's."""
        if self.training and self._halved is not None:
            product = torch.nn.functional.linear(states.to(torch.bfloat16), self._halved)
            frozen = product.float() + self.linear.bias
        else:
            frozen = self.linear(states)
        changed: torch.Tensor = frozen + SCALE * (states @ self.down.T) @ self.up.T
        return changed


def merged(folder: Path, adapter: Adapter) -> torch.nn.Module:
    """The module that an adapter makes of the weights in a folder, merged: ids and mask to chances.

    Its forward pass gives [texts, labels] float32 chances; it is ready to be exported.
    """
    model = _merged(folder, adapter)
    model.head.weight.data = torch.from_numpy(adapter.head)
    model.head.bias.data = torch.from_numpy(adapter.bias)
    return _Chances(model).eval()


def merged_encoder(folder: Path, adapter: Adapter) -> torch.nn.Module:
    """The same for an adapter without labels: ids and mask to unit vectors [texts, hidden]."""
    return _UnitVectors(_merged(folder, adapter)).eval()


def _merged(folder: Path, adapter: Adapter) -> Adapted:
    """The weights in a folder with an adapter's changes added."""
    model = Adapted(folder, len(adapter.labels) or 1)  # torch warns of a head without rows
    for name, pair in model.pairs.items():
        if name in adapter.down:
            pair.linear.weight.data += torch.from_numpy(adapter.up[name] @ adapter.down[name])
        parent, _, last = name.rpartition(".")
        setattr(model.encoder.encoder.get_submodule(parent), last, pair.linear)
    return model


class _Chances(torch.nn.Module):
    """An adapted encoder whose scores are chances."""

    def __init__(self, model: Adapted) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Chances [texts, labels] of [texts, length] ids and mask."""
        chances: torch.Tensor = self.model(input_ids, attention_mask).softmax(1)
        return chances


class _UnitVectors(torch.nn.Module):
    """An adapted encoder that gives unit vectors."""

    def __init__(self, model: Adapted) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Unit vectors [texts, hidden] of [texts, length] ids and mask."""
        return self.model.vectors(input_ids, attention_mask)
