"""Video to latents and back: transformer blocks on patches, causal in time, built of matrix products.

Shape letters: B clips, T pictures, F latent frames (T = 1 + 4(F - 1)), H x W pixels, h x w latent pixels (a sixteenth),
C latent channels, D width, S = h * w, p = 16 pixels, P = p * scale.

Picture 0 is a latent frame of its own, so a still is a clip of one picture; every further latent frame holds four
pictures. No latent frame sees a later one, and each block reaches one latent frame back: a clip can be encoded and
decoded in pieces of any length, and the pieces are those of the whole. The decoder paints `scale` times the pixels that
the encoder saw; it learns them from larger renders of the same scenes.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from .presets import TokenizerConfig

GROUP = 4  # pictures in a latent frame after the first
PATCH = 16  # pixels a side of a latent pixel


class Tokenizer(nn.Module):
    """Encoder, decoder, and the mean and standard deviation that bring the latents' channels to one scale."""

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.register_buffer("mean", torch.zeros(config.channels))
        self.register_buffer("std", torch.ones(config.channels))

    def encode(self, video: Tensor) -> Tensor:
        """(B, T, H, W, 3) in -1..1 to (B, F, h, w, C), mean 0 and deviation about 1 over the training data.

        Raises RequestError unless T is 1 + a multiple of 4 and H and W are multiples of 16.
        """
        check_video(video)
        return self.normal(self.encoder(*to_patches(video)))

    def decode(self, latents: Tensor) -> Tensor:
        """(B, F, h, w, C) to (B, T, scale * H, scale * W, 3), about -1..1 (not clipped)."""
        h, w = latents.shape[2:4]
        first, groups = self.decoder(self.raw(latents))
        return from_patches(first, groups, h, w, PATCH * self.config.scale)

    def normal(self, latents: Tensor) -> Tensor:
        """The encoder's own latents to mean 0 and deviations about 1, larger in channels that paint more."""
        return (latents.float() - self.mean.float()) / self.std.float()

    def raw(self, latents: Tensor) -> Tensor:
        """The inverse of `normal`, in the weights' precision."""
        return (latents * self.std + self.mean).to(self.decoder.from_latent.weight.dtype)

    def decode_stream(self, latents: Iterable[Tensor]) -> Iterator[Tensor]:
        """Decode a clip latent frame by latent frame: each (B, 1, h, w, C) gives (B, 1 or 4, H, W, 3).

        The pictures are those of `decode` on the whole clip; memory does not grow with the clip's length.
        """
        past: list[Tensor | None] = [None] * len(self.decoder.blocks)
        for index, frame in enumerate(latents):
            h, w = frame.shape[2:4]
            first, groups = self.decoder.step(self.raw(frame), past, first=index == 0)
            yield from_patches(first, groups, h, w, PATCH * self.config.scale)


