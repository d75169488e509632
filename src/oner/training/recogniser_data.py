"""What the recogniser learns from: pictures and motion of rendered shards, made ready once and kept in memory.

Every shard becomes one safetensors file: per aspect the pictures at the training size, the movement of a window of
each clip, and the attributes' numbers (-1 where a description leaves one open).
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from ..errors import InputError
from ..media import replacing
from .attributes import ATTRIBUTES, truth_of
from .movement import movement
from .prompts import description_of
from .recogniser import LONGEST, SHORTEST
from .shards import Sample, read_shard

PICTURES_OF_CLIP = 4
LATEST = 80  # frames of scene time: later the camera has come to rest, whatever its move was
STILL = tuple(attribute for attribute in ATTRIBUTES if not attribute.moving)
MOVING = tuple(attribute for attribute in ATTRIBUTES if attribute.moving)


@dataclass
class Group:
    """Samples of one picture size. `sample` and `clip` say which sample a picture or a window came from."""

    pictures: Tensor  # (N, H, W, 3) uint8
    still: Tensor  # (N, still attributes) int16
    sample: Tensor  # (N,) int32
    moved: Tensor  # (M, CHANNELS, h, w) float16
    moving: Tensor  # (M, moving attributes) int16
    clip: Tensor  # (M,) int32


def numbers_of(sample: Sample) -> dict[str, int]:
    """Position of each attribute's value in its list, -1 where it is open."""
    truth = truth_of(description_of(sample.descriptions[0]["description"]))
    return {a.name: -1 if truth[a.name] is None else a.values.index(truth[a.name]) for a in ATTRIBUTES}


