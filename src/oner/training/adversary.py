"""An adversary of the decoder: it tells painted pictures from rendered ones, and so teaches it detail and motion.

From errors of pixels alone a decoder learns the mean of all pictures that blurred latents may stand for, and a mean has
neither grain nor edges that move. The adversary (Goodfellow et al. 2014, arXiv 1406.2661; for decoders of latents Esser
et al. 2021, arXiv 2012.09841) sees pieces of two pictures that follow one another, so that a still texture under a
moving camera is as wrong as a blurred one. Its patches lie anywhere on the decoder's, whose edges it therefore finds.

Shape letters: N pieces, H x W pixels of a piece.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..model.blocking import MOVES
from ..model.retouch import KINDS, Around
from ..model.tokenizer import GROUP, PATCH
from .weights import TrainedWeights

LATENT = 2 * PATCH  # pixels a side of a latent pixel, as the decoder paints it

PIECE = 128  # pixels a side, at most; a multiple of 32
PIECES = 12  # in a step
WIDTHS = (48, 96, 160, 192)  # of places of 2, 4, 8 and 16 pixels
RATE = 1.5e-4
ALONE = 150  # steps at first in which the decoder is only watched
GRAIN = 0.5  # strength of what is missing in detail, beside the adversary's
LIKENESS = 1.0  # strength of what the adversary's layers see otherwise in a render, beside its own
SHARED = 32  # pixels a side of the places in which two scenes of the same words are compared
OCTAVES = 4  # of detail: of 1, 2, 4 and 8 pixels
ROOM = 32  # pixels a side of the places whose detail is compared
UNSEEN = 0.015  # contrast below which detail does not count, in -1..1


class Adversary(nn.Module):
    """Convolutions on places of 2 pixels, joined two by two three times; told what should be seen and how it moves.

    A render always moves as the blocking says and looks as its words say: what does not is found out.
    """

    def __init__(self, words: int) -> None:
        super().__init__()
        sizes = (2 * 3 * 2 * 2, *(4 * width for width in WIDTHS[:-1]))
        self.join = nn.ModuleList(nn.Conv2d(size, width, 1) for size, width in zip(sizes, WIDTHS, strict=True))
        self.around = nn.ModuleList(Around(width) for width in WIDTHS)
        self.judge = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in WIDTHS[1:])
        self.moves = nn.Linear(MOVES + KINDS, WIDTHS[2], bias=False)
        self.words = nn.Linear(words, WIDTHS[2], bias=False)

    def forward(self, pieces: Tensor, moves: Tensor, words: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Pairs of pictures (N, 6, H, W) in -1..1 to scores (N, 1, ., .) of their places of 4, 8 and 16 pixels, and to
        what all four layers see (N, ., ., .).

        `moves` (N, H / 8, W / 8, MOVES + KINDS) say how what is seen there moves and which picture of a latent frame
        the second one is, `words` (N, text width) what is seen; both are noughts where it is not known.
        """
        dtype = self.join[0].weight.dtype
        x, scores, seen = pieces.to(dtype).contiguous(memory_format=torch.channels_last), [], []
        for level, (join, around) in enumerate(zip(self.join, self.around, strict=True)):
            x = join(F.pixel_unshuffle(x, 2))
            if level == 2:
                told = self.moves(moves.to(dtype)) + self.words(words.to(dtype))[:, None, None]
                x = x + told.permute(0, 3, 1, 2)
            x = around(x)
            seen.append(x)
            if level:
                scores.append(self.judge[level - 1](F.leaky_relu(x, 0.2)).float())
        return scores, seen


