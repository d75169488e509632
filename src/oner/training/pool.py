"""Pictures in memory: a changing part of the shards, from which batches are drawn."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .shards import Sample, read_shard

LONGEST = 33  # frames of a clip that are kept; of longer ones, a part
STILLS = 16  # single pictures that count as one sample: folders full of them must not crowd out the clips
BEFORE = 2**20  # passes through the shards that turn 0 comes after: the shards before it are counted back


class Pool:
    """The last shards of an endless row of them, just enough to hold `samples` clips, as uint8 at the shards' size.

    Turn n ends at shard n of the row, every pass through the folder in another order. What the pool holds is a function
    of folder, seed and turn, so that a run that goes on draws the batches that it would have drawn.
    """

    def __init__(self, folder: Path, samples: int, seed: int = 0, turn: int = 0) -> None:
        self.folder, self.samples, self.seed, self.turn = Path(folder), samples, seed, turn
        self.rng = np.random.default_rng([seed, 77])
        self._read: dict[int, list[tuple[tuple[int, int], np.ndarray]]] = {}  # by place in the row
        self._show(turn)

    @property
    def clips(self) -> dict[tuple[int, int], list[np.ndarray]]:
        """Pictures (T, H, W, 3) by (width, height), T = 1 of stills."""
        found: dict[tuple[int, int], list[np.ndarray]] = {}
        for place in sorted(self._read):
            for size, frames in self._read[place]:
                found.setdefault(size, []).append(frames)
        return found

    def held(self) -> int:
        return sum(map(len, self._read.values()))

    def longest(self) -> int:
        """Frames of the longest clip that is held."""
        return max(len(frames) for kept in self._read.values() for _, frames in kept)

    def refresh(self, turn: int | None = None) -> None:
        """Go to a turn, by default the next: in comes another shard, out go the oldest that are not needed."""
        turn = self.turn + 1 if turn is None else turn
        if turn != self.turn:
            self._show(turn)

    def _show(self, turn: int) -> None:
        paths = sorted(self.folder.glob("*.tar"))
        if not paths:
            raise InputError(
                f"{self.folder}: no finished shards there; make some with: oner worlds render --out {self.folder}"
            )
        kept, held = {}, 0.0
        for place in range(turn, turn - len(paths), -1):
            kept[place] = self._read.get(place) or self._shard(paths, place)
            held += sum(1 if len(frames) > 1 else 1 / STILLS for _, frames in kept[place])
            if held >= self.samples:
                break
        if not held:
            raise InputError(f"{self.folder}: its shards are empty; render them again")
        self._read, self.turn = kept, turn

    def _shard(self, paths: list[Path], place: int) -> list[tuple[tuple[int, int], np.ndarray]]:
        passes, index = divmod(place, len(paths))
        order = np.random.default_rng([self.seed, 77, BEFORE + passes]).permutation(len(paths))
        rng = np.random.default_rng([self.seed, 78, BEFORE + passes, index])
        return [kept for sample in read_shard(paths[order[index]]) for kept in _kept(sample, rng)]

    def batch(self, length: int, count: int, rng: np.random.Generator | None = None) -> Tensor:
        """(B, T, H, W, 3) float in -1..1: `count` windows of `length` frames, all of one size."""
        rng = self.rng if rng is None else rng
        fitting = {size: [clip for clip in clips if len(clip) >= length] for size, clips in self.clips.items()}
        fitting = {size: clips for size, clips in sorted(fitting.items()) if clips}
        if not fitting:
            raise InputError(f"{self.folder} has no clip of {length} frames or more")
        sizes = list(fitting)
        shares = np.array([len(fitting[size]) for size in sizes], float)
        clips = fitting[sizes[rng.choice(len(sizes), p=shares / shares.sum())]]
        windows = []
        for index in rng.integers(0, len(clips), count):
            start = int(rng.integers(0, len(clips[index]) - length + 1))
            windows.append(clips[index][start : start + length])
        return torch.from_numpy(np.stack(windows)).float().div_(127.5).sub_(1)


def _kept(sample: Sample, rng: np.random.Generator) -> list[tuple[tuple[int, int], np.ndarray]]:
    """Of a clip a part that may be the whole, of stills two."""
    frames = sample.frames()
    if not sample.is_clip:
        return [(sample.size, frames[i : i + 1]) for i in rng.permutation(len(frames))[:2]]
    start = int(rng.integers(0, max(1, len(frames) - LONGEST + 1)))
    return [(sample.size, frames[start : start + LONGEST].copy())]
