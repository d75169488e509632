"""Several processes that train one model together, started by torchrun: who has which part of a batch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

CPU = torch.device("cpu")
PATIENCE = timedelta(hours=6)  # the others wait while the first measures, draws sheets, or encodes its shards


@dataclass(frozen=True)
class Processes:
    """This process, one of `count`. Every process draws the same global batch and takes its own rows of it."""

    rank: int = 0
    count: int = 1
    device: torch.device = CPU

    @property
    def main(self) -> bool:
        return self.rank == 0

    def rows(self, count: int) -> slice:
        """This process's rows of `count`; empty where there are fewer rows than processes."""
        return slice(count * self.rank // self.count, count * (self.rank + 1) // self.count)

    def mean(self, value: Tensor) -> Tensor:
        """The mean over all processes, without gradient."""
        if self.count == 1:
            return value.detach()
        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.count

    def any(self, flag: bool) -> bool:
        """Whether it is so for one of them: they stop and save at the same step."""
        if self.count == 1:
            return flag
        return bool(self.mean(torch.tensor(float(flag), device=self.device)) > 0)

    def wait(self) -> None:
        """Until all are here."""
        if self.count > 1:
            dist.barrier()

    def together(self, network: nn.Module, unused: bool = False) -> nn.Module:
        """The network with gradients averaged over the processes; `unused`: some weights may have none in a step."""
        if self.count == 1:
            return network
        return nn.parallel.DistributedDataParallel(network, broadcast_buffers=False, find_unused_parameters=unused)

    def sharded(self, *networks: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        """Spread weights, gradients and optimiser over the processes, block by block (FSDP2)."""
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

        mesh = init_device_mesh(self.device.type, (self.count,))
        policy = MixedPrecisionPolicy(param_dtype=dtype if dtype != torch.float32 else None)
        for network in networks:
            for block in network.blocks:
                fully_shard(block, mesh=mesh, mp_policy=policy)
            fully_shard(network, mesh=mesh, mp_policy=policy)


@contextmanager
def processes() -> Iterator[Processes]:
    """The processes that torchrun started, or this one alone; a GPU each, or the CPU with gloo.

    Within another `processes()` it gives the same ones.
    """
    count, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if count == 1:
        yield Processes(device=device)
        return
    if dist.is_initialized():
        yield Processes(dist.get_rank(), count, device)
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Processes(dist.get_rank(), count, device)
        dist.barrier()  # one that leaves while another still talks to it takes that one down
    finally:
        dist.destroy_process_group()
