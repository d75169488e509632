"""What lies between matrix products in a network that is applied to many places, compiled for CPUs.

A layer norm with its shift and scale and a gelu with its sum are two passes over memory here instead of nine. What is
added up is fp32; products may take bf16.
"""

import numpy as np
import torch
from torch import Tensor

from .kernels import compiled_kernel, narrow, numbers_in, wide

EPSILON = 1e-5  # as torch's layer norm has it


def normed(x: Tensor, weight: Tensor, scale: Tensor, shift: Tensor, kind: torch.dtype) -> Tensor:
    """Layer norms of x (M, S, D) of fp32 with `weight` (D,), times 1 + `scale`, plus `shift` (M, D each, or D, for
    all), in fp32 or bf16.
    """
    made = torch.empty(x.shape, dtype=kind)
    changes = (part.float().expand(len(x), -1) for part in (1 + scale, shift))
    _normed(x.numpy(), numbers_in(weight.float()), *map(numbers_in, changes), numbers_in(made))
    return made


def add_gelu(x: Tensor, y: Tensor) -> None:
    """Add to x (..., D) of fp32 the gelu (its tanh form) of y (..., D) of fp32 or bf16."""
    _add_gelu(x.view(-1).numpy(), numbers_in(y).reshape(-1))


def gated(both: Tensor, said: Tensor) -> Tensor:
    """Of both (P, S, 2D) of fp32 or bf16 the gelu of the first half plus `said` (P, D) times the second: (P, S, D)."""
    made = torch.empty(*both.shape[:2], both.shape[2] // 2)
    _gated(numbers_in(both), numbers_in(said.float()), made.numpy())
    return made


@compiled_kernel(inline=True)
def _gelu(x):
    """x / (1 + exp(-2u)) with u = sqrt(2 / pi) (x + 0.044715 x³): the same as its tanh form.

    The power of two by its exponent's bits and a series of the rest, which is less than a half.
    """
    power = x * (np.float32(-2.3022082) + np.float32(-0.10294324) * x * x)  # -2u / log(2)
    power = min(max(power, np.float32(-120)), np.float32(120))
    whole = np.rint(power)
    rest = (power - whole) * np.float32(0.6931472)
    series = np.float32(1 / 24) + rest * (np.float32(1 / 120) + rest * np.float32(1 / 720))
    series = np.float32(1) + rest * (
        np.float32(1) + rest * (np.float32(0.5) + rest * (np.float32(1 / 6) + rest * series))
    )
    two = np.int32(np.int32(np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)
    return x / (np.float32(1) + series * two)


@compiled_kernel()
def _add_gelu(x, y):
    for n in range(len(x)):
        x[n] += _gelu(wide(y[n]))


@compiled_kernel()
def _gated(both, said, made):
    width = made.shape[2]
    for p in range(made.shape[0]):
        for s in range(made.shape[1]):
            for d in range(width):
                made[p, s, d] = _gelu(wide(both[p, s, d]) + said[p, d]) * wide(both[p, s, width + d])


@compiled_kernel()
def _normed(x, weight, scale, shift, made):
    width = x.shape[2]
    normal = np.empty(width, np.float32)
    share = np.float32(1 / width)
    for m in range(x.shape[0]):
        for s in range(x.shape[1]):
            total = np.float32(0)
            for d in range(width):
                total += x[m, s, d]
            mean, square = total * share, np.float32(0)
            for d in range(width):
                normal[d] = x[m, s, d] - mean
                square += normal[d] * normal[d]
            one = np.float32(1) / np.sqrt(square * share + np.float32(EPSILON))
            for d in range(width):
                value = normal[d] * one * weight[d] * scale[m, d] + shift[m, d]
                made[m, s, d] = narrow(value, made[m, s, d])
