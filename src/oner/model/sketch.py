"""What a prompt alone says of a picture: the mean of all pictures that it describes, coarsely.

Shape letters: P prompts, h x w latent pixels, C latent channels, D width of the text, R rank.

At high noise a network has nothing but the prompt, and the best that it can say is that mean. Learned through the
denoising loss alone, words found their way there very slowly (LOG.md); learned directly, from the words to the picture,
they explain a quarter of what stills differ in after a few minutes. What is left over is the transformer's work.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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


def cosines(count: int, like: Tensor) -> Tensor:
    """(count, WAVES): the first cosines of the discrete transform over `count` places."""
    places = (torch.arange(count, device=like.device) + 0.5) / count
    return (math.pi * places[:, None] * torch.arange(WAVES, device=like.device)).cos().to(like.dtype)
