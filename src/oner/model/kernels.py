"""Loops compiled for CPUs (numba), and numbers of tensors as they see them."""

from collections.abc import Callable

import numpy as np
import torch
from numba import njit, types
from numba.extending import overload
from torch import Tensor


def compiled_kernel(inline: bool = False) -> Callable[[Callable], Callable]:
    """Compiled when first called, and kept for the next time where there is a folder to write to."""
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz", "arcp", "reassoc"}}
    if inline:
        return njit(inline="always", **options)

    def decorated(function: Callable) -> Callable:
        try:
            return njit(cache=True, **options)(function)
        except RuntimeError:  # no such folder
            return njit(**options)(function)

    return decorated


def numbers_in(values: Tensor) -> np.ndarray:
    """As numpy has them, one after the other; bf16 as its bits."""
    values = values.detach().contiguous()
    return (values.view(torch.uint16) if values.dtype == torch.bfloat16 else values).numpy()


def wide(value):
    """In kernels: a number from fp32 or from the bits of bf16."""
    raise NotImplementedError


def narrow(value, like):
    """In kernels: a number of fp32 as `like` is, which is of fp32 or has the bits of bf16, to the nearest even."""
    raise NotImplementedError


@overload(wide, inline="always")
def _wide(value):
    if isinstance(value, types.Float):
        return lambda value: value
    return lambda value: np.uint32(np.uint32(value) << np.uint32(16)).view(np.float32)


@overload(narrow, inline="always")
def _narrow(value, like):
    if isinstance(like, types.Float):
        return lambda value, like: value

    def rounded(value, like):
        bits = np.float32(value).view(np.uint32)
        return np.uint16((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16))

    return rounded
