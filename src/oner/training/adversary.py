"""An adversary of the decoder: it tells painted pictures from rendered ones, and so teaches it detail and motion.

From errors of pixels alone a decoder learns the mean of all pictures that blurred latents may stand for, and a mean has
neither grain nor edges that move. The adversary (Goodfellow et al. 2014, arXiv 1406.2661; for decoders of latents Esser
et al. 2021, arXiv 2012.09841) sees pieces of two pictures that follow one another, so that a still texture under a
moving camera is as wrong as a blurred one. Its patches lie anywhere on the decoder's, whose edges it therefore finds.

Shape letters: N pieces, H x W pixels of a piece.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .weights import TrainedWeights

PIECE = 128  # pixels a side, at most; a multiple of 32
PIECES = 32  # in a step
WIDTHS = (96, 192, 256, 320)  # of patches of 4, 8, 16 and 32 pixels
RATE = 4e-4
ALONE = 150  # steps at first in which the decoder is only watched


class Adversary(nn.Module):
    """Patches of 4 pixels, joined two by two three times: products of matrices only, as in the tokenizer."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (2 * 3 * 4 * 4, *(4 * width for width in WIDTHS[:-1]))
        self.join = nn.ModuleList(nn.Linear(size, width) for size, width in zip(sizes, WIDTHS, strict=True))
        self.think = nn.ModuleList(nn.Linear(width, width) for width in WIDTHS)
        self.norm = nn.ModuleList(nn.RMSNorm(width, eps=1e-6) for width in WIDTHS)
        self.judge = nn.ModuleList(nn.Linear(width, 1) for width in WIDTHS[1:])

    def forward(self, pieces: Tensor) -> list[Tensor]:
        """Pairs of pictures (N, H, W, 6) in -1..1 to scores (N, ., .) of their patches of 8, 16 and 32 pixels."""
        x = _joined(pieces.to(self.join[0].weight.dtype), 4)
        scores = []
        for level, (join, think, norm) in enumerate(zip(self.join, self.think, self.norm, strict=True)):
            x = join(x if level == 0 else _joined(x, 2))
            x = norm(x + think(F.leaky_relu(x, 0.2)))
            if level:
                scores.append(self.judge[level - 1](F.leaky_relu(x, 0.2))[..., 0].float())
        return scores


def _joined(x: Tensor, side: int) -> Tensor:
    """(N, H, W, C) to (N, H / side, W / side, side * side * C)."""
    n, h, w, c = x.shape
    x = x.reshape(n, h // side, side, w // side, side, c).transpose(2, 3)
    return x.reshape(n, h // side, w // side, side * side * c)


class Duel:
    """The adversary's side of a run: it learns in every step, and says what the decoder is to learn from it.

    `strength` is the ratio of its gradient on the pictures to that of their errors.
    """

    def __init__(self, strength: float, dtype: torch.dtype, device: torch.device, seed: int) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = Adversary().to(device)
        self.strength = strength
        self.weights = TrainedWeights(self.network, dtype, betas=(0.5, 0.99))
        self.told = 0.5  # running share of patches that it tells right

    def __call__(self, made: Tensor, video: Tensor, loss: Tensor) -> Tensor:
        """From painted and rendered pictures (B, T, H, W, 3) and the loss so far to what is to be added to it."""
        rng = np.random.default_rng([self.weights.steps, made.shape[1]])
        places = pieces_of(made.shape, rng)
        painted, rendered = cut(made, places), cut(video, places)
        self._learn(painted.detach(), rendered)
        if self.weights.steps <= ALONE:
            return loss.detach() * 0
        self.network.requires_grad_(False)
        doubt = -torch.stack([score.mean() for score in self.network(painted)]).mean()
        self.network.requires_grad_(True)
        of_errors, of_doubt = (torch.autograd.grad(part, made, retain_graph=True)[0].norm() for part in (loss, doubt))
        return (self.strength * of_errors / of_doubt.clamp_min(1e-8)).detach() * doubt

    def _learn(self, painted: Tensor, rendered: Tensor) -> None:
        """A step on the hinge loss (Lim and Ye 2017, arXiv 1705.02894)."""
        scores = self.network(torch.cat([painted, rendered]))
        parts = [score.chunk(2) for score in scores]
        loss = torch.stack([F.relu(1 + made).mean() + F.relu(1 - real).mean() for made, real in parts]).mean()
        loss.backward()
        self.weights.step(RATE * min(1.0, (self.weights.steps + 1) / 50))
        right = np.mean([float(((made < 0).float().mean() + (real > 0).float().mean()) / 2) for made, real in parts])
        self.told += 0.05 * (float(right) - self.told)

    def save(self, path: Path) -> None:
        self.weights.save(path, {"told": str(self.told)})

    def resume(self, path: Path) -> None:
        if path.exists():
            self.told = float(self.weights.load(path)["told"])


def pieces_of(shape: torch.Size, rng: np.random.Generator) -> list[tuple[int, int, int, int, int, int]]:
    """Clip, first and second picture, top, left and side of pieces of pictures (B, T, H, W, 3); of stills both are one.

    Each clip's pieces are drawn by themselves, all of one side.
    """
    clips, pictures, height, width, _ = shape
    side = min(PIECE, height // 32 * 32, width // 32 * 32)
    found = []
    for number in range(PIECES):
        first = int(rng.integers(0, max(1, pictures - 1)))
        second = min(first + 1, pictures - 1)
        top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        found.append((number % clips, first, second, top, left, side))
    return found


def cut(video: Tensor, places: list[tuple[int, int, int, int, int, int]]) -> Tensor:
    """Pieces (N, side, side, 6) of pictures (B, T, H, W, 3)."""
    return torch.stack(
        [
            torch.cat([video[clip, t, top : top + side, left : left + side] for t in (first, second)], -1)
            for clip, first, second, top, left, side in places
        ]
    )
