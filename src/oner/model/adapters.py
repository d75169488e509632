"""Low-rank adapters: a few weights beside the transformer's that teach it something new (Hu et al. 2021, LoRA).

An adapted layer gives W x + B A x with A (rank, in) and B (out, rank); new words have embeddings of their own. Added
into the weights, adapters cost nothing in sampling.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .text import TextEncoder, Vocabulary
from .transformer import Transformer

PLACES = "qkv", "mix", "ask", "words", "up", "down"  # layers of each block


class Adapted(nn.Module):
    """A frozen linear layer and its adapter, which does nothing at first."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.a = nn.Parameter(torch.randn(rank, linear.in_features) / linear.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + F.linear(F.linear(x, self.a), self.b)


class GrownWords(nn.Module):
    """Frozen embeddings of words of which some, the new ones, can still learn."""

    def __init__(self, words: nn.Embedding, new: list[int]) -> None:
        super().__init__()
        self.known = words
        self.register_buffer("ids", torch.tensor(new), persistent=False)
        self.new = nn.Parameter(words.weight.detach()[new].clone())

    def forward(self, ids: Tensor) -> Tensor:
        weight = self.known.weight.index_copy(0, self.ids, self.new)
        return F.embedding(ids, weight)


def attach(text: TextEncoder, transformer: Transformer, rank: int, new_words: list[int]) -> None:
    """Freeze everything and put adapters beside the transformer's layers; `new_words` are numbers of the vocabulary."""
    text.requires_grad_(False)
    transformer.requires_grad_(False)
    for block in transformer.blocks:
        for place in PLACES:
            setattr(block, place, Adapted(getattr(block, place), rank))
    if new_words:
        text.words = GrownWords(text.words, new_words)


def merge(transformer: Transformer, tensors: dict[str, Tensor], weight: float) -> None:
    """Add an adapter into the weights; names as `attach` gives them, below the transformer."""
    with torch.no_grad():
        for name in sorted(tensors):
            if name.endswith(".a"):
                layer = transformer.get_submodule(name.removesuffix(".a"))
                layer.weight += weight * (tensors[name.removesuffix("a") + "b"] @ tensors[name]).to(layer.weight.dtype)


def grown(text: TextEncoder, before: Vocabulary, after: Vocabulary) -> None:
    """Give a text encoder another vocabulary; a word that it did not have begins as the bucket that it fell into."""
    old, width = text.words, text.words.weight.shape[1]
    places = torch.arange(len(after))
    for word in after.words:
        places[after.id_of(word)] = before.id_of(word)
    text.words = nn.Embedding(len(after), width, device=old.weight.device, dtype=old.weight.dtype)
    with torch.no_grad():
        text.words.weight.copy_(old.weight[places])
    text.words.requires_grad_(old.weight.requires_grad)