class Duel:
    """The adversary's side of a run: it learns in every step, and says what the decoder is to learn from it.

    `strength` is the ratio of its gradient on the pictures to that of their errors.
    """

    def __init__(self, strength: float, dtype: torch.dtype, device: torch.device, seed: int, words: int) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.network = Adversary(words).to(device)
        self.strength, self.width = strength, words
        self.weights = TrainedWeights(self.network, dtype, betas=(0.5, 0.99))
        self.told = 0.5  # running share of places that it tells right
        self.pull = 0.0  # running size of the gradient of errors on a picture's numbers

    def __call__(
        self, made: Tensor, video: Tensor, loss: Tensor, moves: Tensor | None, words: Tensor | None, same: bool
    ) -> Tensor:
        """From painted and rendered pictures (B, T, H, W, 3) and the loss so far to what is to be added to it: 0, with
        the adversary's advice as its gradient.

        `moves` (B, F, h * w, MOVES) and `words` (B, text width) are what both show. Where the two are not the `same`
        scene to the pixel, the loss says little, and its gradient's size is taken from steps in which they were.
        """
        rng = np.random.default_rng([self.weights.steps, made.shape[1]])
        places = pieces_of(made.shape, rng)
        painted, rendered = cut(made.detach(), places), cut(video, places)
        said = told_of(places, moves, made.shape), self._words_of(places, words, made)
        painted.requires_grad_()
        of_painted, seen_painted = self.network(painted, *said)
        of_rendered, seen_rendered = self.network(rendered, *said)
        lessons = []
        if self.weights.steps >= ALONE:
            doubt = -torch.stack([score.mean() for score in of_painted]).mean()
            unlike = otherwise(seen_painted, [part.detach() for part in seen_rendered], same)
            missing = apart(painted.float(), rendered.float())
            for lesson, strength in ((doubt, 1.0), (unlike, LIKENESS), (missing, GRAIN)):
                lessons.append((torch.autograd.grad(lesson, painted, retain_graph=True)[0], strength))
        self._learn(of_painted, of_rendered)
        if not lessons:
            return loss.detach() * 0
        if same:
            pull = float(torch.autograd.grad(loss, made, retain_graph=True)[0].norm())
            self.pull += (0.02 if self.pull else 1.0) * (pull - self.pull)
        advice = torch.zeros_like(made)
        for pieces, strength in lessons:
            part = pasted(pieces, places, made)
            advice += (strength * self.strength * self.pull / part.norm().clamp_min(1e-8)) * part
        return (advice * made).sum() - (advice * made.detach()).sum()  # 0, with that gradient: reckoned once

    def _words_of(self, places: list["Piece"], words: Tensor | None, made: Tensor) -> Tensor:
        if words is None:
            return torch.zeros(len(places), self.width, device=made.device)
        return words[[piece.clip for piece in places]]

    def _learn(self, painted: list[Tensor], rendered: list[Tensor]) -> None:
        """A step on the hinge loss (Lim and Ye 2017, arXiv 1705.02894) of scores."""
        parts = list(zip(painted, rendered, strict=True))
        loss = torch.stack([F.relu(1 + made).mean() + F.relu(1 - real).mean() for made, real in parts]).mean()
        loss.backward(inputs=list(self.network.parameters()))
        self.weights.step(RATE * min(1.0, (self.weights.steps + 1) / 50))
        right = np.mean([float(((made < 0).float().mean() + (real > 0).float().mean()) / 2) for made, real in parts])
        self.told += 0.05 * (float(right) - self.told)

    def save(self, path: Path) -> None:
        self.weights.save(path, {"told": str(self.told), "pull": str(self.pull)})

    def resume(self, path: Path) -> None:
        if path.exists():
            facts = self.weights.load(path)
            self.told, self.pull = float(facts["told"]), float(facts["pull"])


def otherwise(painted: list[Tensor], rendered: list[Tensor], same: bool) -> Tensor:
    """How far what the adversary's layers see (N, ., ., .) in painted pieces is from what they see in renders.

    Of the `same` scene, place by place (Wang et al. 2018, arXiv 1711.11585); of another scene of the same words, in the
    means over places of SHARED pixels, of what is seen and of how much that varies there.
    """
    found = []
    for level, (a, b) in enumerate(zip(painted, rendered, strict=True)):
        if not same:
            side = SHARED >> (level + 1)
            a, b = (_means_of(part.float(), side) for part in (a, b))
        found.append((a - b).abs().float().mean() / b.abs().float().mean().clamp_min(1e-4))
    return torch.stack(found).mean()


def _means_of(seen: Tensor, side: int) -> Tensor:
    """Means and mean absolute deviations of (N, C, H, W) over places of `side`: (N, 2C, H / side, W / side)."""
    mean = F.avg_pool2d(seen, side)
    return torch.cat([mean, F.avg_pool2d((seen - F.interpolate(mean, scale_factor=side)).abs(), side)], 1)