class Encoder(nn.Module):
    """Pictures to latents that are not normalised yet."""

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        pixels = 3 * PATCH * PATCH
        self.read_first = nn.Linear(pixels, config.width)
        self.read_group = nn.Linear(GROUP * pixels, config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.encoder_layers))
        self.to_latent = nn.Linear(config.width, config.channels)

    def forward(self, first: Tensor, groups: Tensor) -> Tensor:
        """Patches (B, 1, h, w, 3pp) and (B, F - 1, h, w, 12pp) to (B, F, h, w, C)."""
        x = self.read_first(first.to(self.read_first.weight.dtype))
        if groups.shape[1]:
            x = torch.cat([x, self.read_group(groups.to(x.dtype))], 1)  # (B, F, h, w, D)
        b, f, h, w, d = x.shape
        x, turns = x.reshape(b, f, h * w, d), rotations(h, w, d // self.blocks[0].heads, x.device)
        for block in self.blocks:
            x = block(x, turns)
        return self.to_latent(x).reshape(b, f, h, w, -1)


class Decoder(nn.Module):
    """Latents to pictures of `scale` times the encoder's size."""

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        pixels = 3 * (PATCH * config.scale) ** 2
        self.from_latent = nn.Linear(config.channels, config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.decoder_layers))
        self.paint_first = nn.Linear(config.width, pixels)
        self.paint_group = nn.Linear(config.width, GROUP * pixels)

    def forward(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        """(B, F, h, w, C) to patches of the larger picture (B, 1, S, 3PP) and (B, F - 1, S, 12PP)."""
        b, f, h, w, _ = latents.shape
        x = self.from_latent(latents)
        x, turns = x.reshape(b, f, h * w, -1), rotations(h, w, x.shape[-1] // self.blocks[0].heads, x.device)
        for block in self.blocks:
            x = block(x, turns)
        return self.paint_first(x[:, :1]), self.paint_group(x[:, 1:])

    def step(self, latents: Tensor, past: list[Tensor | None], first: bool) -> tuple[Tensor, Tensor]:
        """One latent frame after another; `past` keeps what each block said of the frame before."""
        b, _, h, w, _ = latents.shape
        x = self.from_latent(latents)
        x, turns = x.reshape(b, 1, h * w, -1), rotations(h, w, x.shape[-1] // self.blocks[0].heads, x.device)
        for number, block in enumerate(self.blocks):
            x, past[number] = block.step(x, turns, past[number])
        return self.paint_first(x[:, : int(first)]), self.paint_group(x[:, int(first) :])


class Block(nn.Module):
    """Attention within a latent frame, then a network that sees the same place in the frame before."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = nn.RMSNorm(width, eps=1e-6), nn.RMSNorm(width, eps=1e-6)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.up_now = nn.Linear(width, 4 * width)
        self.up_before = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width)
        for layer in (self.mix, self.down):  # at the start a block does nothing: the first and last layers' PCA shows
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self._attend(x, turns)  # (B, F, S, D)
        y = self.norm_mlp(x)
        before = F.pad(y[:, :-1], (0, 0, 0, 0, 1, 0))  # the frame before; zeros before the first
        return x + self._think(y, before)

    def step(self, x: Tensor, turns: tuple[Tensor, Tensor], before: Tensor | None) -> tuple[Tensor, Tensor]:
        x = x + self._attend(x, turns)
        y = self.norm_mlp(x)
        return x + self._think(y, torch.zeros_like(y) if before is None else before), y

    def _think(self, y: Tensor, before: Tensor) -> Tensor:
        return self.down(F.gelu(self.up_now(y) + self.up_before(before), approximate="tanh"))

    def _attend(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        b, f, s, d = x.shape
        qkv = self.qkv(self.norm_attention(x)).reshape(b * f, s, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (B*F, heads, S, D/heads)
        q, k = rotate(q, turns), rotate(k, turns)
        x = F.scaled_dot_product_attention(q, k, v)
        return self.mix(x.transpose(1, 2).reshape(b, f, s, d))


# ------------------------------------------------------------------------------------------ patches and positions


def check_video(video: Tensor) -> None:
    """Raise RequestError unless the clip's length and sides fit the latents' grid."""
    _, t, height, width, _ = video.shape
    if t % GROUP != 1:
        lower = max(1, (t - 1) // GROUP * GROUP + 1)
        raise RequestError(f"pictures={t}: the tokenizer takes 1 + a multiple of 4; try {lower} or {lower + GROUP}")
    if height % PATCH or width % PATCH:
        raise RequestError(f"size={width}x{height}: both sides must be multiples of {PATCH}")


def to_patches(video: Tensor, patch: int = PATCH) -> tuple[Tensor, Tensor]:
    """(B, T, H, W, 3) to the first picture (B, 1, h, w, 3pp) and the groups of four (B, F - 1, h, w, 12pp)."""
    b, t, height, width, c = video.shape
    x = video.reshape(b, t, height // patch, patch, width // patch, patch, c)
    x = x.permute(0, 1, 2, 4, 3, 5, 6).reshape(b, t, height // patch, width // patch, patch * patch * c)
    first, rest = x[:, :1], x[:, 1:]
    groups = rest.reshape(b, (t - 1) // GROUP, GROUP, *rest.shape[2:]).permute(0, 1, 3, 4, 2, 5).flatten(4)
    return first, groups


def from_patches(first: Tensor, groups: Tensor, h: int, w: int, patch: int) -> Tensor:
    """The inverse of `to_patches`, from (B, 1, S, 3pp) and (B, F - 1, S, 12pp). Either may have no frames."""
    b, f = groups.shape[:2]
    groups = (
        groups.reshape(b, f, h * w, GROUP, 3 * patch * patch)
        .transpose(2, 3)
        .reshape(b, f * GROUP, h * w, 3 * patch * patch)
    )
    x = torch.cat([first, groups], 1)
    x = x.reshape(b, x.shape[1], h, w, patch, patch, 3).permute(0, 1, 2, 4, 3, 5, 6)
    return x.reshape(b, x.shape[1], h * patch, w * patch, 3)


def rotations(h: int, w: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines (S, size / 2) of two-dimensional rotary positions (Su et al. 2021, one axis for each half)."""
    quarter = size // 4
    speeds = 64.0 ** -(torch.arange(quarter, device=device) / quarter)
    rows, columns = torch.arange(h, device=device).float(), torch.arange(w, device=device).float()
    angles = torch.cat(
        [
            (rows[:, None, None] * speeds).expand(h, w, quarter),
            (columns[None, :, None] * speeds).expand(h, w, quarter),
        ],
        -1,
    ).reshape(h * w, 2 * quarter)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the pairs (i, i + half) of the last axis of (..., S, size)."""
    cos, sin = (part.to(x.dtype) for part in turns)
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
