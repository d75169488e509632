"""Rotary positions (Su et al. 2021): pairs of a query's or key's numbers are turned by their token's place."""

import torch
from torch import Tensor


def rotate(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    """Turn the pairs (i, i + half) of the last axis of (..., N, size) by cosines and sines (..., N, size / 2)."""
    cos, sin = (part.to(x.dtype) for part in turns)
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
