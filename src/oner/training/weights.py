"""Weights in training: fp32 in the optimiser, any precision in the network, and a running average that ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from ..errors import StoreError
from ..media import replacing

TABLES = ".field.cells."  # weights of which a step needs few: each learns at a rate that falls with what it has learned
FASTER = 200.0  # than the rest, at first
DOUBT = 1e-6  # gradients of a row, in all, that are too small to say much
STATE = ("step", "exp_avg", "exp_avg_sq")  # what an optimiser keeps of a weight
TABLE_STATE = ("step", "sum")
AVERAGED = 4  # steps between two that enter the average: it reads and writes all weights


class TrainedWeights:
    """AdamW on fp32 masters of a network's weights, and Adagrad on tables, with an exponential moving average.

    The network itself holds the weights in `dtype`: products run in it, gradients come in it, and every step rounds
    the masters into it anew (fp32: the masters are the network's own weights). Matrices decay, vectors do not. The
    average warms up: its memory is at most a tenth of the steps so far (Karras et al. 2024, arXiv 2312.02696, keep the
    ratio instead of the rate for the same reason).

    A row of a table is met now and then, by rays of which most see little of it. AdamW takes an equal step at each
    meeting, however little was seen; Adagrad (Duchi et al. 2011, JMLR 12) weighs them, and averages. Its first step is
    large however little was seen, too: rows with less than DOUBT stay near nought instead of becoming noise.
    """

    def __init__(
        self, network: nn.Module, dtype: torch.dtype = torch.float32, decay: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.95), average: float = 0.999,
    ) -> None:  # fmt: skip
        self.network, self.average, self.steps = network, average, 0
        named = [(name, value) for name, value in network.named_parameters() if value.requires_grad]
        self.names = [name for name, _ in named]
        self.live = [value for _, value in named]
        self.masters = self.live
        if dtype != torch.float32:
            self.masters = [nn.Parameter(value.detach().float().clone()) for value in self.live]
            for value in self.live:
                value.data = value.data.to(dtype)  # buffers stay as they are
        self.averages = [value.detach().float().clone() for value in self.masters]
        tables = {id(m) for name, m in zip(self.names, self.masters, strict=True) if TABLES in name}
        dense = [m for m in self.masters if id(m) not in tables]
        groups = [
            {"params": [m for m in dense if m.ndim > 1], "weight_decay": decay, "faster": 1.0},
            {"params": [m for m in dense if m.ndim <= 1], "weight_decay": 0.0, "faster": 1.0},
        ]
        fused = all(m.device.type in ("cpu", "cuda") for m in self.masters)
        self.optimisers: list[torch.optim.Optimizer] = []  # one for layers, one for tables
        if dense:
            groups = [group for group in groups if group["params"]]
            self.optimisers.append(torch.optim.AdamW(groups, lr=1e-3, betas=betas, fused=fused))
        if tables:
            rows = [{"params": [m for m in self.masters if id(m) in tables], "faster": FASTER}]
            self.optimisers.append(torch.optim.Adagrad(rows, lr=1e-3, eps=DOUBT, foreach=True))
        self.states = {id(m): o.state for o in self.optimisers for g in o.param_groups for m in g["params"]}

    def step(self, rate: float, clip: float = 1.0) -> float:
        """Take the network's gradients, step, and put them back to none. Gives the gradient's norm before clipping."""
        if self.masters is not self.live:
            for master, live in zip(self.masters, self.live, strict=True):
                master.grad = None if live.grad is None else live.grad.float()
                live.grad = None
        total = nn.utils.get_total_norm([master.grad for master in self.masters if master.grad is not None])
        norm = float(whole(total))
        if norm > clip:
            nn.utils.clip_grads_with_norm_(self.masters, clip, total)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate * group["faster"]
            if norm == norm:  # a gradient that is not a number is a step not taken
                optimiser.step()
            optimiser.zero_grad()
        self.steps += 1
        with torch.no_grad():
            self._round()
            if self.steps % AVERAGED:
                return norm
            keep = min(self.average, 1 - 1 / (1 + self.steps / 10)) ** AVERAGED
            if any(isinstance(master, DTensor) for master in self.masters):
                for mean, master in zip(self.averages, self.masters, strict=True):
                    mean.lerp_(master, 1 - keep)
            else:
                torch._foreach_lerp_(self.averages, self.masters, 1 - keep)
        return norm

    def averaged(self) -> dict[str, Tensor]:
        """The averaged weights by name, fp32."""
        return {name: whole(mean) for name, mean in zip(self.names, self.averages, strict=True)}

    def _round(self) -> None:
        if self.masters is not self.live:
            torch._foreach_copy_(self.live, self.masters)

    @contextmanager
    def averaged_network(self) -> Iterator[nn.Module]:
        """The network with the averaged weights in it, for measuring and for pictures."""
        with torch.no_grad():
            kept = [value.detach().clone() for value in self.live]
            for value, mean in zip(self.live, self.averages, strict=True):
                value.copy_(mean)
            try:
                yield self.network
            finally:
                for value, before in zip(self.live, kept, strict=True):
                    value.copy_(before)

    def save(self, path: Path, metadata: dict[str, str], write: bool = True) -> None:
        """Everything needed to go on, in one safetensors file that is there whole or not at all.

        Where the weights lie in parts in several processes all of them call this, and one of them does `write`.
        """
        tensors = {}
        for name, master, mean in zip(self.names, self.masters, self.averages, strict=True):
            tensors[f"master.{name}"], tensors[f"average.{name}"] = whole(master), whole(mean)
            for key, value in self.states[id(master)].get(master, {}).items():
                tensors[f"{key}.{name}"] = whole(value).clone()
        tensors |= {f"buffer.{name}": value.clone() for name, value in self.network.named_buffers()}
        if write:
            tensors = {name: value.cpu().contiguous() for name, value in tensors.items()}
            with replacing(path) as temporary:
                save_file(tensors, temporary, {"steps": str(self.steps), **metadata})

    def load(self, path: Path, further: bool = True) -> dict[str, str]:
        """Go on from a checkpoint; gives its metadata. Raises StoreError if it is of another network, or, if more is to
        be learned (`further`), if its weights were learned with other optimisers.
        """
        with safe_open(path, "pt") as file:
            metadata, held = file.metadata(), set(file.keys())
            missing = [name for name in self.names if f"master.{name}" not in held]
            if missing:
                raise StoreError(f"{path} is of another network: it has no {missing[0]}; choose another --run folder")
            with torch.no_grad():
                for name, master, mean in zip(self.names, self.masters, self.averages, strict=True):
                    stored = file.get_tensor(f"master.{name}")
                    if stored.shape != master.shape:
                        raise StoreError(
                            f"{path} is of another size: {name} is {tuple(stored.shape)} there and "
                            f"{tuple(master.shape)} here; choose the preset of that run or another --run folder"
                        )
                    master.copy_(as_in(master, stored))
                    mean.copy_(as_in(master, file.get_tensor(f"average.{name}")))
                    keys = TABLE_STATE if TABLES in name else STATE
                    there = [f"{key}.{name}" in held for key in keys]
                    if further and any(there):
                        if not all(there):
                            raise StoreError(
                                f"{path} was learned with another optimiser of {name}, which cannot go on here; export "
                                "it and begin from the file with --init and another --run folder"
                            )
                        state = {key: as_in(master, file.get_tensor(f"{key}.{name}")) for key in keys}
                        self.states[id(master)][master] = state
                for name, value in self.network.named_buffers():
                    if f"buffer.{name}" in held:
                        value.copy_(file.get_tensor(f"buffer.{name}"))
                self._round()
        self.steps = int(metadata["steps"])
        return metadata


def whole(value: Tensor) -> Tensor:
    """A weight that lies in parts in several processes, put together in each; any other as it is."""
    value = value.detach()
    return value.full_tensor() if isinstance(value, DTensor) else value


def as_in(weight: Tensor, value: Tensor) -> Tensor:
    """`value` on the device of a weight and, unless it is a single number, spread over processes as the weight is."""
    value = value.to(weight.device)
    if isinstance(weight, DTensor) and value.ndim:
        return distribute_tensor(value, weight.device_mesh, weight.placements)
    return value
