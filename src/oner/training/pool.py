"""Pictures in memory: a changing part of the shards, from which batches are drawn."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from .shards import Sample, read_shard

LONGEST = 33  # frames of a clip that are kept; of longer ones, a part


class Pool:
    """Up to `samples` samples in memory, as uint8 at the shards' size; `refresh` brings in another shard."""

    def __init__(self, folder: Path, samples: int, seed: int = 0) -> None:
        self.folder, self.samples = Path(folder), samples
        self.rng = np.random.default_rng([seed, 77])
        self.clips: dict[tuple[int, int], list[np.ndarray]] = {}
        self._left: list[Path] = []
        self.refresh()
        while self.held() < samples and self._left:
            self.refresh()
        if not self.held():
            raise InputError(f"{folder}: no finished shards there; make some with: oner worlds render --out {folder}")

    def held(self) -> int:
        return sum(map(len, self.clips.values()))

    def refresh(self) -> None:
        """Read another shard, in random order, and let go of the oldest samples beyond the limit."""
        if not self._left:
            found = sorted(self.folder.glob("*.tar"))
            self._left = [found[i] for i in self.rng.permutation(len(found))]
        if not self._left:
            return
        for sample in read_shard(self._left.pop()):
            self._add(sample)
        while self.held() > self.samples:
            del max(self.clips.values(), key=len)[0]

    def _add(self, sample: Sample) -> None:
        frames = sample.frames()
        kept = self.clips.setdefault(sample.size, [])
        if not sample.is_clip:
            kept.extend(frames[i : i + 1] for i in self.rng.permutation(len(frames))[:2])
            return
        start = int(self.rng.integers(0, max(1, len(frames) - LONGEST + 1)))
        kept.append(frames[start : start + LONGEST])

    def batch(self, length: int, count: int, rng: np.random.Generator | None = None) -> Tensor:
        """(B, T, H, W, 3) float in -1..1: `count` windows of `length` frames, all of one size."""
        rng = self.rng if rng is None else rng
        fitting = {size: [clip for clip in clips if len(clip) >= length] for size, clips in self.clips.items()}
        fitting = {size: clips for size, clips in fitting.items() if clips}
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
