"""The lesson of what places and actors look like: pictures are guessed from what is told of them alone."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ..model.fine_blocking import DOT, SIDE, Told, bodies, near_limbs, pictures_between
from ..model.tokenizer import GROUP, Tokenizer

OFFERED = 4  # times as many places as are learned
CLOSER = 0.25  # pictures of which only places near limbs are learned, for each picture
LEAST_BODIES = 0.01  # share of the pixels that actors count as at least: a leg that looks in is not worth a picture


def loss_of_looks(tokenizer: Tokenizer, video: Tensor, told: Told, seed: int, share: float) -> tuple[Tensor, Tensor]:
    """The loss of what the decoder guesses of pictures (B, T, 2H, 2W, 3) from what it is told alone, and the mean
    square error. Clips of which nothing is known do not count. Of the places a `share` is drawn by the seed: more
    pictures teach more than more places of one.
    """
    count, rows, columns = video.shape[1], video.shape[2] // DOT, video.shape[3] // DOT
    numbers, known = numbers_of(told, count).flatten(0, 1), told.known.repeat_interleave(count)
    words = told.words[:, :1].expand(-1, count, -1, -1).flatten(0, 1)
    generator = torch.Generator().manual_seed(seed)
    only = torch.randint(
        rows * columns, (len(numbers), math.ceil(OFFERED * share * rows * columns)), generator=generator
    )
    near = near_limbs(numbers, rows, columns, only.to(video.device)).cpu() & known[:, None].cpu()
    drawn = places_to_learn(only, near, generator)
    which, only, counts = (part.to(video.device) for part in drawn)
    made = tokenizer.decoder.look.guess(numbers[which], words[which], rows, columns, only, generator)
    wanted = F.pixel_unshuffle(video.flatten(0, 1).movedim(-1, 1), DOT).flatten(2).mT  # (B * T, S, 12)
    miss = (made.float() - wanted[which[:, None], only]) * known[which, None, None]
    shown = bodies(numbers[which], rows, columns, only) & known[which, None]
    apart, bodily = miss.abs().mean(-1) * counts, counts * shown
    figures = (apart * shown).sum() / bodily.sum().clamp_min(LEAST_BODIES)
    return apart.sum() + figures, (miss.square().mean(-1) * counts).sum().detach()


def places_to_learn(offered: Tensor, near: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Which of M pictures (K,), which of the places that are `offered` of them (M, S) by chance (K, S / OFFERED), and
    how much each counts, 1 together.

    Where somebody with limbs is `near` (M, S) there is little to see and a lot to learn: several times as many places
    as elsewhere are drawn there, and count as much less.
    """
    m, some = len(offered), offered.shape[1] // OFFERED
    which, only = torch.arange(m), offered[:, :some]
    areas = near.sum(1)
    if not areas.any():
        return which, only, torch.full(only.shape, 1 / only.numel())
    closer = torch.multinomial(areas.float(), math.ceil(CLOSER * m), True, generator=generator)
    drawn = (torch.rand(len(closer), some, generator=generator) * areas[closer, None]).long()
    there = offered[closer].gather(1, near[closer].int().argsort(dim=1, descending=True).gather(1, drawn))
    counts = ~near[:, :some] / only.numel()
    more = torch.full(there.shape, float(1 - counts.sum()) / there.numel())
    return torch.cat([which, closer]), torch.cat([only, there]), torch.cat([counts, more])


def guessed(tokenizer: Tokenizer, told: Told, shape: torch.Size) -> Tensor:
    """Pictures (B, T, H, W, 3) that are made of what is told alone."""
    b, t, height, width, _ = shape
    numbers, words = numbers_of(told, t), told.words[:, :1].expand(-1, t, -1, -1)
    known = told.known.repeat_interleave(t)
    seen = tokenizer.decoder.look(numbers.flatten(0, 1), words.flatten(0, 1), known, height // DOT, width // DOT)
    made = seen.guess.float()
    return made.movedim(1, -1).unflatten(0, (b, t))


def numbers_of(told: Told, pictures: int) -> Tensor:
    """Numbers (B, T, N) of a clip's `pictures`, the first of which is a latent frame of its own."""
    numbers = pictures_between(told.numbers[:, :1], 1)
    if pictures == 1:
        return numbers
    return torch.cat([numbers, pictures_between(told.numbers[:, 1:], GROUP)], 1)


def actors_in(told: Told, shape: torch.Size) -> Tensor:
    """(B, T, H, W, 1): 1 where pictures (B, T, H, W, 3) show an actor as told, else 0."""
    b, t, height, width, _ = shape
    rows, columns = height // SIDE, width // SIDE
    shown = bodies(numbers_of(told, t).flatten(0, 1), rows, columns).reshape(b, t, rows, columns)
    shown = shown & told.known[:, None, None, None]
    return shown.float().repeat_interleave(SIDE, 2).repeat_interleave(SIDE, 3)[..., None]
