"""Video to latents and back: transformer blocks on patches, causal in time, built of matrix products.

Shape letters: B clips, T pictures, F latent frames (T = 1 + 4(F - 1)), H x W pixels, h x w latent pixels (a sixteenth),
C latent channels, D width, S = h * w, p = 16 pixels, P = p * scale.

Picture 0 is a latent frame of its own, so a still is a clip of one picture; every further latent frame holds four
pictures. No latent frame sees a later one, and each block reaches one latent frame back: a clip can be encoded and
decoded in pieces of any length, and the pieces are those of the whole. The decoder paints `scale` times the pixels that
the encoder saw; it learns them from larger renders of the same scenes. What moves it need not paint anew: every picture
is partly the last one of the latent frame before, carried along by a field of moves that the decoder gives as well.
Convolutions have the last word on every picture (`retouch.py`). Where the decoder is told where camera and actors are
and what they are called (`fine_blocking.Told`), it need not read that from the latents.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from .attention import attention
from .blocking import MOVES
from .fine_blocking import DOT, FineReader, Seen, Told, pictures_between
from .presets import TokenizerConfig
from .retouch import Retouch
from .rotary import rotate
from .text import Vocabulary

GROUP = 4  # pictures in a latent frame after the first
PATCH = 16  # pixels a side of a latent pixel
CELLS = 4  # cells a side of a latent pixel: each has a move and a share of what is carried along
HELD = 0.75  # share of what is guessed in what is shown, where all is: an adversary taught the convolutions dots
PAINTED = 2.0  # at the start, the logit of what is painted against what is carried along


class Tokenizer(nn.Module):
    """Encoder, decoder, and what brings the latents' channels to one scale and the two kinds of frames to one language.

    Latents of four pictures are turned (`turn`, orthogonal, and `offset`) so that of four equal pictures they are
    nearly those of one: what a transformer learns from stills then holds for clips. `vocabulary` gives the numbers of
    the words that the decoder is told; without one it is told none.
    """

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.config = config
        self.vocabulary: Vocabulary | None = None
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.register_buffer("mean", torch.zeros(config.channels))
        self.register_buffer("std", torch.ones(config.channels))
        self.register_buffer("turn", torch.eye(config.channels))
        self.register_buffer("offset", torch.zeros(config.channels))

    def encode(self, video: Tensor) -> Tensor:
        """(B, T, H, W, 3) in -1..1 to (B, F, h, w, C), mean 0 and deviation about 1 over the training data.

        Raises RequestError unless T is 1 + a multiple of 4 and H and W are multiples of 16.
        """
        check_video(video)
        return self.normal(self.encoder(*to_patches(video)))

    def decode(self, latents: Tensor, told: Told | None = None, carry: float = 0.0, lean: float = 0.0) -> Tensor:
        """(B, F, h, w, C) to (B, T, scale * H, scale * W, 3), about -1..1 (not clipped).

        `told` is what is known of camera and actors. `carry` is added, in clips of which that is known, to the logit of
        the share of the picture before that is carried along. There, too, a share of `lean` of what is painted is what
        is guessed of what is told (`fine_blocking.py`), before pictures are retouched; and HELD of that again
        afterwards, unless the decoder is being taught.
        """
        return self.decoder(self.raw(latents), told, carry, lean)

    def normal(self, latents: Tensor, first: int = 1) -> Tensor:
        """The encoder's own latents to mean 0 and deviations about 1, larger in channels that paint more.

        Frames before `first` stand for one picture, the others, which are turned, for four.
        """
        x = (latents.float() - self.mean.float()) / self.std.float()
        return torch.cat([x[:, :first], x[:, first:] @ self.turn.float().T + self.offset.float()], 1)

    def raw(self, latents: Tensor, first: int = 1) -> Tensor:
        """The inverse of `normal`, in the weights' precision."""
        latents = latents.float()
        x = torch.cat([latents[:, :first], (latents[:, first:] - self.offset.float()) @ self.turn.float()], 1)
        return (x * self.std.float() + self.mean.float()).to(self.decoder.from_latent.weight.dtype)

    def decode_stream(
        self, latents: Iterable[Tensor], told: Told | None = None, carry: float = 0.0, lean: float = 0.0
    ) -> Iterator[Tensor]:
        """Decode a clip latent frame by latent frame: each (B, 1, h, w, C) gives (B, 1 or 4, H, W, 3).

        What is `told` is of the whole clip. The pictures are those of `decode` on the whole clip; memory does not grow
        with the clip's length.
        """
        past = Past([None] * len(self.decoder.blocks))
        for index, frame in enumerate(latents):
            here = None if told is None else told.frames(slice(index, index + 1))
            yield self.decoder.step(self.raw(frame, int(index == 0)), past, index == 0, here, carry, lean)


