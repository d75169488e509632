"""How a picture moves, cell by cell, without anything learned: the recogniser's eyes for camera moves.

Two classic measures are taken in cells of 8 pixels between frames one and four apart: how well the neighbourhood fits
when it is shifted by up to three half-resolution pixels (block matching), and the shift that explains the brightness
change (Lucas and Kanade 1981), which is finer but only for small shifts. What is kept is their course over the clip,
so that any number of frames gives the same number of channels.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

REACH = 3  # half-resolution pixels
SHIFTS = (2 * REACH + 1) ** 2
GAP = 4  # frames between the second kind of pair
SHARPNESS = 6.0  # of the choice among shifts; squared differences of normalised brightness are about 0 to 2
_SERIES = 14  # channels of `_course`, twice; see there
CHANNELS = 2 * (SHIFTS + _SERIES) + 1
# Channels that hold a horizontal speed: they change sign when the picture is mirrored. First halves, then spreads.
_SIGNED = (0, 2, 4, 6)


@torch.no_grad()
def movement(video: Tensor) -> Tensor:
    """(B, T, H, W, 3) in [-1, 1], T of 5 or more -> (B, CHANNELS, H/8, W/8)."""
    B, T, H, W, _ = video.shape
    grey = video.float() @ video.new_tensor([0.299, 0.587, 0.114])  # (B, T, H, W)
    half = F.avg_pool2d(grey.reshape(B * T, 1, H, W), 2)  # (B*T, 1, H/2, W/2)
    middle = _boxed(half, 9)
    spread = (_boxed(half * half, 9) - middle * middle).clamp(min=0).sqrt()
    flat = ((half - middle) / (spread + 0.03)).view(B, T, H // 2, W // 2)
    parts = []
    for gap in (1, GAP):
        one, two = flat[:, :-gap], flat[:, gap:]
        fit = _fit(one.flatten(0, 1), two.flatten(0, 1))  # (B*P, SHIFTS, h, w)
        shift = _expected(fit)  # (B*P, 2, h, w)
        fine = _gradient_shift(one.flatten(0, 1), two.flatten(0, 1))
        series = torch.cat([shift / REACH, fine], 1).unflatten(0, (B, T - gap))  # (B, P, 4, h, w)
        parts += [fit.unflatten(0, (B, T - gap)).mean(1), _course(series)]
    texture = F.avg_pool2d(spread, 4).view(B, T, H // 8, W // 8).mean(1, keepdim=True)
    return torch.cat([*parts, texture], 1)


def mirrored(moved: Tensor) -> Tensor:
    """The movement of the mirrored clip, from that of the clip: (B, CHANNELS, h, w)."""
    side, block = 2 * REACH + 1, SHIFTS + _SERIES
    out = moved.flip(-1)
    for begin in (0, block):
        fits = out[:, begin : begin + SHIFTS].unflatten(1, (side, side)).flip(2).flatten(1, 2)
        course = out[:, begin + SHIFTS : begin + block].clone()
        course[:, list(_SIGNED)] *= -1
        out = torch.cat([out[:, :begin], fits, course, out[:, begin + block :]], 1)
    return out


def _boxed(pictures: Tensor, side: int) -> Tensor:
    return F.avg_pool2d(pictures, side, 1, side // 2, count_include_pad=False)


def _windows(pixels: Tensor) -> Tensor:
    """Mean over windows of 8 half-resolution pixels, one every 4: (N, C, H/2, W/2) -> (N, C, H/8, W/8)."""
    return F.avg_pool2d(pixels, 8, 4, 2, count_include_pad=False)


def _fit(one: Tensor, two: Tensor) -> Tensor:
    """How probable each shift is, (N, SHIFTS, h, w), for normalised pictures (N, H/2, W/2)."""
    H, W = one.shape[1:]
    wide = F.pad(two[:, None], (REACH,) * 4, mode="replicate")[:, 0]
    errors = [
        _windows((one - wide[:, y : y + H, x : x + W]).square()[:, None])
        for y in range(2 * REACH + 1)
        for x in range(2 * REACH + 1)
    ]
    return (-SHARPNESS * torch.cat(errors, 1)).softmax(1)


def _expected(fit: Tensor) -> Tensor:
    """Mean shift (N, 2, h, w), x and y in half-resolution pixels."""
    steps = torch.arange(-REACH, REACH + 1, dtype=fit.dtype, device=fit.device)
    grid = torch.stack([steps.repeat(2 * REACH + 1), steps.repeat_interleave(2 * REACH + 1)])  # (2, SHIFTS)
    return torch.einsum("ds,nshw->ndhw", grid, fit)


def _gradient_shift(one: Tensor, two: Tensor) -> Tensor:
    """Shift by least squares over each window, (N, 2, h, w), x and y, held within 2 pixels."""
    mean, change = 0.5 * (one + two), two - one
    wide = F.pad(mean[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    dx, dy = 0.5 * (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]), 0.5 * (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1])
    sums = _windows(torch.stack([dx * dx, dx * dy, dy * dy, dx * change, dy * change], 1))
    xx, xy, yy, xt, yt = sums.unbind(1)
    xx, yy = xx + 0.02, yy + 0.02  # without texture there is no motion to see
    area = xx * yy - xy * xy
    return torch.stack([xy * yt - yy * xt, xy * xt - xx * yt], 1).div(area[:, None]).clamp(-2, 2)


def _course(series: Tensor) -> Tensor:
    """Of four values over P pairs (B, P, 4, h, w): first half, second half, spread; and the jerk of the fine two.

    Gives (B, 14, h, w): 4 + 4 + 4 + 2 channels, x before y.
    """
    middle = series.shape[1] // 2
    jerk = series[:, 1:, 2:].sub(series[:, :-1, 2:]).abs().mean(1)
    return torch.cat([series[:, : max(middle, 1)].mean(1), series[:, middle:].mean(1), series.std(1), jerk], 1)
