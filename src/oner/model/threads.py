"""Parts of one work on several threads of one torch thread each.

Many small operations on two threads take nearly as long as on one: they wait for each other after each. Parts that have
nothing to do with each other do not.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Part, Made = TypeVar("Part"), TypeVar("Made")
_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}
_here = threading.local()


def shared(work: Callable[[Part], Made], parts: Sequence[Part]) -> list[Made]:
    """What `work` makes of each of the parts, shared among as many threads as torch has here; without gradients.

    Work within work is done by whoever does it.
    """
    threads = 1 if getattr(_here, "within", False) else torch.get_num_threads()

    def alone(part: Part) -> Made:
        with torch.no_grad():
            return work(part)

    if threads < 2 or len(parts) < 2:
        return [alone(part) for part in parts]
    return list(_pool(threads).map(alone, parts))


def _pool(threads: int) -> ThreadPoolExecutor:
    with _lock:
        if threads not in _pools:
            pool = ThreadPoolExecutor(threads, "part", _begin)
            begun = threading.Barrier(threads)
            list(pool.map(lambda _: begun.wait(), range(threads)))
            torch.set_num_threads(threads)  # of threads that others begin later
            _pools[threads] = pool
        return _pools[threads]


def _begin() -> None:
    _here.within = True
    torch.get_num_threads()  # the first call in a thread sets as many as others have
    torch.set_num_threads(1)


def _forget() -> None:
    global _lock
    _lock = threading.Lock()
    _pools.clear()  # a child that was forked has none of their threads


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
