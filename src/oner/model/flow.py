"""Rectified flow with a noise level for every latent frame (Liu et al. 2022, arXiv 2209.03003; Chen et al. 2024).

x_t = (1 - t) * data + t * noise, and the network learns the velocity noise - data.
"""

import torch
from torch import Tensor

SHIFT = 4.0  # levels are pushed towards noise by this factor in training: see LOG.md
PURE = 0.2  # share of training levels that are noise alone: there words and blocking have to say everything


def shifted(levels: Tensor, shift: float = SHIFT) -> Tensor:
    """Push levels towards 1: t -> s t / (1 + (s - 1) t) (Esser et al. 2024, arXiv 2403.03206, equation 23)."""
    return shift * levels / (1 + (shift - 1) * levels)


def noised(data: Tensor, noise: Tensor, levels: Tensor) -> Tensor:
    """(B, F, h, w, C) at levels (B, F)."""
    t = levels[..., None, None, None].to(data.dtype)
    return (1 - t) * data + t * noise


def clean(x: Tensor, velocity: Tensor, levels: Tensor) -> Tensor:
    """The data that a velocity points to."""
    return x - levels[..., None, None, None].to(x.dtype) * velocity


def random_levels(shape: tuple[int, ...], generator: torch.Generator | None = None) -> Tensor:
    """Training levels: the logistic function of a normal variable, shifted, and some that are noise alone."""
    levels = shifted(torch.sigmoid(torch.randn(shape, generator=generator)))
    return torch.where(torch.rand(shape, generator=generator) < PURE, 1.0, levels)


def steps(count: int, shift: float = SHIFT) -> Tensor:
    """The `count` + 1 levels from 1 to 0 that sampling goes through."""
    return shifted(torch.linspace(1, 0, count + 1), shift)


def loss(found: Tensor, sought: Tensor, wanted: Tensor) -> Tensor:
    """Mean square error of velocities (noise - data) or sketches (B, F, h, w, C) over wanted frames (B, F) bool."""
    error = (found.float() - sought.float()).square().mean((2, 3, 4))
    wanted = wanted.to(error.dtype)
    return (error * wanted).sum() / wanted.sum().clamp_min(1)
