"""The last hand on a picture: convolutions that draw what patches alone cannot, and let nothing be seen of their edges.

Shape letters: N pictures, H x W pixels, h x w latent pixels, D width of the decoder.

Each of the decoder's patches is painted by itself, as a weighted sum of as many patterns as the decoder is wide. Here
every pixel sees its surroundings across their edges (a small U-Net, Ronneberger et al. 2015, arXiv 1505.04597), and the
picture that is carried along from the latent frame before: what was drawn once moves on instead of being drawn anew.
Where camera and actors are told, every place of 4 pixels also knows what it looks at (`fine_blocking.py`).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .fine_blocking import SIDE, WORD_WIDTH, Seen

KINDS = 5  # a picture alone, or one of a latent frame's four


class Retouch(nn.Module):
    """`width` channels at places of 4 pixels, twice and three times as many at places of 8 and 16.

    At the start it changes nothing.
    """

    def __init__(self, width: int, decoder_width: int, side: int) -> None:
        super().__init__()
        wide, wider = 2 * width, 3 * width
        self.cells = side // (2 * SIDE)  # places of 8 pixels along a side of a latent pixel
        self.read = nn.Conv2d(7 * SIDE**2, width, 1)
        self.hear = nn.Linear(decoder_width, self.cells**2 * width)
        self.heard = nn.Conv2d(width, wide, 1, bias=False)
        self.kind = nn.Embedding(KINDS, wide)
        self.scene = nn.Linear(WORD_WIDTH, wide, bias=False)
        nn.init.zeros_(self.scene.weight)
        self.fine, self.fine_again = Around(width), Around(width)
        self.down, self.up = nn.Conv2d(4 * width, wide, 1), nn.Conv2d(wide, 4 * width, 1)
        self.middle, self.middle_again = Around(wide), Around(wide)
        self.down_again, self.up_again = nn.Conv2d(4 * wide, wider, 1), nn.Conv2d(wider, 4 * wide, 1)
        self.coarse = Around(wider)
        self.write = nn.Conv2d(width, 4 * SIDE**2, 1)
        self.lean = nn.Conv2d(width, SIDE**2, 1)
        for layer in (self.write, self.lean):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, painted: Tensor, said: Tensor, kinds: Tensor, moved: Tensor | None = None, logit: Tensor | None = None,
        look: Seen | None = None,
    ) -> Tensor:  # fmt: skip
        """Pictures (N, 3, H, W) from painted ones, what the decoder's blocks `said` (N, h, w, D), and their kinds (N,):
        0 is a picture alone, 1 to 4 its number in the latent frame.

        `moved` (N, 3, H, W) is the picture before as it moves, `logit` (N, 1, H, W) that of the share taken from it.
        `look` is what the places of SIDE pixels look at, where that is known.
        """
        n, h, w, _ = said.shape
        dtype = self.read.weight.dtype
        seen = painted if moved is None else moved
        share = painted.new_zeros(painted[:, :1].shape) if logit is None else logit.sigmoid()
        x = torch.cat([part.to(dtype) for part in (painted, seen, share)], 1)
        x = self.read(F.pixel_unshuffle(x, SIDE).contiguous(memory_format=torch.channels_last))
        if look is not None:
            x = x + look.places
        fine = self.fine(x)
        heard = self.hear(said.to(dtype)).reshape(n, h, w, self.cells, self.cells, -1)
        heard = heard.permute(0, 5, 1, 3, 2, 4).reshape(n, -1, h * self.cells, w * self.cells)
        x = self.down(F.pixel_unshuffle(fine, 2)) + self.heard(heard) + self.kind(kinds)[:, :, None, None]
        if look is not None:
            x = x + self.scene(look.scene)[:, :, None, None]
        middle = self.middle(x)
        x = self.coarse(self.down_again(F.pixel_unshuffle(middle, 2)))
        x = self.middle_again(middle + F.pixel_shuffle(self.up_again(x), 2))
        x = self.fine_again(fine + F.pixel_shuffle(self.up(x), 2))
        change = F.pixel_shuffle(self.write(x), SIDE).to(painted.dtype)
        painted = painted + change[:, :3]
        if look is not None:  # it leans on what is guessed, from 0 (not at all) to 1 or beyond
            lean = F.pixel_shuffle(self.lean(x), SIDE) * look.known[:, None, None, None]
            painted = painted + lean.to(painted.dtype) * (look.guess.to(painted.dtype) - painted)
        if moved is None:
            return painted
        return painted + (logit + change[:, 3:]).sigmoid() * (moved - painted)


class Around(nn.Module):
    """What lies around a place: two convolutions of 3 x 3, added to what is there."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.Parameter(torch.ones(width))
        self.first, self.second = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight *= 0.1

    def forward(self, x: Tensor) -> Tensor:
        y = F.layer_norm(x.permute(0, 2, 3, 1), self.norm.shape, self.norm, eps=1e-6).permute(0, 3, 1, 2)
        return x + self.second(F.gelu(self.first(y), approximate="tanh"))
