"""Batches for the transformer: windows of encoded clips and stills with captions, levels and given frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..model.blocking import NUMBERS
from ..model.flow import random_levels
from ..model.transformer import window_positions
from .encoded import Encoded, read_encoded

WORDLESS = 0.1  # share of prompts that are left out, for guidance
WHOLE = 0.4  # share of prompts that are the caption that says everything
STRANGE = 0.02  # share of words that are made unknown, so that the model learns to read over such words
ANCHORED = 0.4  # share of later windows that see the clip's first frame
RENOISED = 0.3  # share of windows whose given frames carry a little noise, as history does in sampling
HISTORY = 0.2  # the most of that noise
LEAST = 0.02  # deviation of a channel
UNTOLD = 0.15  # share of clips and stills whose blocking is not told
UNTOLD_GIVEN = 0.5  # of windows with given frames, which at the door may come from anywhere


@dataclass
class Batch:
    """What a training step needs; shape letters as in `model.transformer`."""

    data: Tensor  # (B, F, h, w, C)
    texts: list[str]
    prompt_of: Tensor  # (B, F)
    positions: Tensor  # (B, F)
    single: Tensor  # (B, F) bool
    given: Tensor  # (B, F) bool
    levels: Tensor  # (B, F)
    blocking: Tensor  # (B, F, 2, N) numbers of camera and actors
    told: Tensor  # (B, F) bool: frames whose blocking is told
    casts: list[list[list[str]]]  # for each text its actors' words

    @property
    def wanted(self) -> Tensor:
        return ~self.given

    def rows(self, rows: slice) -> "Batch":
        """Some clips of the batch with their texts."""
        prompts, prompt_of = torch.unique(self.prompt_of[rows], return_inverse=True)
        texts, casts = ([said[i] for i in prompts.tolist()] for said in (self.texts, self.casts))
        rest = (getattr(self, name)[rows] for name in ("positions", "single", "given", "levels", "blocking", "told"))
        return Batch(self.data[rows], texts, prompt_of, *rest, casts)

    def to(self, device: torch.device) -> "Batch":
        names = ("prompt_of", "positions", "single", "given", "levels", "blocking", "told")
        rest = (getattr(self, name).to(device) for name in names)
        return Batch(self.data.to(device), self.texts, *rest, self.casts)


class Latents:
    """All encoded shards of a folder in memory, by size of picture."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(Path(folder).glob("*.safetensors"))
        if not paths:
            raise InputError(f"{folder}: no encoded shards there; make some with: oner train encode --out {folder}")
        self.clips: dict[tuple[int, int], list[Encoded]] = {}
        self.stills: dict[tuple[int, int], list[Encoded]] = {}
        for path in paths:
            for entry in read_encoded(path):
                kept = self.clips if entry.is_clip else self.stills
                kept.setdefault(tuple(entry.latents.shape[1:3]), []).append(entry)

    def __len__(self) -> int:
        return sum(map(len, self.clips.values())) + sum(map(len, self.stills.values()))

    def texts(self) -> Iterator[str]:
        """All captions."""
        for entries in (*self.clips.values(), *self.stills.values()):
            for entry in entries:
                for _, _, texts in entry.captions:
                    yield from texts

    def deviations(self, most: int = 1000) -> Tensor:
        """Root mean squares (2, C) of the channels, over the latent frames that stand for four pictures and for one."""
        found = []
        for stored, first in ((self.clips, 1), (self.stills, 0)):
            entries = [entry for kept in stored.values() for entry in kept if len(entry.latents) > first]
            some = entries[:: max(1, len(entries) // most)]
            if some:
                tokens = torch.cat([entry.latents[first:].float().flatten(0, -2) for entry in some])
                found.append(tokens.square().mean(0).sqrt().clamp_min(LEAST))
        return torch.stack([found[0], found[-1]])

    def stills_batch(self, count: int, rng: np.random.Generator) -> Batch:
        """`count` stills of one size, each of another scene."""
        entries = _of_one_size(self.stills, rng)
        data, said, blocking, told = [], [], [], []
        for index in rng.integers(0, len(entries), count):
            entry = entries[index]
            still = int(rng.integers(len(entry.latents)))
            data.append(entry.latents[still][None])
            said.append(_said(entry, 0, rng))
            numbers, known = _blocking(entry, [still], UNTOLD, rng)
            blocking.append(numbers)
            told.append(known)
        shape = (count, 1)
        return Batch(
            torch.stack(data).float(), [text for text, _ in said], torch.arange(count)[:, None],
            torch.zeros(shape, dtype=torch.long), torch.ones(shape, dtype=torch.bool),
            torch.zeros(shape, dtype=torch.bool), _levels(rng, shape), torch.stack(blocking), torch.stack(told),
            [cast for _, cast in said],
        )  # fmt: skip

    def clips_batch(self, count: int, frames: int, rng: np.random.Generator) -> Batch:
        """`count` windows of `frames` latent frames, all of one size; some of what is in them is given."""
        long = {size: [e for e in entries if len(e.latents) >= frames] for size, entries in self.clips.items()}
        entries = _of_one_size(long, rng)
        windows = [_window(entries[i], frames, rng) for i in rng.integers(0, len(entries), count)]
        texts = [text for window in windows for text in window.texts]
        offsets = np.cumsum([0, *(len(window.texts) for window in windows)])[:-1]
        casts = [cast for window in windows for cast in window.casts]
        data, prompt_of, *rest = (
            torch.stack([getattr(window, name) for window in windows])
            for name in ("data", "prompt_of", "positions", "single", "given", "levels", "blocking", "told")
        )
        return Batch(data.float(), texts, prompt_of + torch.tensor(offsets)[:, None], *rest, casts)


def _of_one_size(by_size: dict[tuple[int, int], list[Encoded]], rng: np.random.Generator) -> list[Encoded]:
    sizes = [size for size, entries in by_size.items() if entries]
    if not sizes:
        raise InputError("no clip is long enough for this window; render longer ones or ask for fewer latent frames")
    shares = np.array([len(by_size[size]) for size in sizes], float)
    return by_size[sizes[rng.choice(len(sizes), p=shares / shares.sum())]]


def _window(entry: Encoded, frames: int, rng: np.random.Generator) -> Batch:
    total = len(entry.latents)
    start = 0 if rng.random() < 0.5 else int(rng.integers(0, total - frames + 1))
    indices = list(range(start, start + frames))
    if start > 0 and rng.random() < ANCHORED:
        indices = [0, *indices[1:]]
    said = [_said(entry, number, rng) for number in range(len(entry.captions))]
    owner = [next((n for n, (_, end, _) in enumerate(entry.captions) if i < end), len(said) - 1) for i in indices]
    positions, single = window_positions(indices)
    given, levels = _given(indices, rng)
    blocking, told = _blocking(entry, indices, UNTOLD_GIVEN if given.any() else UNTOLD, rng)
    texts, casts = [text for text, _ in said], [cast for _, cast in said]
    return Batch(
        entry.latents[indices], texts, torch.tensor(owner), positions, single, given, levels, blocking, told, casts
    )


def _blocking(entry: Encoded, indices: list[int], untold: float, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Numbers (F, 2, N) of latent frames, and whether they are told (F,)."""
    silent = rng.random() < untold
    if entry.blocking is None:
        return torch.zeros(len(indices), 2, NUMBERS), torch.zeros(len(indices), dtype=torch.bool)
    return entry.blocking[indices], torch.full((len(indices),), not silent)


def _said(entry: Encoded, number: int, rng: np.random.Generator) -> tuple[str, list[list[str]]]:
    """One of a caption's texts with its actors' words; a prompt that is left out names no actors either."""
    text = _caption(entry.captions[number][2], rng)
    return text, entry.casts[number] if text and entry.casts else []


def _given(indices: list[int], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Which frames are conditions, and the levels: a third from nothing, a quarter each frame for itself, the rest with
    given frames as sampling has them: the beginning, the end, both ends, a part in the middle, or any.
    """
    count, kind = len(indices), rng.random()
    anchored = count > 1 and indices[1] - indices[0] > 1
    given = np.zeros(count, bool)
    if 0.35 <= kind < 0.75 or anchored:
        shape, many = rng.choice(5, p=(0.45, 0.1, 0.15, 0.1, 0.2)), int(rng.integers(1, max(2, count)))
        if shape in (0, 2):
            given[: many if shape == 0 else max(1, many // 2)] = True
        if shape in (1, 2):
            given[count - max(1, many // 2) :] = True
        if shape == 3:
            given[:] = True
            first = int(rng.integers(0, count))
            given[first : first + many] = False
        if shape == 4:
            given = rng.random(count) < 0.4
        given[0] |= anchored
        if given.all():
            given[-1] = False
    levels = _levels(rng, (count,)) if kind >= 0.75 else _levels(rng, (1,)).expand(count).clone()
    rest = float(rng.uniform(0, HISTORY)) if rng.random() < RENOISED else 0.0
    given = torch.from_numpy(given)
    return given, torch.where(given, rest, levels)


def _levels(rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    return random_levels(shape, torch.Generator().manual_seed(int(rng.integers(2**62))))


def _caption(texts: tuple[str, ...], rng: np.random.Generator) -> str:
    if rng.random() < WORDLESS:
        return ""
    text = texts[0] if rng.random() < WHOLE else texts[int(rng.integers(len(texts)))]
    words = text.split()
    for index in np.flatnonzero(rng.random(len(words)) < STRANGE):
        words[index] = f"strange{rng.integers(10**6)}"  # falls into one of the buckets for unknown words
    return " ".join(words)
