"""Prompts to tokens: the words of captions as numbers, and a small transformer that reads them.

Shape letters: P prompts, L words of the longest prompt that is read, D width.

The model reads the language of the worlds' captions, not free text, so whole words are its tokens: some six hundred in
English and French together. Articles and elisions say nothing that a picture shows and are dropped, which brings all
but 0.3 % of the captions down to 48 words and all but 1.6 % to 40 (measured on 10,000).
"""

import json
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from .attention import attention
from .presets import TextConfig

PAD, EMPTY = 0, 1
BUCKETS = 64  # for words that are not in the vocabulary; the same word always falls into the same one
_FIRST_WORD = 2 + BUCKETS
_WORD = re.compile(r"[^\W_]+")
_SILENT = frozenset(["a", "an", "the", "of", "un", "une", "le", "la", "les", "l", "d", "de", "des", "du"])


def words_of(text: str) -> list[str]:
    """The words of a prompt that are read, in order: lower case, accents kept, no punctuation, no articles."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return [word for word in words if word not in _SILENT]


class Vocabulary:
    """Numbers for words: 0 padding, 1 the empty prompt, then the buckets, then the known words alphabetically."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(sorted(set(words)))
        self._ids = {word: _FIRST_WORD + i for i, word in enumerate(self.words)}

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> "Vocabulary":
        """All words of some captions."""
        return cls({word for text in texts for word in words_of(text)})

    def __len__(self) -> int:
        """How many different numbers there are."""
        return _FIRST_WORD + len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    def id_of(self, word: str) -> int:
        known = self._ids.get(word)
        return 2 + zlib.crc32(word.encode()) % BUCKETS if known is None else known

    def unknown(self, text: str) -> list[str]:
        """The words of a prompt that the model has never seen."""
        return [word for word in words_of(text) if word not in self._ids]

    def encode(self, texts: Sequence[str], length: int = 48) -> tuple[Tensor, Tensor]:
        """`texts` as numbers (P, L) int64 and what of them is said (P, L) bool, L = `length`; later words are cut off.

        A text without words becomes the one number of the empty prompt, so every row says something.
        """
        ids = torch.full((len(texts), length), PAD)
        for row, text in zip(ids, texts, strict=True):
            numbers = [self.id_of(word) for word in words_of(text)[:length]] or [EMPTY]
            row[: len(numbers)] = torch.tensor(numbers)
        return ids, ids != PAD

    def to_json(self) -> str:
        return json.dumps({"buckets": BUCKETS, "words": self.words}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """Raises RequestError if `text` is not what `to_json` wrote."""
        try:
            kept = json.loads(text)
            words, buckets = kept["words"], kept["buckets"]
            whole = isinstance(words, list) and all(isinstance(word, str) for word in words)
        except (ValueError, KeyError, TypeError) as error:
            raise RequestError("the vocabulary is damaged: it is JSON with `words` and `buckets`") from error
        if not whole or words != sorted(set(words)):
            raise RequestError("the vocabulary is damaged: `words` is a sorted list of different words")
        if buckets != BUCKETS:
            raise RequestError(f"the vocabulary has {buckets} buckets for unknown words; this version has {BUCKETS}")
        return cls(words)


class TextEncoder(nn.Module):
    """A pre-norm transformer over the words of each prompt, every word seeing all others."""

    def __init__(self, config: TextConfig, vocabulary_size: int) -> None:
        super().__init__()
        if config.width % config.heads:
            raise RequestError(f"width {config.width} is not a multiple of heads {config.heads}")
        self.config = config
        self.words = nn.Embedding(vocabulary_size, config.width)
        self.positions = nn.Parameter(torch.empty(config.length, config.width))
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width)
        for weights in (self.words.weight, self.positions):
            nn.init.normal_(weights, std=0.02)
        for block in self.blocks:  # as GPT-2: the residual stream keeps its size whatever the depth
            for layer in (block.attention.out, block.down):
                nn.init.normal_(layer.weight, std=0.02 / (2 * config.layers) ** 0.5)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """`ids` (P, L) int64 and `mask` (P, L) bool, True where something is said, to (P, L, D).

        Zero where nothing is said, in a row that says nothing too. Raises RequestError if L is more than the
        configuration's length.
        """
        length = ids.shape[1]
        if length > self.config.length:
            raise RequestError(f"prompts of {length} words: this encoder reads at most {self.config.length}")
        seen = (mask | ~mask.any(1, keepdim=True))[:, None, None]  # (P, 1, 1, L); a row with no key at all gives NaN
        tokens = self.words(ids) + self.positions[:length]  # (P, L, D)
        for block in self.blocks:
            tokens = block(tokens, seen)
        return self.norm(tokens) * mask[..., None]

    def embedded(self, ids: Tensor) -> Tensor:
        """Single words `ids` (...) without their neighbours, (..., D); zero where nothing is said."""
        return self.words(ids) * (ids != PAD)[..., None]


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(width)
        self.attention = Attention(width, heads)
        self.mlp_norm = nn.RMSNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor, seen: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens), seen)
        return tokens + self.down(F.gelu(self.up(self.mlp_norm(tokens)), approximate="tanh"))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, tokens: Tensor, seen: Tensor) -> Tensor:
        qkv = self.qkv(tokens).unflatten(-1, (3, self.heads, -1))  # (P, L, 3, heads, D / heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (P, heads, L, D / heads)
        mixed = attention(query, key, value, seen)
        return self.out(mixed.transpose(1, 2).flatten(2))
