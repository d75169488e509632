"""How fast this machine multiplies matrices, and in which precision training is to run because of it."""

import os
import shutil
import time

import torch
from torch import nn

from ..errors import InputError

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
SIZE = 768, 256, 1024  # the products of a base-size layer: tokens, width, four times the width
MARGIN = 1.2  # bf16 has to be this much faster: it rounds, and needs fp32 masters beside it


def matrix_rate(dtype: torch.dtype, device: torch.device, seconds: float = 0.1) -> float:
    """FLOP/s of matrix products with the threads that torch has now, best of many: other programs only take away."""
    tokens, width, wide = SIZE if device.type == "cpu" else (8192, 4096, 4096)
    a, b = torch.randn(tokens, width, device=device).to(dtype), torch.randn(width, wide, device=device).to(dtype)
    best, done, end = float("inf"), 0, time.perf_counter() + seconds
    (a @ b).sum().item()
    while done < 5 or time.perf_counter() < end:
        done, begun = done + 1, time.perf_counter()
        c = a @ b
        if device.type != "cpu":
            c.sum().item()
        best = min(best, time.perf_counter() - begun)
    return 2 * tokens * width * wide / best


def chosen_precision(name: str, device: torch.device) -> tuple[str, float]:
    """`auto`, `fp32` or `bf16` to the precision's name and its matrix rate in FLOP/s on this machine."""
    if name != "auto" and name not in PRECISIONS:
        raise InputError(f"precision={name!r}: auto, {', '.join(PRECISIONS)} are there")
    names = PRECISIONS if name == "auto" else (name,)
    rates = {each: matrix_rate(PRECISIONS[each], device) for each in names}
    fast = rates.get("bf16", 0) > MARGIN * rates.get("fp32", 0)
    taken = "bf16" if fast else "fp32"
    return taken, rates[taken]


def can_compile() -> bool:
    """Whether torch.compile finds the C++ compiler that it needs for processors."""
    return any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "clang++"))


def compile_in_place(*networks: nn.Module) -> bool:
    """Compile for any batch and length; names of weights stay. Nothing and False without a compiler."""
    if can_compile():
        for network in networks:
            network.compile(dynamic=True)
    return can_compile()