def halved(frames: np.ndarray) -> np.ndarray:
    """The exact 2x2 mean of (T, 2H, 2W, 3) uint8 pictures, as uint8."""
    T, H, W, _ = frames.shape
    return np.rint(frames.reshape(T, H // 2, 2, W // 2, 2, 3).mean((2, 4), dtype=np.float32)).astype(np.uint8)


def floats(pictures: Tensor | np.ndarray) -> Tensor:
    """uint8 pictures to [-1, 1]."""
    return torch.as_tensor(pictures).float() / 127.5 - 1.0


def prepared(shard: Path, folder: Path) -> dict[str, Group]:
    """The groups of a shard by aspect, from its file in `folder`, which is written first if need be."""
    path = folder / f"{shard.stem}.safetensors"
    if not path.exists():
        groups = _prepare(shard)
        tensors = {f"{aspect}/{name}": value for aspect, g in groups.items() for name, value in vars(g).items()}
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            save_file(tensors, temporary)
    tensors = load_file(path)
    aspects = dict.fromkeys(name.split("/")[0] for name in tensors)
    return {a: Group(**{name: tensors[f"{a}/{name}"] for name in Group.__dataclass_fields__}) for a in aspects}


def _prepare(shard: Path) -> dict[str, Group]:
    rows: dict[str, dict[str, list]] = {}
    generator = torch.Generator().manual_seed(int.from_bytes(shard.stem.encode()) % 2**31)
    for number, sample in enumerate(read_shard(shard)):
        columns = rows.setdefault(sample.about["aspect"], {name: [] for name in Group.__dataclass_fields__})
        frames, values = halved(sample.frames()), numbers_of(sample)
        last = sample.descriptions[0]["span"][1]
        chosen = np.linspace(0, last - 1, min(last, PICTURES_OF_CLIP)).round().astype(int)
        for i in chosen:
            columns["pictures"].append(torch.from_numpy(frames[i]))
            columns["still"].append([values[a.name] for a in STILL])
            columns["sample"].append(number)
        if sample.is_clip and last >= SHORTEST and sample.about.get("start", 0) <= LATEST:
            window = _window(floats(frames[:last]), generator)
            columns["moved"].append(movement(window[None])[0].half())
            columns["moving"].append([values[a.name] for a in MOVING])
            columns["clip"].append(number)
    return {aspect: _stacked(columns) for aspect, columns in rows.items()}


def _window(video: Tensor, generator: torch.Generator) -> Tensor:
    """9, 13 or 17 frames of a clip (T, H, W, 3), half of the time less sharp."""
    lengths = [n for n in range(SHORTEST, LONGEST + 1, 4) if n <= len(video)]
    length = lengths[int(torch.randint(len(lengths), (), generator=generator))]
    begin = int(torch.randint(len(video) - length + 1, (), generator=generator))
    window = video[begin : begin + length]
    scale = float(torch.empty(()).uniform_(-1.0, 1.6, generator=generator))
    return resampled(window, max(1.0, 1.0 + scale))


def _stacked(columns: dict[str, list]) -> Group:
    def numbers(name: str, kind: torch.dtype, width: int | None = None) -> Tensor:
        values = torch.tensor(columns[name], dtype=kind)
        return values.view(-1, width) if width else values

    H, W = columns["pictures"][0].shape[:2]
    nothing = movement(torch.zeros(1, SHORTEST, H, W, 3))[:0].half()
    return Group(
        pictures=torch.stack(columns["pictures"]),
        still=numbers("still", torch.int16, len(STILL)),
        sample=numbers("sample", torch.int32),
        moved=torch.stack(columns["moved"]) if columns["moved"] else nothing,
        moving=numbers("moving", torch.int16, len(MOVING)),
        clip=numbers("clip", torch.int32),
    )


class Bank:
    """All groups of the shards seen so far, by aspect. `refresh` takes in shards that have appeared since."""

    def __init__(self, data: Path, folder: Path, held: int = 1):
        self.data, self.folder, self.held = data, folder, held
        self.shards: dict[str, dict[str, Group]] = {}

    def refresh(self, most: int = 10**6) -> int:
        """Take in at most so many new shards; gives how many there were. Raises InputError where there is no data."""
        found = sorted(self.data.glob("*.tar"))
        new = [shard for shard in found if shard.stem not in self.shards][:most]
        for shard in new:
            self.shards[shard.stem] = prepared(shard, self.folder)
        if len(self.shards) <= self.held:
            raise InputError(
                f"{self.data}: {len(found)} shards; {self.held + 1} or more are needed (oner worlds render)"
            )
        return len(new)

    def groups(self, held: bool = False) -> dict[str, list[Group]]:
        """By aspect: the groups to learn from, or with `held` those of the first shards, kept for measuring."""
        names = sorted(self.shards)
        chosen = names[: self.held] if held else names[self.held :]
        found: dict[str, list[Group]] = {}
        for name in chosen:
            for aspect, group in self.shards[name].items():
                found.setdefault(aspect, []).append(group)
        return found

    def pictures(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(count, H, W, 3) in [-1, 1] of one size and their (count, still attributes) numbers, drawn at random."""
        groups = self._drawn("pictures", generator)
        where = _positions([len(g.pictures) for g in groups], count, generator)
        pictures = torch.stack([groups[g].pictures[i] for g, i in where])
        return floats(pictures), torch.stack([groups[g].still[i] for g, i in where]).long()

    def moves(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(count, CHANNELS, h, w) of one size and their (count, moving attributes) numbers, drawn at random."""
        groups = self._drawn("moved", generator)
        where = _positions([len(g.moved) for g in groups], count, generator)
        moved = torch.stack([groups[g].moved[i] for g, i in where])
        return moved.float(), torch.stack([groups[g].moving[i] for g, i in where]).long()

    def _drawn(self, what: str, generator: torch.Generator) -> list[Group]:
        """The groups of one aspect, drawn by how much there is of it."""
        groups = list(self.groups().values())
        sizes = torch.tensor([float(sum(len(getattr(g, what)) for g in group)) for group in groups])
        return groups[int(torch.multinomial(sizes, 1, generator=generator))]


def _positions(sizes: list[int], count: int, generator: torch.Generator) -> list[tuple[int, int]]:
    ends = np.cumsum(sizes)
    flat = torch.randint(int(ends[-1]), (count,), generator=generator).numpy()
    groups = np.searchsorted(ends, flat, side="right")
    return [(int(g), int(f - (ends[g - 1] if g else 0))) for g, f in zip(groups, flat, strict=True)]


# ------------------------------------------------------------------------------------------------ augmentation


def resampled(pictures: Tensor, factor: float) -> Tensor:
    """(N, H, W, 3) made `factor` times smaller and large again: what a soft decoder leaves of fine detail."""
    if factor <= 1.0:
        return pictures
    H, W = pictures.shape[1:3]
    x = pictures.permute(0, 3, 1, 2)
    small = F.interpolate(x, (round(H / factor), round(W / factor)), mode="bilinear", antialias=True)
    return F.interpolate(small, (H, W), mode="bicubic").clamp(-1, 1).permute(0, 2, 3, 1)


def degraded(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """(N, H, W, 3) as a model might paint them: shifted, mirrored, softer, blocky, grainy, a little off in colour.

    The list is cut into four, and each quarter gets its own softness; half of all pictures stay as sharp as they were.
    """
    uniform = lambda low, high, *shape: torch.empty(shape).uniform_(low, high, generator=generator)
    N, H, W, _ = pictures.shape
    x = pictures
    zoom, shift = float(uniform(0.88, 1.0)), uniform(-1, 1, 2).tolist()
    high, wide = round(H * zoom), round(W * zoom)
    top, left = round((H - high) * (0.5 + shift[0] / 2)), round((W - wide) * (0.5 + shift[1] / 2))
    x = x[:, top : top + high, left : left + wide].permute(0, 3, 1, 2)
    x = F.interpolate(x, (H, W), mode="bilinear").permute(0, 2, 3, 1)
    parts = []
    for part in x.split(math.ceil(N / 4)):
        kind = float(uniform(0, 1))
        if kind > 0.5:
            part = resampled(part, float(uniform(1.2, 2.6)))
        if 0.35 < kind < 0.65:
            part = _blocky(part, float(uniform(0.05, 0.3)))
        parts.append(part)
    x = torch.cat(parts)
    x = torch.where(uniform(0, 1, N, 1, 1, 1) < 0.5, x.flip(2), x)
    x = x * uniform(0.93, 1.07, N, 1, 1, 1) * uniform(0.97, 1.03, N, 1, 1, 3) + uniform(-0.05, 0.05, N, 1, 1, 1)
    grain = uniform(0, 0.03, N, 1, 1, 1) * (uniform(0, 1, N, 1, 1, 1) < 0.3)
    return (x + grain * torch.empty_like(x).normal_(generator=generator)).clamp(-1, 1)


def _blocky(pictures: Tensor, step: float) -> Tensor:
    """Quantise the 8x8 cosine transform, coarser for finer waves, as JPEG does."""
    N, H, W, _ = pictures.shape
    k = torch.arange(8.0)
    basis = torch.cos(torch.pi / 8 * (k[None] + 0.5) * k[:, None]) * (2 / 8) ** 0.5
    basis[0] /= 2**0.5
    blocks = pictures.reshape(N, H // 8, 8, W // 8, 8, 3).permute(0, 1, 3, 5, 2, 4)
    waves = basis @ blocks @ basis.T
    steps = step * (1 + k[:, None] + k[None]) / 4
    blocks = basis.T @ ((waves / steps).round() * steps) @ basis
    return blocks.permute(0, 1, 4, 2, 5, 3).reshape(N, H, W, 3)
