"""The network that turns noise into latents, one window of latent frames at a time.

Shape letters: B clips, F latent frames of the window, h x w latent pixels, S = h * w tokens of a frame, N = F * S,
C latent channels, D width, P prompts, L words.

Every latent frame has a noise level of its own and a mark that says whether it is given (diffusion forcing, Chen et al.
2024, arXiv 2407.01392), and reads the words of its own prompt. All tokens of a window attend to all others.

What the prompt's sketch and, of the rest, the best linear guess of each channel leave over is all that the layers have
to find (Karras et al. 2022, arXiv 2206.00364, table 1, with a deviation for every channel): noise need not pass through
them, and at high noise words need not find their way.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from .attention import attention
from .blocking import MOVES
from .presets import TransformerConfig
from .rotary import rotate
from .sketch import Draft, Drafted, Sketch

ANCHOR = 4  # latent frames that an anchor, however far back, is placed before its window
WAVES = 64  # frequencies of the noise level's embedding
PLACE = 6  # frequencies of a token's place in the picture, each way


class Transformer(nn.Module):
    """Predicts the velocity noise - data of each latent frame.

    `deviation` (2, C) is the root mean square of what the sketch leaves of the data's channels, of latent frames that
    stand for four pictures and for one.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        d = config.width
        self.config = config
        self.sketch = Sketch(config.text_width, config.channels)
        self.draft = Draft(config.text_width, config.channels)
        self.read = nn.Linear(config.channels, d)
        self.compare = nn.Linear(config.channels, d, bias=False)
        self.look = nn.Linear(self.draft.width, d, bias=False)
        self.carry = nn.Linear(MOVES, d, bias=False)
        self.place = nn.Linear(4 * PLACE, d, bias=False)  # `read` has one; two would have one gradient
        self.level = nn.Sequential(nn.Linear(2 * WAVES, d), nn.SiLU(), nn.Linear(d, d))
        self.kind = nn.Embedding(4, d)  # one picture or four, wanted or given
        self.gist = nn.Linear(config.text_width, d)
        self.modulate = nn.Linear(d, 6 * d)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(d, eps=1e-6, elementwise_affine=False)
        self.modulate_last = nn.Linear(d, 2 * d)
        self.write = nn.Linear(d, config.channels)
        self.register_buffer("deviation", torch.ones(2, config.channels))
        for layer in (self.modulate, self.modulate_last, self.write):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        for layer in (self.compare, self.look, self.carry):
            nn.init.zeros_(layer.weight)

    def forward(
        self, latents: Tensor, levels: Tensor, given: Tensor, text: Tensor, text_mask: Tensor, prompt_of: Tensor,
        positions: Tensor, single: Tensor, kept: Tensor | None = None,
        blocking: tuple[Tensor, Tensor, Tensor] | Drafted | None = None, sketched: str = "",
    ) -> Tensor | tuple[Tensor | None, Tensor | None, Tensor | None]:  # fmt: skip
        """Velocities (B, F, h, w, C); if `sketched` is "too" also the sketches by words alone and the drafts by words
        and blocking (B, F, h, w, C) from which they were found; if it is "only" drafts, and None for the others.

        No gradient goes from velocities to sketches and drafts: they are taught to be means, and nothing else.

        latents    (B, F, h, w, C)  noised, or clean where given
        levels     (B, F) float     0 clean, 1 noise
        given      (B, F) bool      frames that are conditions, not to be made
        text       (P, L, text width), text_mask (P, L) bool: the encoded prompts
        prompt_of  (B, F) int       which prompt is each latent frame's
        positions  (B, F) int       place in the window, see `window_positions`
        single     (B, F) bool      latent frame 0 of a clip, which stands for one picture
        kept       (B, F, K) int    in training: the tokens of each frame that go through the middle blocks; the others
                                    skip them (TREAD, Krause et al. 2025, arXiv 2501.04765)
        blocking   numbers (B, F, 2, N), told (B, F) bool, words (P, 1 + A, K, text width): see `blocking.py`; or what
                   the draft has made of them, which is the same at every noise level
        """
        self._check(latents)
        b, f, h, w, _ = latents.shape
        tell = self.read.weight.dtype
        kinds = single.long()
        drafted = blocking
        if blocking is not None and not isinstance(blocking, Drafted):
            drafted = self.draft(blocking, prompt_of, kinds, h, w)
        if sketched == "only":
            return None, None, drafted.mean
        text = text.to(tell)
        share = text_mask.to(tell)[..., None]
        gist = (text * share).sum(1) / share.sum(1).clamp_min(1)  # (P, text width)
        sketch = known = self.sketch(gist, h, w)[prompt_of, kinds]
        if drafted is not None:
            known = torch.where(drafted.told[:, :, None, None, None], drafted.mean, sketch)
        known, deviation = known.detach().float(), self.deviation[kinds]
        scale_in, skip, scale_out = preconditioning(deviation, levels)
        rest = latents - (1 - levels[..., None, None, None]) * known
        x = self.read((scale_in * rest).to(tell)) + self.place(places(h, w, latents.device).to(tell))
        x = x + self.compare((known / deviation[:, :, None, None]).to(tell))
        if drafted is not None:
            x = x + self.look(drafted.features.detach()) + self.carry(drafted.moves)
        x = x.reshape(b, f * h * w, -1)  # (B, N, D)
        c = self.level(waves(levels).to(tell)) + self.kind(kinds + 2 * given.long())
        c = F.silu(c + self.gist(gist)[prompt_of])  # (B, F, D)
        changes = self.modulate(c)
        turns = self._turns(positions, h, w, drafted)
        route = None if kept is None else routes(kept, h * w)
        for number, block in enumerate(self.blocks):
            if route is None or not 2 <= number < len(self.blocks) - 1:
                x = block(x, changes, turns, text, text_mask, prompt_of)
            else:
                x = routed(block, x, route, changes, turns, text, text_mask, prompt_of)
        shift, scale = self.modulate_last(c).chunk(2, -1)
        x = self.norm(x).reshape(b, f, h * w, -1) * (1 + scale[:, :, None]) + shift[:, :, None]
        velocity = skip * rest - scale_out * self.write(x).reshape(b, f, h, w, -1) - known
        return (velocity, sketch, drafted and drafted.mean) if sketched else velocity

    def _turns(self, positions: Tensor, h: int, w: int, drafted: Drafted | None) -> tuple[Tensor, Tensor]:
        """Rotary positions of the first half of the heads by place in the picture, of the others by place in the world.

        Where no blocking is told the picture is the world.
        """
        heads, size = self.config.heads, self.config.width // self.config.heads
        spots = token_places(h, w, positions.device).expand(*positions.shape, h * w, 2)
        flat = rotations(positions, spots, size)
        if drafted is None:
            return flat
        world = rotations(positions, torch.where(drafted.told[:, :, None, None], drafted.spots, spots), size)
        return tuple(
            torch.cat([a.expand(-1, heads // 2, -1, -1), b.expand(-1, heads - heads // 2, -1, -1)], 1)
            for a, b in zip(flat, world, strict=True)
        )

    def _check(self, latents: Tensor) -> None:
        frames, channels = latents.shape[1], latents.shape[-1]
        if channels != self.config.channels:
            raise RequestError(f"latents of {channels} channels; these weights take {self.config.channels}")
        if frames > self.config.window + 1:
            raise RequestError(
                f"{frames} latent frames at once; these weights see {self.config.window} and an anchor: sample longer "
                "clips in windows"
            )


class Block(nn.Module):
    """Attention over the window, attention to the words of the frame's prompt, and a two-layer network."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        d, self.heads = config.width, config.heads
        self.norm = nn.RMSNorm(d, eps=1e-6, elementwise_affine=False)
        self.own_change = nn.Parameter(torch.zeros(6 * d))
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.norm_q, self.norm_k = nn.RMSNorm(d // self.heads, eps=1e-6), nn.RMSNorm(d // self.heads, eps=1e-6)
        self.mix = nn.Linear(d, d, bias=False)
        self.norm_words = nn.RMSNorm(d, eps=1e-6)
        self.ask = nn.Linear(d, d, bias=False)
        self.words = nn.Linear(config.text_width, 2 * d, bias=False)
        self.norm_ask, self.norm_word = nn.RMSNorm(d // self.heads, eps=1e-6), nn.RMSNorm(d // self.heads, eps=1e-6)
        self.tell = nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        for layer in (self.mix, self.tell, self.down):
            nn.init.zeros_(layer.weight)

    def forward(
        self, x: Tensor, changes: Tensor, turns: tuple[Tensor, Tensor], text: Tensor, text_mask: Tensor,
        prompt_of: Tensor,
    ) -> Tensor:  # fmt: skip
        b, f, _ = changes.shape
        s, d = x.shape[1] // f, x.shape[2]
        shift, scale, gate, shift_up, scale_up, gate_up = (
            part[:, :, None] for part in (changes + self.own_change).chunk(6, -1)  # each (B, F, 1, D)
        )  # fmt: skip

        def changed(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
            return (self.norm(x).reshape(b, f, s, d) * (1 + scale) + shift).reshape(b, f * s, d)

        def gated(x: Tensor, gate: Tensor) -> Tensor:
            return (x.reshape(b, f, s, d) * (1 + gate)).reshape(b, f * s, d)

        x = x + gated(self._attend(changed(x, scale, shift), turns), gate)
        x = x + self._read_words(x, text, text_mask, prompt_of, f)
        return x + gated(
            self.down(F.gelu(self.up(changed(x, scale_up, shift_up)), approximate="tanh")), gate_up
        )  # fmt: skip

    def _attend(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = attention(rotate(self.norm_q(q), turns), rotate(self.norm_k(k), turns), v)
        return self.mix(x.transpose(1, 2).reshape(b, n, d))

    def _read_words(self, x: Tensor, text: Tensor, text_mask: Tensor, prompt_of: Tensor, frames: int) -> Tensor:
        b, n, d = x.shape
        p, words, _ = text.shape
        q = self.ask(self.norm_words(x)).reshape(b * frames, n // frames, self.heads, d // self.heads)
        k, v = self.words(text).reshape(p, words, 2, self.heads, d // self.heads).unbind(2)
        k = self.norm_word(k)
        index = prompt_of.reshape(-1)
        k, v, seen = k[index].transpose(1, 2), v[index].transpose(1, 2), text_mask[index][:, None, None]
        x = attention(self.norm_ask(q).transpose(1, 2), k, v, seen)
        return self.tell(x.transpose(1, 2).reshape(b, n, d))


def preconditioning(deviation: Tensor, levels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Factors (B, F, 1, 1, C) of what goes in, of it in the velocity, and of what comes out (there subtracted).

    From deviations (B, F, C) of the data and levels (B, F). What goes in has deviation 1. With nothing coming out the
    velocity is that of the best linear guess; what is missing has deviation 1, too.
    """
    t, s = levels[..., None].float(), deviation.float()
    variance = ((1 - t) * s).square() + t.square()
    root = variance.sqrt()
    parts = 1 / root, (t - (1 - t) * s.square()) / variance, s / root
    return tuple(part[:, :, None, None] for part in parts)


# ----------------------------------------------------------------------------------------------------- routing


def routes(kept: Tensor, tokens: int) -> Tensor:
    """Tokens of each frame (B, F, K) to tokens of the window (B, F * K), of `tokens` in a frame."""
    b, f, _ = kept.shape
    return (kept + tokens * torch.arange(f, device=kept.device)[:, None]).reshape(b, -1)


def routed(
    block: Block, x: Tensor, route: Tensor, changes: Tensor, turns: tuple[Tensor, Tensor], *words: Tensor
) -> Tensor:
    """A block on the tokens (B, R) of (B, N, D) only; the others pass it by."""
    index = route[..., None].expand(-1, -1, x.shape[-1])
    pairs = route[:, None, :, None].expand(-1, turns[0].shape[1], -1, turns[0].shape[-1])
    some = block(x.gather(1, index), changes, tuple(part.gather(2, pairs) for part in turns), *words)
    return x.scatter(1, index, some)


# --------------------------------------------------------------------------------------------------- positions


def window_positions(indices: list[int]) -> tuple[Tensor, Tensor]:
    """Positions (F,) and `single` (F,) of a window, from the true indices of its latent frames in the clip.

    The window's frames count from 0; a frame that lies before a gap is an anchor and is placed `ANCHOR` frames before
    them, whatever the gap, so that the network meets no distance that it has not been trained on.
    """
    start = indices[0]
    for before, after in pairwise(indices):
        if after - before > 1 and after > 0:
            start = after
    positions = [index - start if index >= start else max(index - start, -ANCHOR) for index in indices]
    return torch.tensor(positions), torch.tensor([index == 0 for index in indices])


def waves(levels: Tensor) -> Tensor:
    """Sines and cosines (..., 2 * WAVES) of noise levels 0..1."""
    speeds = torch.exp(torch.linspace(0, math.log(1000.0), WAVES, device=levels.device))
    angles = levels.float()[..., None] * speeds
    return torch.cat([angles.cos(), angles.sin()], -1)


def places(h: int, w: int, device: torch.device) -> Tensor:
    """(h, w, 4 * PLACE): where in the picture a token is, as waves over its height and width (-1..1 at the edges)."""
    speeds = math.pi / 2 * 2.0 ** torch.arange(PLACE, device=device)
    rows = ((torch.arange(h, device=device) + 0.5) / h * 2 - 1)[:, None] * speeds
    columns = ((torch.arange(w, device=device) + 0.5) / w * 2 - 1)[:, None] * speeds
    rows = torch.cat([rows.cos(), rows.sin()], -1)[:, None].expand(h, w, 2 * PLACE)
    columns = torch.cat([columns.cos(), columns.sin()], -1)[None].expand(h, w, 2 * PLACE)
    return torch.cat([rows, columns], -1)


def token_places(h: int, w: int, device: torch.device) -> Tensor:
    """(S, 2): rows and columns, counted from the picture's centre, so that other aspects share the middle."""
    rows = (torch.arange(h, device=device) - (h - 1) / 2)[:, None].expand(h, w)
    columns = (torch.arange(w, device=device) - (w - 1) / 2).expand(h, w)
    return torch.stack([rows, columns], -1).reshape(h * w, 2)


def rotations(positions: Tensor, spots: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (B, 1, N, size / 2) of rotary positions: a quarter of the pairs for time, the rest for place.

    From places in time (B, F), and rows and columns (B, F, S, 2).
    """
    b, f, s, _ = spots.shape
    pairs = size // 2
    of_time = pairs // 4
    of_rows = (pairs - of_time) // 2
    axes = [
        (positions.float()[:, :, None].expand(b, f, s), of_time),
        (spots[..., 0], of_rows),
        (spots[..., 1], pairs - of_time - of_rows),
    ]
    angles = [axis[..., None] * 100.0 ** -(torch.arange(count, device=axis.device) / count) for axis, count in axes]
    flat = torch.cat(angles, -1).reshape(b, 1, f * s, pairs)
    return flat.cos(), flat.sin()
