"""Renders shards with several processes, each at its own shards."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from ..errors import Cancelled, EngineError, InputError
from ..film import Report
from .rendering import render_shard, shards_of
from .sampling import KINDS

THREADS = ("LP_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
AGAIN = 20  # times that crashed workers are followed by new ones
_shared: tuple = ()  # of a worker: samples done by all, how many of them were drawn now, whether to stop


def _begin(counter, drawn, stop) -> None:
    """Of every worker: behind everything else on the machine, and gone when the one who started it is."""
    global _shared
    _shared = counter, drawn, stop
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the one who started us decides
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)


def _count(new: bool) -> None:
    counter, drawn, stop = _shared
    for value, more in ((counter, 1), (drawn, int(new))):
        with value.get_lock():
            value.value += more
    if stop.is_set():
        raise Cancelled


def _shard(folder: Path, seed: int, kind: str, number: int, samples: int) -> None:
    render_shard(folder, seed, kind, number, samples, _count)


def _wait(left: set[Future], told: Callable[[], None]) -> None:
    """Until all are done or one has failed; `told` is called about every two seconds."""
    while left:
        finished, left = wait(left, timeout=2.0, return_when="FIRST_COMPLETED")
        for future in finished:
            future.result()
        told()


def render(
    folder: Path, samples: int, seed: int = 0, kind: str = "train", workers: int = 2, report: Report = lambda *_: None
) -> int:
    """Render `samples` samples into shards below `folder`; finished shards are left alone. Gives the number rendered.

    Drivers that draw without a graphics card crash now and then (LOG.md): then new processes go on behind the last
    finished sample, `AGAIN` times.
    `report(share, words)` is called about every two seconds.
    """
    if kind not in KINDS:
        raise InputError(f"kind {kind!r}: {', '.join(KINDS)} are there")
    folder.mkdir(parents=True, exist_ok=True)

    def missing() -> list[tuple[int, int]]:
        """Numbers and sizes of the shards that are not there yet."""
        shards = enumerate(shards_of(samples))
        return [(number, size) for number, size in shards if not (folder / f"{kind}-{number:05d}.tar").exists()]

    total = sum(size for _, size in missing())
    if not total:
        return 0
    context = multiprocessing.get_context("spawn")
    counter, drawn = context.Value("q", 0), context.Value("q", 0)
    stop = context.Event()
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # read when a worker loads its libraries
    begun = time.monotonic()

    def told() -> None:
        pace = drawn.value / max(time.monotonic() - begun, 1e-6)
        report(min(1.0, counter.value / total), f"{counter.value} of {total}, {pace:.2f} clips/s")

    try:
        for left_over in reversed(range(AGAIN + 1)):
            left = missing()
            counter.value = total - sum(size for _, size in left)
            count = max(1, min(workers, len(left)))
            pool = ProcessPoolExecutor(count, context, _begin, (counter, drawn, stop))
            try:
                _wait({pool.submit(_shard, folder, seed, kind, number, size) for number, size in left}, told)
                break
            except BrokenProcessPool as error:
                if not left_over:
                    raise EngineError(
                        f"render workers ended {AGAIN + 1} times; the same command goes on from what is finished"
                    ) from error
                report(min(1.0, counter.value / total), "a render worker ended; others go on")
            except BaseException:
                stop.set()
                raise
            finally:
                pool.shutdown(cancel_futures=True)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return total