def apart(painted: Tensor, rendered: Tensor) -> Tensor:
    """How far pairs of pictures (N, 6, H, W) are from others in how much detail they have, and how much of it moves.

    Not in which: of every octave, in both pictures and in what changes between them, the mean absolute difference of
    the logarithms of local contrasts (statistics of textures: Heeger and Bergen 1995). It says at once where detail is
    missing, which an adversary has to find out; what it should look like is the adversary's.
    """
    pairs = zip(contrasts(painted), contrasts(rendered), strict=True)
    return torch.stack([(a.log() - b.log()).abs().mean() for a, b in pairs]).mean()


def contrasts(pairs: Tensor) -> list[Tensor]:
    """For each octave (3 N, 1, ., .) the mean absolute contrast of brightness in first and second pictures and in their
    difference, in places of ROOM pixels that overlap by half.

    Absolute, not squared: of squares a few dots that stand out have as many as a texture.
    """
    first, second = (part.mean(1, keepdim=True) for part in pairs.split(3, 1))
    x, found = torch.cat([first, second, second - first]), []
    for octave in range(OCTAVES):
        low, room = F.avg_pool2d(x, 2), ROOM >> octave
        fine = x - F.interpolate(low, scale_factor=2)
        found.append(F.avg_pool2d(fine.abs(), room, room // 2) + UNSEEN)
        x = low
    return found


class Piece(NamedTuple):
    """Where a pair of pieces lies: clip, first and second picture, and in pixels."""

    clip: int
    first: int
    second: int
    top: int
    left: int
    side: int


def pieces_of(shape: torch.Size, rng: np.random.Generator) -> list[Piece]:
    """Of pictures (B, T, H, W, 3), all of one side; of stills first and second picture are one.

    Each clip's pieces are drawn by themselves.
    """
    clips, pictures, height, width, _ = shape
    side = min(PIECE, height // 32 * 32, width // 32 * 32)
    found = []
    for number in range(PIECES):
        first = int(rng.integers(0, max(1, pictures - 1)))
        second = min(first + 1, pictures - 1)
        top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        found.append(Piece(number % clips, first, second, top, left, side))
    return found


def cut(video: Tensor, places: list[Piece]) -> Tensor:
    """Pieces (N, 6, side, side) of pictures (B, T, H, W, 3)."""
    return torch.stack(
        [
            torch.cat([video[clip, t, top : top + side, left : left + side] for t in (first, second)], -1)
            for clip, first, second, top, left, side in places
        ]
    ).permute(0, 3, 1, 2)


def pasted(pieces: Tensor, places: list[Piece], like: Tensor) -> Tensor:
    """The sum of pieces (N, 6, side, side), each in its place, in pictures of the size of `like`: `cut` backwards."""
    whole = torch.zeros_like(like)
    for piece, (clip, *pictures, top, left, side) in zip(pieces.permute(0, 2, 3, 1), places, strict=True):
        for t, picture in zip(pictures, piece.chunk(2, -1), strict=True):
            whole[clip, t, top : top + side, left : left + side] += picture
    return whole


def told_of(places: list[Piece], moves: Tensor | None, shape: torch.Size) -> Tensor:
    """(N, side / 8, side / 8, MOVES + KINDS): the moves (B, F, h * w, MOVES) of the second picture's latent frame, at
    the middles of places of 8 pixels, and which picture of it that is; of pictures (B, T, H, W, 3).
    """
    height, width = shape[2:4]
    side = places[0].side // 8
    found = torch.zeros(len(places), side, side, MOVES + KINDS, device=None if moves is None else moves.device)
    for number, piece in enumerate(places):
        found[number, ..., MOVES + (0 if not piece.second else 1 + (piece.second - 1) % GROUP)] = 1
        if moves is not None:
            rows, columns = ((start + 4 + 8 * torch.arange(side)) // LATENT for start in (piece.top, piece.left))
            frame = moves[piece.clip, (piece.second + GROUP - 1) // GROUP].reshape(
                height // LATENT, width // LATENT, -1
            )
            found[number, ..., :MOVES] = frame[rows[:, None], columns]
    return found
