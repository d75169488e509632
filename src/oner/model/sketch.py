"""What a prompt alone says of a picture: the mean of all pictures that it describes, coarsely.

Shape letters: P prompts, h x w latent pixels, C latent channels, D width of the text, R rank.

At high noise a network has nothing but the prompt, and the best that it can say is that mean. Learned through the
denoising loss alone, words found their way there very slowly (LOG.md); learned directly, from the words to the picture,
they explain a quarter of what stills differ in after a few minutes. Where blocking is told, a draft goes further: every
token knows what it looks at, and the mean of what is seen there is nearly the picture. What is left over is the
transformer's work.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .blocking import SLOTS, BlockingReader, token_moves, token_spots

DRAFT_LAYERS = 4
WAVES = 6  # cosines along the height and along the width that a sketch is made of


class Sketch(nn.Module):
    """A two-layer network from a prompt's mean word to a few cosines over the picture."""

    def __init__(self, text_width: int, channels: int) -> None:
        super().__init__()
        self.channels, self.rank = channels, max(4, text_width // 4)
        self.up = nn.Linear(text_width + 1, 2 * text_width)
        self.waves = nn.Linear(2 * text_width, WAVES**2 * self.rank)
        self.write = nn.Linear(self.rank, 2 * channels)
        nn.init.zeros_(self.write.bias)

    def forward(self, gist: Tensor, h: int, w: int) -> Tensor:
        """`gist` (P, D) to means (P, 2, h, w, C): of latent frames that stand for four pictures, and for one."""
        wide = torch.full_like(gist[:, :1], w).div(h).log()  # in tensors: torch.compile would fix a Python number
        waves = self.waves(F.silu(self.up(torch.cat([gist, wide], -1)))).reshape(-1, WAVES, WAVES, self.rank)
        rows, columns = cosines(h, gist), cosines(w, gist)
        mixed = torch.einsum("pklr,hk,wl->phwr", waves, rows, columns) / (WAVES / 2)
        return self.write(mixed).reshape(-1, h, w, 2, self.channels).permute(0, 3, 1, 2, 4)


class Drafted(NamedTuple):
    """Drafts: `told` (B, F) bool, `mean` (B, F, h, w, C), and `features` (B, F, h, w, width) of the last layer.

    With them what they were made from: `moves` (B, F, h, w, MOVES) and `spots` (B, F, S, 2), see `blocking.py`.
    Features and moves are nought where nothing is told.
    """

    told: Tensor
    mean: Tensor
    features: Tensor
    moves: Tensor
    spots: Tensor


class Draft(nn.Module):
    """The mean picture of words and blocking together, token by token: what a sketch with a known camera shows.

    A few residual layers, each modulated by the words of the scene (FiLM, Perez et al. 2018, arXiv 1709.07871): they
    say which world it is, the blocking where in it a token looks. No token sees another one and no text is read, which
    makes a draft a sixth of a step's work: it is taught first, alone.
    """

    def __init__(self, text_width: int, channels: int, layers: int = DRAFT_LAYERS) -> None:
        super().__init__()
        self.dropped = 0.0  # share of each layer's inner values that are dropped (Srivastava et al. 2014); in training
        width = self.width = 5 * text_width // 4
        self.read = BlockingReader(width, text_width)
        self.kind = nn.Embedding(2, text_width)
        self.slots = nn.Parameter(torch.randn(SLOTS, text_width))
        self.norm_scene = nn.RMSNorm(text_width, eps=1e-6)
        self.change = nn.Sequential(nn.Linear(text_width, width), nn.SiLU(), nn.Linear(width, 3 * layers * width))
        self.norm = nn.RMSNorm(width, eps=1e-6, elementwise_affine=False)
        self.up = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(layers))
        self.down = nn.ModuleList(nn.Linear(2 * width, width, bias=False) for _ in range(layers))
        self.write = nn.Linear(width, channels)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(
        self, blocking: tuple[Tensor, Tensor, Tensor], prompt_of: Tensor, kinds: Tensor, h: int, w: int
    ) -> Drafted:
        """From numbers (B, F, 2, N), told (B, F) and words (P, 1 + A, K, text width).

        `kinds` (B, F) is 1 where a latent frame stands for one picture.
        """
        numbers, told, words = blocking
        with torch.no_grad():
            moves, spots = token_moves(numbers.float(), h, w), token_spots(numbers.float(), h, w)
        x = self.read(numbers, words[:, 1:], prompt_of, h, w, moves)  # (B, F, S, width)
        scene = self.norm_scene((words[:, 0].to(self.slots.dtype) * self.slots).sum(1))
        changes = self.change(scene[prompt_of] + self.kind(kinds))
        changes = changes[:, :, None].chunk(len(self.up), -1)  # each (B, F, 1, 3 * width)
        for up, down, change in zip(self.up, self.down, changes, strict=True):
            shift, scale, gate = change.chunk(3, -1)
            y = self.norm(x) * (1 + scale) + shift
            inner = F.gelu(up(y), approximate="tanh")
            x = x + (1 + gate) * down(F.dropout(inner, self.dropped) if self.dropped else inner)
        known = told[:, :, None, None].to(x.dtype)
        x, moved = self.norm(x) * known, moves.to(x.dtype) * known
        mean, features, moved = (part.unflatten(2, (h, w)) for part in (self.write(x), x, moved))
        return Drafted(told, mean, features, moved, spots)


def cosines(count: int, like: Tensor) -> Tensor:
    """(count, WAVES): the first cosines of the discrete transform over `count` places."""
    places = (torch.arange(count, device=like.device) + 0.5) / count
    return (math.pi * places[:, None] * torch.arange(WAVES, device=like.device)).cos().to(like.dtype)
