"""Pictures in memory: a changing part of the shards, from which batches are drawn."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..model.blocking import NUMBERS, moments_of
from .shards import Sample, read_shard

LONGEST = 33  # frames of a clip that are kept; of longer ones, a part
STILLS = 16  # single pictures that count as one sample: folders full of them must not crowd out the clips
BEFORE = 2**20  # passes through the shards that turn 0 comes after: the shards before it are counted back


@dataclass(frozen=True)
class Kept:
    """A clip or a still in memory: pictures (T, H, W, 3) uint8 and what was said of them.

    `blocking` (T, N) holds the numbers of camera and actors (`model.blocking`), None if they are not known; `said` is
    [end in pictures, caption, words of scene and actors] of each part of the clip.
    """

    size: tuple[int, int]  # width, height
    frames: np.ndarray
    blocking: np.ndarray | None
    said: tuple[tuple[int, str, list[list[str]]], ...]


@dataclass(frozen=True)
class Drawn:
    """Windows of one size: video (B, T, H, W, 3) in -1..1, blocking (B, F, 2, N), whether that is known (B,), and for
    each the caption of its middle with the words of scene and actors.
    """

    video: Tensor
    blocking: Tensor
    known: Tensor
    texts: list[str]
    casts: list[list[list[str]]]


class Pool:
    """The last shards of an endless row of them, just enough to hold `samples` clips, as uint8 at the shards' size.

    Turn n ends at shard n of the row, every pass through the folder in another order. What the pool holds is a function
    of folder, seed and turn, so that a run that goes on draws the batches that it would have drawn.
    """

    def __init__(self, folder: Path, samples: int, seed: int = 0, turn: int = 0) -> None:
        self.folder, self.samples, self.seed, self.turn = Path(folder), samples, seed, turn
        self.rng = np.random.default_rng([seed, 77])
        self._read: dict[int, list[Kept]] = {}  # by place in the row
        self._show(turn)

    @property
    def clips(self) -> dict[tuple[int, int], list[Kept]]:
        """What is held by (width, height)."""
        found: dict[tuple[int, int], list[Kept]] = {}
        for place in sorted(self._read):
            for kept in self._read[place]:
                found.setdefault(kept.size, []).append(kept)
        return found

    def held(self) -> int:
        return sum(map(len, self._read.values()))

    def longest(self) -> int:
        """Frames of the longest clip that is held."""
        return max(len(one.frames) for kept in self._read.values() for one in kept)

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
            held += sum(1 if len(one.frames) > 1 else 1 / STILLS for one in kept[place])
            if held >= self.samples:
                break
        if not held:
            raise InputError(f"{self.folder}: its shards are empty; render them again")
        self._read, self.turn = kept, turn

    def _shard(self, paths: list[Path], place: int) -> list[Kept]:
        passes, index = divmod(place, len(paths))
        order = np.random.default_rng([self.seed, 77, BEFORE + passes]).permutation(len(paths))
        rng = np.random.default_rng([self.seed, 78, BEFORE + passes, index])
        return [kept for sample in read_shard(paths[order[index]]) for kept in _kept(sample, rng)]

    def batch(self, length: int, count: int, rng: np.random.Generator | None = None) -> Tensor:
        """(B, T, H, W, 3) float in -1..1: `count` windows of `length` frames, all of one size."""
        return self.draw(length, count, rng).video

    def draw(self, length: int, count: int, rng: np.random.Generator | None = None) -> Drawn:
        """`count` windows of `length` frames (1 + 4k), all of one size, with what is known of them."""
        rng = self.rng if rng is None else rng
        fitting = {size: [clip for clip in clips if len(clip.frames) >= length] for size, clips in self.clips.items()}
        fitting = {size: clips for size, clips in sorted(fitting.items()) if clips}
        if not fitting:
            raise InputError(f"{self.folder} has no clip of {length} frames or more")
        sizes = list(fitting)
        shares = np.array([len(fitting[size]) for size in sizes], float)
        clips = fitting[sizes[rng.choice(len(sizes), p=shares / shares.sum())]]
        windows, blocking, said = [], [], []
        for index in rng.integers(0, len(clips), count):
            clip = clips[index]
            start = int(rng.integers(0, len(clip.frames) - length + 1))
            windows.append(clip.frames[start : start + length])
            told = np.zeros((length, NUMBERS), np.float32) if clip.blocking is None else clip.blocking[start:][:length]
            blocking.append(moments_of(torch.from_numpy(told)))
            middle = start + length // 2
            said.append(next((part for part in clip.said if middle < part[0]), (0, "", [])))
        known = torch.tensor([bool(moments.any()) for moments in blocking])
        video = torch.from_numpy(np.stack(windows)).float().div_(127.5).sub_(1)
        return Drawn(video, torch.stack(blocking), known, [text for _, text, _ in said], [cast for *_, cast in said])


def _kept(sample: Sample, rng: np.random.Generator) -> list[Kept]:
    """Of a clip a part that may be the whole, of stills two."""
    frames, told = sample.frames(), sample.about.get("blocking")
    blocking = None if told is None else np.array(told, np.float32)
    parts = list(zip(sample.captions, sample.casts, strict=True))

    def part(first: int, end: int) -> Kept:
        said = [(entry["span"][1] - first, entry["texts"][0]["text"], cast) for entry, cast in parts]
        inside = None if blocking is None else blocking[first:end].copy()
        return Kept(sample.size, frames[first:end].copy(), inside, tuple(entry for entry in said if entry[0] > 0))

    if not sample.is_clip:
        return [part(i, i + 1) for i in rng.permutation(len(frames))[:2].tolist()]
    start = int(rng.integers(0, max(1, len(frames) - LONGEST + 1)))
    return [part(start, min(len(frames), start + LONGEST))]