@dataclass
class Past:
    """What a stream keeps of the latent frame before: what each block said, and the last picture (B, 3, H, W)."""

    blocks: list[tuple[Tensor, Tensor] | None]
    picture: Tensor | None = None


class Painted(NamedTuple):
    """What the decoder's layers make of latent frames, before one picture follows another."""

    pictures: Tensor  # (B, T, H, W, 3)
    moves: Tensor  # (B, G, 4, 3, h * CELLS, w * CELLS) of the frames that hold four pictures, see `Decoder.together`
    said: Tensor  # (B, F, h, w, D), what the last block said


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
        self.side = PATCH * config.scale
        pixels = 3 * self.side**2
        self.from_latent = nn.Linear(config.channels, config.width)
        self.from_moves = nn.Linear(MOVES, config.width, bias=False)
        nn.init.zeros_(self.from_moves.weight)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.decoder_layers))
        self.paint_first = nn.Linear(config.width, pixels)
        self.paint_group = nn.Linear(config.width, GROUP * pixels)
        self.move = nn.Linear(config.width, GROUP * 3 * CELLS**2)
        self.retouch = Retouch(config.retouch, config.width, self.side)
        self.look = FineReader(config.retouch, config.rows)
        with torch.no_grad():  # at the start nothing moves and little is carried along
            self.move.weight.zero_()
            self.move.bias.copy_(torch.tensor([0.0, 0.0, -PAINTED]).repeat_interleave(CELLS**2).repeat(GROUP))

    def forward(self, latents: Tensor, told: Told | None = None, carry: float = 0.0, lean: float = 0.0) -> Tensor:
        """(B, F, h, w, C) and what is told of it to (B, T, H, W, 3) of the larger size."""
        return self.together(self.paint(latents, told), told=told, carry=carry, lean=lean)

    def step(
        self, latents: Tensor, past: Past, first: bool, told: Told | None = None, carry: float = 0.0, lean: float = 0.0
    ) -> Tensor:
        """One latent frame after another: (B, 1, h, w, C) to its picture or four pictures."""
        x = self._begin(latents, told)
        b, _, h, w, d = x.shape
        x, turns = x.reshape(b, 1, h * w, d), rotations(h, w, d // self.blocks[0].heads, x.device)
        for number, block in enumerate(self.blocks):
            x, past.blocks[number] = block.step(x, turns, past.blocks[number])
        pictures = self.together(self._say(x, int(first), h, w), past.picture, told, carry, lean)
        past.picture = pictures[:, -1].movedim(-1, 1)
        return pictures

    def _begin(self, latents: Tensor, told: Told | None) -> Tensor:
        x = self.from_latent(latents.to(self.from_latent.weight.dtype))
        return x if told is None else x + self.from_moves(told.moves.to(x.dtype)).reshape(x.shape)

    def paint(self, latents: Tensor, told: Told | None = None) -> Painted:
        """Of latents (B, F, h, w, C), the first of which stands for one picture."""
        x = self._begin(latents, told)
        b, f, h, w, d = x.shape
        x, turns = x.reshape(b, f, h * w, d), rotations(h, w, d // self.blocks[0].heads, x.device)
        for block in self.blocks:
            x = block(x, turns)
        return self._say(x, 1, h, w)

    def _say(self, x: Tensor, first: int, h: int, w: int) -> Painted:
        painted = from_patches(self.paint_first(x[:, :first]), self.paint_group(x[:, first:]), h, w, self.side)
        moves = self.move(x[:, first:])
        b, groups = moves.shape[:2]
        moves = moves.reshape(b, groups, h, w, GROUP, 3, CELLS, CELLS).permute(0, 1, 4, 5, 2, 6, 3, 7)
        moves = moves.reshape(b, groups, GROUP, 3, h * CELLS, w * CELLS)
        return Painted(painted, moves, x.reshape(b, first + groups, h, w, -1))

    def together(
        self,
        painted: Painted,
        last: Tensor | None = None,
        told: Told | None = None,
        carry: float = 0.0,
        lean: float = 0.0,
    ) -> Tensor:
        """Pictures (B, T, H, W, 3): what is painted, with what is carried along from before, retouched.

        A cell's move says where in the picture before the group its content was, right and down in latent pixels; its
        third number is the logit of the share that is taken from there, to which `carry` is added in clips that are
        known. `last` (B, 3, H, W) is the picture before.
        Gradients do not reach from one group to the group before.
        """
        pictures, moves, said = painted
        start = pictures.shape[1] - GROUP * moves.shape[1]
        singles = said.shape[1] - moves.shape[1]
        made = []
        if start:
            here = None if told is None else told.frames(slice(0, singles))
            made.append(self._drawn(pictures[:, :start], said[:, :singles], here, lean=lean))
        for group in range(moves.shape[1]):
            four, frame = pictures[:, start + GROUP * group :][:, :GROUP], slice(singles + group, singles + group + 1)
            here = None if told is None else told.frames(frame)
            if made:
                last = made[-1][:, -1].movedim(-1, 1)
            made.append(self._drawn(four, said[:, frame], here, moves[:, group], last, carry, lean))
        return torch.cat(made, 1)

    def _drawn(
        self, painted: Tensor, said: Tensor, told: Told | None, moves: Tensor | None = None, last: Tensor | None = None,
        carry: float = 0.0, lean: float = 0.0,
    ) -> Tensor:  # fmt: skip
        """Pictures (B, n, H, W, 3) retouched, each partly the picture `last` (B, 3, H, W) moved if there is one."""
        b, n, height, width, _ = painted.shape
        look = None if told is None else self._looked(told, n, height // DOT, width // DOT)
        kinds = torch.zeros(n, dtype=torch.long) if moves is None else 1 + torch.arange(n)
        kinds = kinds.to(painted.device).expand(b, n).flatten()
        said = said.expand(b, n, *said.shape[2:]).flatten(0, 1)
        flat = painted.flatten(0, 1).movedim(-1, 1)  # (B * n, 3, H, W)
        if look is not None and lean:
            flat = flat + lean * look.known[:, None, None, None] * (look.guess.to(flat.dtype) - flat)
        if last is None:
            made = self.retouch(flat, said, kinds, look=look)
        else:
            moved, logit = carried(last.detach(), moves, n)
            if told is not None:
                logit = logit + carry * told.known.repeat_interleave(n)[:, None, None, None].to(logit.dtype)
            made = self.retouch(flat, said, kinds, moved, logit, look)
        if look is not None and lean and not self.training:
            made = made + HELD * lean * look.known[:, None, None, None] * (look.guess.to(made.dtype) - made)
        return made.movedim(1, -1).reshape(b, n, height, width, 3)

    def _looked(self, told: Told, pictures: int, rows: int, columns: int) -> Seen:
        """What the places of all `pictures` of each clip look at; those of one latent frame, or one of each."""
        frames = told.words.shape[1]
        each = pictures // frames
        numbers, words = pictures_between(told.numbers, each), told.words.repeat_interleave(each, 1)
        known = told.known.repeat_interleave(pictures)
        return self.look(numbers.flatten(0, 1), words.flatten(0, 1), known, rows, columns)


def carried(last: Tensor, moves: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """`count` times the picture `last` (B, 3, H, W), moved by (B, count, 3, rows, columns) of cells, and the logit of
    the share that is taken from it: (B * count, 3, H, W) and (B * count, 1, H, W); see `Decoder.together`.
    """
    b, _, height, width = last.shape
    side = CELLS * height / moves.shape[-2]
    fine = F.interpolate(moves.flatten(0, 1).float(), (height, width), mode="bilinear")  # (B * n, 3, H, W)
    moved = sampled(last.float()[:, None].expand(b, count, 3, height, width).flatten(0, 1), side * fine[:, :2])
    return moved.to(last.dtype), fine[:, 2:].to(last.dtype)


def sampled(pictures: Tensor, moves: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) seen at each pixel's place plus its move (N, 2, H, W), right and down in pixels."""
    height, width = pictures.shape[2:]
    columns = (torch.arange(width, device=moves.device) + 0.5 + moves[:, 0]) * (2 / width) - 1
    rows = (torch.arange(height, device=moves.device)[:, None] + 0.5 + moves[:, 1]) * (2 / height) - 1
    return F.grid_sample(pictures, torch.stack([columns, rows], -1), "bilinear", "border", align_corners=False)


class Block(nn.Module):
    """Attention to a latent frame and the one before it, then a two-layer network.

    Looking back at all places of the frame before lets the decoder carry detail along as the camera moves, instead of
    storing it anew in every latent frame. The first frame looks at itself twice.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = nn.RMSNorm(width, eps=1e-6), nn.RMSNorm(width, eps=1e-6)
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.before = nn.Parameter(torch.zeros(heads, 1, width // heads))  # tells the frame before's keys apart
        nn.init.normal_(self.before, std=0.1)
        self.mix = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        for layer in (self.mix, self.down):  # at the start a block does nothing: the first and last layers' PCA shows
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        y = self.norm_attention(x)  # (B, F, S, D)
        key, value = self._read(y, turns)
        past = (torch.cat([part[:, :1], part[:, :-1]], 1) for part in (key, value))
        return self._finish(x, y, turns, key, value, *past)

    def step(
        self, x: Tensor, turns: tuple[Tensor, Tensor], past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One frame (B, 1, S, D); `past` is what the step before gave as its second result, None at the first."""
        y = self.norm_attention(x)
        own = self._read(y, turns)
        return self._finish(x, y, turns, *own, *(own if past is None else past)), own

    def _read(self, y: Tensor, turns: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        b, f, s, d = y.shape
        key, value = self.key_value(y).reshape(b, f, s, 2, self.heads, d // self.heads).permute(3, 0, 1, 4, 2, 5)
        return rotate(key, turns), value  # (B, F, heads, S, D / heads)

    def _finish(
        self, x: Tensor, y: Tensor, turns: tuple[Tensor, Tensor], key: Tensor, value: Tensor, key_before: Tensor,
        value_before: Tensor,
    ) -> Tensor:  # fmt: skip
        b, f, s, d = x.shape
        query = rotate(self.query(y).reshape(b, f, s, self.heads, d // self.heads).transpose(2, 3), turns)
        keys = torch.cat([key_before + self.before, key], 3).flatten(0, 1)
        values = torch.cat([value_before, value], 3).flatten(0, 1)
        z = attention(query.flatten(0, 1), keys, values)  # (B * F, heads, S, D / heads)
        x = x + self.mix(z.transpose(1, 2).reshape(b, f, s, d))
        return x + self.down(F.gelu(self.up(self.norm_mlp(x)), approximate="tanh"))


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
