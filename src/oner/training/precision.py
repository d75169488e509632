"""How fast this machine multiplies matrices, and in which precision training is to run because of it."""

import os
import shutil
import time
from collections.abc import Iterable

import torch
from torch import nn
from torch.fx.experimental import _config as symbolic_shapes

from ..errors import InputError

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}
SIZE = 192, 256, 1024  # tokens, width, four times the width: as a base-size layer, and done within a millisecond
LARGE = 8192, 4096, 4096  # on a GPU
ROUNDS = 40
MARGIN = 1.2  # bf16 has to be this much faster: it rounds, and needs fp32 masters beside it


def matrix_rates(names: Iterable[str], device: torch.device) -> dict[str, float]:
    """FLOP/s of matrix products in each precision, with the threads that torch has now.

    Best of many short products in turn: other programs on the machine only take away, and from all alike.
    """
    tokens, width, wide = SIZE if device.type == "cpu" else LARGE
    pairs = {}
    for name in names:
        dtype = PRECISIONS[name]
        pairs[name] = (
            torch.ones(tokens, width, device=device).to(dtype),
            torch.ones(width, wide, device=device).to(dtype),
        )
    best = dict.fromkeys(pairs, float("inf"))
    for _ in range(ROUNDS):
        for name, (a, b) in pairs.items():
            begun = time.perf_counter()
            c = a @ b
            if device.type != "cpu":
                c[0, 0].item()  # waits for the device
            best[name] = min(best[name], time.perf_counter() - begun)
    return {name: 2 * tokens * width * wide / seconds for name, seconds in best.items()}


def chosen_precision(name: str, device: torch.device) -> tuple[str, float]:
    """`auto`, `fp32` or `bf16` to the precision's name and its matrix rate in FLOP/s on this machine."""
    if name != "auto" and name not in PRECISIONS:
        raise InputError(f"precision={name!r}: auto, {', '.join(PRECISIONS)} are there")
    rates = matrix_rates(PRECISIONS if name == "auto" else (name,), device)
    fast = rates.get("bf16", 0) > MARGIN * rates.get("fp32", 0)
    taken = "bf16" if fast else "fp32"
    return taken, rates[taken]


def can_compile() -> bool:
    """Whether torch.compile finds the C++ compiler that it needs for processors."""
    return any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "clang++"))


def compile_in_place(*networks: nn.Module) -> bool:
    """Compile for any batch and length; names of weights stay. Nothing and False without a compiler.

    Blocks rather than whole networks: equal blocks are compiled once, in a minute where a network takes ten.
    """
    if can_compile():
        symbolic_shapes.use_duck_shape = False  # sizes that are equal once are not the same size
        for network in networks:
            network.compile(dynamic=True)
    return can_compile()
